"""A programme with its tree of phases and components, kept as one document: it is defined, read and published whole."""

from datetime import datetime
from typing import ClassVar, Self

from pydantic import field_validator
from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import SQLModel

from services.registry.models.base import Aggregate, Field, Json, Table
from services.registry.models.countries import Country
from services.registry.models.errors.programme import ProgrammeNotFound, UnknownComponent, UnknownPhase
from shared.contracts.base import Code, Language, LocalisedName, LocalisedText
from shared.contracts.programmes import Phase

GENERAL = "general"
"""The component of what serves a whole phase; every phase has it without defining it."""


class ProgrammeBase(SQLModel):
    name: LocalisedName = Field(sa_type=Json(LocalisedName))
    short_name: LocalisedText = Field(default={}, sa_type=Json(LocalisedText))
    donor: str | None = Field(default=None, sa_type=Text)
    languages: tuple[Language, ...] = Field(default=("en",), sa_type=ARRAY(Text, as_tuple=True), min_length=1)
    countries: tuple[Country, ...] = Field(default=(), sa_type=ARRAY(Text, as_tuple=True))
    synthetic: bool = False
    phases: tuple[Phase, ...] = Field(default=(), sa_type=Json(tuple[Phase, ...]))

    @field_validator("phases")
    @classmethod
    def _each_has_a_code_of_its_own(cls, phases: tuple[Phase, ...]) -> tuple[Phase, ...]:
        codes = [phase.code for phase in phases]
        if twice := sorted({code for code in codes if codes.count(code) > 1}):
            raise ValueError(f"two phases have the code {', '.join(twice)}: give each its own")
        return phases


class Programme(Aggregate, ProgrammeBase, Table, table=True):
    """A donor-funded programme."""

    __tablename__: ClassVar[str] = "programme"
    not_found = ProgrammeNotFound

    code: Code = Field(primary_key=True, sa_type=Text)

    @classmethod
    def defined(cls, code: str, tree: ProgrammeBase, at: datetime) -> Self:
        fields = {name: getattr(tree, name) for name in ProgrammeBase.model_fields}
        return cls(code=code, created_at=at, updated_at=at, **fields)

    def redefine(self, tree: ProgrammeBase, at: datetime) -> bool:
        """Take over the new tree. False when it says nothing new."""
        fields = {name: getattr(tree, name) for name in ProgrammeBase.model_fields}
        if all(getattr(self, name) == value for name, value in fields.items()):
            return False
        for name, value in fields.items():
            setattr(self, name, value)
        self.changed(at)
        return True

    def parts(self) -> set[tuple[str, str | None]]:
        """Each phase with each of its components, and with none."""
        return {(phase.code, code) for phase in self.phases for code in _components(phase)}

    def check_part(self, phase: str, component: str | None) -> None:
        """Whether an activity can hang there.

        Raises:
            UnknownPhase: the programme has no such phase.
            UnknownComponent: the phase has no such component.
        """
        found = next((each for each in self.phases if each.code == phase), None)
        if found is None:
            known = ", ".join(each.code for each in self.phases)
            raise UnknownPhase(f"{self.code} has no phase '{phase}'; it has {known or 'none yet'}.", field="phase")
        if component not in _components(found):
            known = ", ".join(each.code for each in found.components)
            raise UnknownComponent(
                f"Phase {phase} has no component '{component}'; it has {known or 'none'}, and '{GENERAL}' is for all.",
                field="component",
            )


def _components(phase: Phase) -> list[str | None]:
    return [None, GENERAL, *(component.code for component in phase.components)]


class ProgrammeView(Aggregate, ProgrammeBase):
    """A programme as the API shows it."""

    code: Code
