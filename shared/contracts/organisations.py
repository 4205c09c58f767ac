"""Topic `registan.organisations.v1`: the public state of an organisation."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.base import Code, CountryCode, LocalisedName, LocalisedText, Versioned
from shared.contracts.vocabularies import Otherwise

OrganisationKind = Literal[
    "border-guard",
    "customs",
    "migration",
    "police",
    "phytosanitary",
    "veterinary",
    "other-agency",
    "donor",
    "implementer",
    "partner",
    "co-organiser",
    "unknown",
]


class Organisation(Versioned):
    """An agency of a country, with parent and units; or a donor, implementer, partner or co-organiser."""

    id: Annotated[UUID, Field(description="UUIDv7; the key of the record on Kafka.")]
    programme: Annotated[Code, Field(description="The programme whose registry holds it.")]
    name: LocalisedName
    short_name: LocalisedText = {}
    kind: Annotated[OrganisationKind, Otherwise("unknown")] = "unknown"
    country: CountryCode | None = None
    parent_id: Annotated[UUID | None, Field(description="The organisation this one is a unit of.")] = None
    merged_into: Annotated[UUID | None, Field(description="The organisation that stands for this one.")] = None
    entered_by_mistake: Annotated[
        bool | None,
        Field(description="It never was one of the programme's: consumers that list organisations leave it out."),
    ] = None
