"""Topic `registan.programmes.v1`: a programme with its tree of phases and components."""

from typing import Annotated

from pydantic import Field

from shared.contracts.base import Code, Contract, CountryCode, Language, LocalisedText, Money, Versioned
from shared.contracts.fuzzy_dates import FuzzyDate


class Component(Contract):
    """A part of a phase with an objective of its own."""

    code: Code
    name: LocalisedText
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


class Programme(Versioned):
    """A donor-funded programme: the tree that every activity hangs on."""

    code: Annotated[Code, Field(description="Unique; the key of the record on Kafka.")]
    name: LocalisedText
    short_name: LocalisedText = {}
    donor: str | None = None
    languages: Annotated[tuple[Language, ...], Field(description="The languages it publishes in.")] = ("en",)
    countries: tuple[CountryCode, ...] = ()
    synthetic: Annotated[bool, Field(description="Made up for practice; never mixed with real records.")] = False
    phases: tuple[Phase, ...] = ()
