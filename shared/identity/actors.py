"""Whoever does something: the journal, the rules and the pages know people and machines only as an `Actor`.

It carries nothing personal, so that it can be written down everywhere; names are looked up where they are shown.
"""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from shared.identity.roles import Role, allows

ActorKind = Literal["user", "token", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """A user's account, a machine's token, or the system itself."""

    id: UUID
    kind: ActorKind
    role: Role

    def may(self, needed: Role) -> bool:
        return allows(self.role, needed)


SYSTEM = Actor(id=UUID(int=0), kind="system", role="admin")
"""The command line and what runs by itself: whoever can reach them can reach the database as well."""
