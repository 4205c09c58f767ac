"""Topic `registan.participants.v1`: the public state of a registration. No name and no contact is ever here."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.base import Code, CountryCode, Gender, OrganisationReference, Versioned
from shared.contracts.vocabularies import Otherwise

Role = Literal["participant", "trainer", "expert", "interpreter", "observer", "organiser"]
RegistrationStatus = Literal["nominated", "registered", "attended", "absent", "withdrawn"]


class Registration(Versioned):
    """One person's part in one activity, under a pseudonym."""

    id: Annotated[UUID, Field(description="UUIDv7; the key of the record on Kafka.")]
    activity_id: Annotated[UUID, Field(description="The activity; its own event may arrive later than this one.")]
    programme: Annotated[Code, Field(description="The programme's code.")]
    person_key: Annotated[
        str,
        Field(
            min_length=1,
            max_length=64,
            description="The same person has the same key within a programme; nothing leads from it to the person.",
        ),
    ]
    role: Role = "participant"
    gender: Annotated[Gender, Otherwise("unknown")] = "unknown"
    country: CountryCode | None = None
    organisation: OrganisationReference | None = None
    status: RegistrationStatus
    counted_as: Annotated[
        UUID | None,
        Field(
            description="The registration that counts instead, where one person was found to be recorded twice in the "
            "activity; this one is withdrawn."
        ),
    ] = None
    entered_by_mistake: Annotated[
        bool | None,
        Field(description="It is withdrawn because it never was: consumers that count withdrawals leave it out."),
    ] = None
    days_attended: Annotated[tuple[date, ...], Field(description="The days on which the person was there.")] = ()
