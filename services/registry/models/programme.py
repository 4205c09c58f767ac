"""A programme with its tree of phases and components, kept as one document: it is defined, read and published whole."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import ClassVar, Self

from pydantic import field_validator
from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from services.registry.models.base import Aggregate, Json, Table, fields_of
from services.registry.models.countries import Country
from services.registry.models.errors.programme import (
    ProgrammeNotFound,
    UnknownComponent,
    UnknownPhase,
    UnknownProgramme,
    YearOutOfBounds,
)
from shared.contracts.base import Code, Language, LocalisedName, LocalisedText
from shared.contracts.fuzzy_dates import FuzzyDate
from shared.contracts.programmes import Phase
from shared.database import Session
from shared.identity import Actor
from shared.spelling import searchable

_YEARS_BEFORE, _YEARS_AFTER = 5, 10
_FIRST_YEAR, _YEARS_AHEAD = 1990, 30  # of a programme that says of no phase when it is
_YEARS_OF_PHASES = range(1950, 2151)

GENERAL = "general"
"""The component of what serves a whole phase; every phase has it without defining it."""


class ProgrammeBase(SQLModel):
    name: LocalisedName = Field(sa_type=Json(LocalisedName))
    short_name: LocalisedText = Field(default={}, sa_type=Json(LocalisedText))
    donor: str | None = Field(default=None, sa_type=Text)
    languages: tuple[Language, ...] = Field(default=("en",), sa_type=ARRAY(Text, as_tuple=True), min_length=1)
    countries: tuple[Country, ...] = Field(default=(), sa_type=ARRAY(Text, as_tuple=True))
    synthetic: bool = False
    names_kept_years: int | None = Field(
        default=None,
        ge=1,
        le=100,
        description="So many years after their last activity people are due to be erased; without it, nobody ever is.",
    )
    phases: tuple[Phase, ...] = Field(default=(), sa_type=Json(tuple[Phase, ...]))

    @field_validator("phases")
    @classmethod
    def _each_has_a_code_of_its_own(cls, phases: tuple[Phase, ...]) -> tuple[Phase, ...]:
        codes = [phase.code for phase in phases]
        if twice := sorted({code for code in codes if codes.count(code) > 1}):
            raise ValueError(f"two phases have the code {', '.join(twice)}: give each its own")
        return phases

    @field_validator("phases")
    @classmethod
    def _each_lies_in_our_time(cls, phases: tuple[Phase, ...]) -> tuple[Phase, ...]:
        for phase in phases:
            if wrong := next((day for day in _days(phase) if day.year not in _YEARS_OF_PHASES), None):
                raise ValueError(f"phase {phase.code} has the year {wrong.year}: correct its dates")
        return phases


class Programme(Aggregate, ProgrammeBase, Table, table=True):
    """A donor-funded programme."""

    __tablename__: ClassVar[str] = "programme"
    not_found = ProgrammeNotFound

    code: Code = Field(primary_key=True, sa_type=Text)
    searched: dict[str, str] = Field(default={}, sa_type=Json(dict[str, str]))  # phase/component → its name

    @classmethod
    def defined(cls, code: str, tree: ProgrammeBase, at: datetime) -> Self:
        defined = cls(code=code, created_at=at, updated_at=at, **fields_of(ProgrammeBase, tree))
        defined.derive()
        return defined

    def redefine(self, tree: ProgrammeBase, at: datetime) -> bool:
        """Take over the new tree. False when it says nothing new."""
        return bool(self.take(fields_of(ProgrammeBase, tree), at))

    def derive(self) -> None:
        self.searched = searched_parts(self.phases)

    def parts(self) -> set[tuple[str, str | None]]:
        """Each phase with each of its components, and with none."""
        return {(phase.code, code) for phase in self.phases for code in _components(phase)}

    def years(self, at: datetime) -> range:
        """The years that its activities can lie in: from five before its first phase to ten after its last."""
        known = [day.year for phase in self.phases for day in _days(phase)]
        if not known:
            return range(_FIRST_YEAR, at.year + _YEARS_AHEAD + 1)
        last = max(known) if all(phase.ends for phase in self.phases) else max(*known, at.year)
        return range(min(known) - _YEARS_BEFORE, last + _YEARS_AFTER + 1)

    def check_date(self, date: FuzzyDate | None, at: datetime, *, field: str) -> None:
        """Raises: YearOutOfBounds."""
        years = self.years(at)
        for day in (date.earliest, date.latest) if date else ():
            if day is not None and day.year not in years:
                raise YearOutOfBounds(
                    f"“{date}” is not between {years.start} and {years.stop - 1}, where {self.code} lies.", field=field
                )

    def phase_called(self, written: str) -> str:
        """The code of the phase that is meant: `10`, `BOMCA 10`, `Phase 10`, or its name; else what was written."""
        sought = _bare(written)
        for phase in self.phases:
            programme = (self.code, *self.short_name.values(), *self.name.values(), "")
            names = [f"{start} {word} {phase.code}" for start in programme for word in ("", *_WORDS_FOR_PHASE)]
            names += [f"{phase.code} {word}" for word in _WORDS_FOR_PHASE]
            if sought in map(_bare, (phase.code, *names, *phase.name.values())):
                return phase.code
        return written

    def component_called(self, phase: str, written: str) -> str:
        """The code of a phase's component that is meant: `2`, `Component 2`, or its name; else what was written."""
        sought = _bare(written)
        found = next((each for each in self.phases if each.code == phase), None)
        for component in found.components if found else ():
            names = [f"{word} {component.code}" for word in _WORDS_FOR_COMPONENT]
            if sought in map(_bare, (component.code, *names, *component.name.values())):
                return component.code
        return written

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


_WORDS_FOR_PHASE = ("phase", "phase no", "фаза", "фазы", "этап", "№")
_WORDS_FOR_COMPONENT = ("component", "c", "comp", "компонент", "к", "№")


def _bare(written: str) -> str:
    return "".join(letter for letter in written.casefold().replace("ё", "е") if letter.isalnum() or letter == "№")


def _days(phase: Phase) -> Iterator[date]:
    for known in (phase.starts, phase.ends):
        for day in (known.earliest, known.latest) if known else ():
            if day is not None:
                yield day


def searched_parts(phases: Iterable[Phase]) -> dict[str, str]:
    """The names of components as they are searched, by phase and component."""
    return {
        f"{phase.code}/{component.code}": searchable("\n".join(component.name.values()))
        for phase in phases
        for component in phase.components
    }


def _components(phase: Phase) -> list[str | None]:
    return [None, GENERAL, *(component.code for component in phase.components)]


class ProgrammeView(Aggregate, ProgrammeBase):
    """A programme as the API shows it."""

    code: Code


async def programme_in_use(session: Session, code: str, *, actor: Actor) -> Programme:
    """A programme whose phases and components nobody takes away until the transaction ends."""
    found = await session.get(Programme, code, with_for_update={"key_share": True, "read": True})
    if found is None or not actor.may("viewer", programme=code):
        raise UnknownProgramme(f"There is no programme '{code}'.", field="programme")
    return found
