"""A person or program that does something: journal, rules and pages know both only as an `Actor`.

It carries nothing personal, so that it can be written down everywhere; names are looked up where they are shown.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from shared.contracts.access import Grant
from shared.errors import DomainError
from shared.identity.roles import Role, allows, highest

ActorKind = Literal["user", "token", "system"]

EVERYWHERE = "*"
"""For `may`: in every programme, and in what belongs to none, such as accounts."""


class NotAllowed(DomainError):
    """Your role does not allow this: ask an administrator."""

    status = 403
    slug = "not-allowed"


@dataclass(frozen=True, slots=True)
class Actor:
    """A user's account, a machine's token, or the system itself.

    Attributes:
        grants: what it may do where.
    """

    id: UUID
    kind: ActorKind
    grants: tuple[Grant, ...]

    @property
    def role(self) -> Role:
        """The highest role that it has anywhere."""
        return highest(self.grants)

    def may(self, needed: Role, *, programme: str | None = None, countries: Collection[str | None] = ()) -> bool:
        """Whether it may do what needs a role.

        A coordinator counts as an editor of what concerns countries that are all theirs.

        Args:
            programme: of what it is about; `EVERYWHERE` for what is about all. Without it: whether it may somewhere.
            countries: that it concerns; none where it is about the whole programme.
        """
        return any(self._allows(grant, needed, programme, countries) for grant in self.grants)

    @property
    def programmes(self) -> frozenset[str] | None:
        """The programmes of which it may see something; `None` when that is all."""
        named = frozenset(grant.programme for grant in self.grants if grant.programme is not None)
        return None if any(grant.programme is None for grant in self.grants) else named

    @staticmethod
    def _allows(grant: Grant, needed: Role, programme: str | None, countries: Collection[str | None]) -> bool:
        if grant.programme is not None and programme is not None and grant.programme != programme:
            return False
        if allows(grant.role, needed):
            return True
        coordinates = grant.role == "coordinator" and programme is not None
        return coordinates and needed == "editor" and bool(countries) and set(countries) <= set(grant.countries)


def everywhere(role: Role) -> tuple[Grant, ...]:
    """One role in every programme."""
    return (Grant(role=role),)


SYSTEM = Actor(id=UUID(int=0), kind="system", grants=everywhere("admin"))
"""The command line and what runs by itself: a person who can reach them can reach the database as well."""
