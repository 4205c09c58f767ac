"""What an account or a token may do where: grants, and the lesser right that older readers of its event go by."""

from collections.abc import Sequence
from typing import Self

from pydantic import model_validator
from sqlalchemy import Text
from sqlmodel import Field

from services.registry.models.base import Aggregate, Command, Json
from services.registry.models.countries import Country
from shared.contracts.access import AccessRole, Grant
from shared.contracts.base import Code
from shared.identity import Role

Grants = tuple[Grant, ...]


class Rights(Command):
    """A role, in the programmes named or in all, and for a coordinator in the countries named."""

    role: Role
    programmes: tuple[Code, ...] = ()
    countries: tuple[Country, ...] = ()

    @model_validator(mode="after")
    def _countries_are_a_coordinator_s(self) -> Self:
        if self.role == "coordinator" and not self.countries:
            raise ValueError("a country coordinator is for one country at least: name it")
        if self.role != "coordinator" and self.countries:
            raise ValueError(f"the role {self.role} is not for some countries only: leave them out")
        return self

    def grants(self) -> Grants:
        programmes: Sequence[str | None] = tuple(dict.fromkeys(self.programmes)) or (None,)
        return tuple(Grant(role=self.role, programme=each, countries=self.countries) for each in programmes)


class Granted(Aggregate):
    """An aggregate that somebody signs in with."""

    role: AccessRole = Field(sa_type=Text)
    """What it may do everywhere; a reader that knows no grants goes by it, and never gets more than is granted."""
    grants: Grants = Field(default=(), sa_type=Json(Grants))

    def grant(self, rights: Rights) -> None:
        self.grants = rights.grants()
        self.role = lesser(self.grants)


def lesser(grants: Grants) -> AccessRole:
    """The highest role that it has in every programme; a viewer's where it has none there."""
    everywhere = {each.role for each in grants if each.programme is None}
    return "admin" if "admin" in everywhere else "editor" if "editor" in everywhere else "viewer"
