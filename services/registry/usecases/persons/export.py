"""Everything that the registry keeps of a person, for the person who asks for it.

What they were told by mail is in notifications, under the keys that stand here. Who among colleagues did something is
no part of it, and neither is who else took part.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field
from sqlmodel import col, select

from services.registry.journal import history
from services.registry.models import (
    Activity,
    Person,
    PersonKeys,
    Programme,
    Registration,
    RegistrationView,
    existing,
)
from services.registry.models.person import PersonView
from services.registry.nouns import REGISTRATION
from services.registry.usecases.persons.find import merged_into
from services.registry.usecases.rights import allow
from shared.clock import Clock
from shared.contracts.activities import Place
from shared.contracts.fuzzy_dates import FuzzyDate
from shared.database import Session
from shared.identity import Actor

_MOST_EVENTS = 10_000


class FieldBefore(BaseModel, from_attributes=True):
    """A field of a registration, before and after something happened."""

    field: str
    before: Any
    after: Any


class Happening(BaseModel, from_attributes=True):
    """Something that happened to a registration."""

    time: datetime
    type: str
    reason: str | None
    changes: list[FieldBefore]


class ActivityOfPerson(BaseModel, from_attributes=True):
    """What the person was registered for."""

    id: UUID
    code: str
    title: dict[str, str]
    starts: FuzzyDate | None
    ends: FuzzyDate | None
    place: Place | None


class PartOfPerson(BaseModel):
    """A registration with its attendance, its activity, and what happened to it."""

    registration: RegistrationView
    activity: ActivityOfPerson
    history: list[Happening]


class PersonExport(BaseModel):
    """Everything that the registry keeps of a person."""

    exported_at: datetime
    programme: str
    programme_name: dict[str, str]
    names_kept_years: int | None
    person: PersonView
    recorded_as_well_as: list[PersonView] = Field(description="Records that were found to be the same person.")
    person_keys: list[str] = Field(description="What the person is called in events, and in notifications.")
    registrations: list[PartOfPerson]


async def export_person(
    session: Session, person_id: UUID, *, actor: Actor, clock: Clock, keys: PersonKeys
) -> PersonExport:
    """What is kept of a person; of who was found to be another one, what is kept of that one.

    Raises:
        PersonNotFound, NotAllowed
    """
    person = await existing(session, Person, person_id, actor=actor)
    allow(actor, "editor", programme=person.programme)
    if person.merged_into is not None:
        person = await session.get_one(Person, person.merged_into)
    programme = await session.get_one(Programme, person.programme)
    same = await merged_into(session, person)
    return PersonExport(
        exported_at=clock.now(),
        programme=programme.code,
        programme_name=programme.name,
        names_kept_years=programme.names_kept_years,
        person=_view(person),
        recorded_as_well_as=[_view(each) for each in same],
        person_keys=[keys.key(each) for each in (person, *same)],
        registrations=[part async for part in _parts(session, person, actor)],
    )


def _view(person: Person) -> PersonView:
    return PersonView.model_validate(person, from_attributes=True)


async def _parts(session: Session, person: Person, actor: Actor) -> AsyncIterator[PartOfPerson]:
    query = (
        select(Registration, Activity)
        .join(Activity, col(Activity.id) == col(Registration.activity_id))
        .where(Registration.person_id == person.id)
        .order_by(col(Activity.day), col(Registration.id))
    )
    for registration, activity in (await session.exec(query)).all():
        happened = await history(session, REGISTRATION, registration.id, actor=actor, limit=_MOST_EVENTS)
        yield PartOfPerson(
            registration=RegistrationView.model_validate(registration, from_attributes=True),
            activity=ActivityOfPerson.model_validate(activity),
            history=[Happening.model_validate(each) for each in happened],
        )
