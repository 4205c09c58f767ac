"""Topic `registan.activities.v1`: the public state of an activity."""

from datetime import date
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from shared.contracts.base import (
    Code,
    Contract,
    Count,
    CountryCode,
    LocalisedName,
    LocalisedText,
    OrganisationReference,
    TimeZone,
    Versioned,
)
from shared.contracts.fuzzy_dates import FuzzyDate
from shared.contracts.vocabularies import Otherwise

ActivityKind = Literal[
    "workshop",
    "training",
    "training-of-trainers",
    "study-visit",
    "technical-assistance",
    "exchange-of-trainers",
    "seminar",
    "conference",
    "meeting",
    "steering-group",
    "distance-learning",
    "handover",
    "grant-call",
    "contest",
    "other",
]
Scope = Literal["national", "bilateral", "regional", "international", "unknown"]
Delivery = Literal["in-person", "online", "hybrid", "unknown"]
ActivityStatus = Literal["planned", "confirmed", "held", "cancelled", "merged"]
HeadcountPrecision = Literal["exact", "at-least", "estimated"]


class Place(Contract):
    """Where an activity takes place, by the names of the day on which it takes place."""

    name: LocalisedName
    country: CountryCode | None = None


class Headcount(Contract):
    """Numbers without names: for protected or old activities the only truth there is."""

    total: Annotated[Count, Field(description="How many took part.")]
    women: Annotated[Count | None, Field(description="How many of them were women; absent when not known.")] = None
    by_country: Annotated[
        dict[CountryCode, Count],
        Field(description="How many by country; what is missing to the total is of unknown country."),
    ] = {}
    precision: Annotated[
        HeadcountPrecision,
        Field(description='`exact`, `at-least` ("over 30") or `estimated`.'),
    ] = "exact"

    @model_validator(mode="after")
    def _parts_fit_the_total(self) -> Self:
        if self.women is not None and self.women > self.total:
            raise ValueError(f"{self.women} women are more than the {self.total} who took part: correct one of the two")
        known = sum(self.by_country.values())
        if known > self.total:
            raise ValueError(f"the countries add up to {known}, the total is {self.total}: correct one of the two")
        return self


class Activity(Versioned):
    """One event that a programme holds."""

    id: Annotated[UUID, Field(description="UUIDv7; the key of the record on Kafka.")]
    code: Annotated[Code, Field(description="The programme's own short name of the activity; unique in the programme.")]
    programme: Annotated[Code, Field(description="The programme's code.")]
    phase: Annotated[Code, Field(description="The phase's code within the programme.")]
    component: Annotated[
        Code | None,
        Field(description="The component's code within the phase, `general` for what serves all, absent when unknown."),
    ] = None
    kind: Annotated[ActivityKind, Otherwise("other")]
    scope: Annotated[Scope, Otherwise("unknown")] = "unknown"
    delivery: Annotated[Delivery, Otherwise("unknown")] = "unknown"
    title: LocalisedName
    description: LocalisedText = {}
    starts: Annotated[FuzzyDate | None, Field(description="First day, as far as it is known.")] = None
    ends: Annotated[FuzzyDate | None, Field(description="Last day, as far as it is known.")] = None
    time_zone: Annotated[TimeZone | None, Field(description="IANA time zone in which the days are meant.")] = None
    place: Place | None = None
    beneficiary_countries: Annotated[
        tuple[CountryCode, ...],
        Field(
            description="An activity counts in each of them; counts by country overlap and are never summed.",
            json_schema_extra={"uniqueItems": True},
        ),
    ] = ()
    host_country: CountryCode | None = None
    co_organisers: tuple[OrganisationReference, ...] = ()
    expert_organisations: tuple[OrganisationReference, ...] = ()
    series: Annotated[str | None, Field(description="What several activities of one kind have in common.")] = None
    expected: Annotated[Count | None, Field(description="How many people are expected; a plan, never a count.")] = None
    headcount: Headcount | None = None
    protected: Annotated[bool, Field(description="Numbers only: no names are kept of those who take part.")] = False
    status: ActivityStatus
    status_reason: Annotated[
        str | None,
        Field(description="Why it was cancelled, moved or put back, in words meant for those who take part."),
    ] = None
    merged_into: Annotated[UUID | None, Field(description="The activity that holds the truth after a merge.")] = None
    entered_by_mistake: Annotated[
        bool | None,
        Field(description="It is cancelled because it never was: consumers that count cancelled ones leave it out."),
    ] = None
    outputs: Annotated[tuple[str, ...], Field(description="Documents and things the activity announced.")] = ()
    sources: Annotated[tuple[str, ...], Field(description="Where the record comes from.")] = ()

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        earliest, latest = self.first_day, self.last_day
        if earliest is not None and latest is not None and latest < earliest:
            raise ValueError(f"it ends ({self.ends}) before it starts ({self.starts}): correct one of the two dates")
        if len(set(self.beneficiary_countries)) < len(self.beneficiary_countries):
            raise ValueError("a beneficiary country is named twice: name each once, an activity counts once in each")
        if (self.status == "merged") != (self.merged_into is not None):
            raise ValueError("a merged activity, and no other, says in merged_into where the truth is now")
        return self

    @property
    def first_day(self) -> date | None:
        """The earliest day the activity can start on."""
        return self.starts.earliest if self.starts else None

    @property
    def last_day(self) -> date | None:
        """The latest day the activity can end on."""
        known = self.ends or self.starts
        return known.latest if known else None
