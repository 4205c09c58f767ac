"""Topic `registan.programmes.v1`: a programme with its tree of phases and components."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from shared.contracts.base import Code, Contract, CountryCode, Language, LocalisedName, LocalisedText, Money, Versioned
from shared.contracts.fuzzy_dates import FuzzyDate


class Component(Contract):
    """A part of a phase with an objective of its own."""

    code: Code
    name: LocalisedName
    objective: LocalisedText = {}
    leader: Annotated[str | None, Field(description="The organisation that leads the component.")] = None


class Contribution(Contract):
    """What a donor gives to a phase."""

    donor: str
    money: Money


class SpentInPeriod(Contract):
    """What a phase delivered in a period."""

    period: FuzzyDate
    money: Money


class Phase(Contract):
    """A funded stretch of a programme."""

    code: Code
    name: LocalisedText = {}
    starts: FuzzyDate | None = None
    ends: FuzzyDate | None = None
    active_implementation_since: Annotated[
        FuzzyDate | None,
        Field(description="From when the phase's activities count as capacity building."),
    ] = None
    budget: Money | None = None
    contributions: tuple[Contribution, ...] = ()
    delivered: tuple[SpentInPeriod, ...] = ()
    lead: Annotated[str | None, Field(description="The organisation that leads the phase.")] = None
    partners: tuple[str, ...] = ()
    components: tuple[Component, ...] = ()

    @model_validator(mode="after")
    def _each_component_has_a_code_of_its_own(self) -> Self:
        _no_code_twice(f"components of phase {self.code}", self.components)
        return self


class Programme(Versioned):
    """A donor-funded programme: the tree that every activity hangs on."""

    code: Annotated[Code, Field(description="Unique; the key of the record on Kafka.")]
    name: LocalisedName
    short_name: LocalisedText = {}
    donor: str | None = None
    languages: Annotated[tuple[Language, ...], Field(description="The languages it publishes in.")] = ("en",)
    countries: tuple[CountryCode, ...] = ()
    synthetic: Annotated[bool, Field(description="Made up for practice; never mixed with real records.")] = False
    phases: tuple[Phase, ...] = ()

    @model_validator(mode="after")
    def _each_phase_has_a_code_of_its_own(self) -> Self:
        _no_code_twice(f"phases of {self.code}", self.phases)
        return self


def _no_code_twice(what: str, parts: tuple[Phase, ...] | tuple[Component, ...]) -> None:
    codes = [part.code for part in parts]
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        raise ValueError(f"two {what} have the code {', '.join(twice)}: give each its own")
