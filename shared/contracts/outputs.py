"""Topic `registan.outputs.v1`: the public state of an output."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.base import (
    Code,
    Contract,
    CountryCode,
    Language,
    LocalisedName,
    LocalisedText,
    OrganisationReference,
    Versioned,
)
from shared.contracts.fuzzy_dates import FuzzyDate
from shared.contracts.vocabularies import Otherwise

OutputKind = Literal[
    "handbook",
    "manual",
    "guidelines",
    "study",
    "recommendations",
    "curriculum",
    "mobile-application",
    "equipment-documentation",
    "other",
]
OutputStatus = Literal["planned", "drafted", "translated", "handed-over", "dropped"]


class Translation(Contract):
    """A language that an output was translated into."""

    language: Language
    on: Annotated[FuzzyDate | None, Field(description="When it was ready, as far as it is known.")] = None


class Handover(Contract):
    """An output given to those it was made for."""

    to: Annotated[OrganisationReference | None, Field(description="The organisation that received it.")] = None
    country: Annotated[CountryCode | None, Field(description="The country of those who received it.")] = None
    on: Annotated[FuzzyDate | None, Field(description="When it was given, as far as it is known.")] = None


class Output(Versioned):
    """A document or thing that activities lead to."""

    id: Annotated[UUID, Field(description="UUIDv7; the key of the record on Kafka.")]
    code: Annotated[Code, Field(description="The programme's own short name of the output; unique in the programme.")]
    programme: Annotated[Code, Field(description="The programme's code.")]
    phase: Annotated[Code | None, Field(description="The phase's code within the programme.")] = None
    component: Annotated[
        Code | None,
        Field(description="The component's code within the phase, `general` for what serves all, absent when unknown."),
    ] = None
    kind: Annotated[OutputKind, Otherwise("other")]
    title: LocalisedName
    description: LocalisedText = {}
    activities: Annotated[tuple[UUID, ...], Field(description="The activities that it comes from.")] = ()
    series: Annotated[str | None, Field(description="The series of activities that it comes from.")] = None
    languages: Annotated[tuple[Language, ...], Field(description="The languages that it is drafted in.")] = ()
    expected: Annotated[FuzzyDate | None, Field(description="When it is to be ready.")] = None
    drafted_on: Annotated[FuzzyDate | None, Field(description="When the draft was ready.")] = None
    translations: tuple[Translation, ...] = ()
    handovers: Annotated[tuple[Handover, ...], Field(description="Who received it; one entry each time.")] = ()
    status: Annotated[OutputStatus, Field(description="The furthest step that was taken; steps may be skipped.")]
    status_reason: Annotated[str | None, Field(description="Why it was dropped.")] = None
    entered_by_mistake: Annotated[
        bool | None,
        Field(description="It is dropped because it never was: consumers that count dropped outputs leave it out."),
    ] = None
    sources: Annotated[tuple[str, ...], Field(description="Where the record comes from.")] = ()
