"""What is known of a person: what they took part in, and who was found to be the same."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import col, select

from services.registry.models import Activity, Person, Registration
from shared.database import Session


@dataclass(frozen=True)
class Part:
    """A registration and its activity."""

    registration: Registration
    activity: Activity


async def parts_of(session: Session, person: Person) -> Sequence[Part]:
    """What a person took part in, the newest first."""
    query = select(Registration, Activity).join(Activity, col(Activity.id) == col(Registration.activity_id))
    query = query.where(Registration.person_id == person.id, col(Registration.counted_as).is_(None))
    query = query.where(col(Registration.entered_by_mistake).is_(False))
    found = await session.exec(query.order_by(col(Activity.day).desc(), col(Activity.id)))
    return [Part(*row) for row in found]


async def merged_into(session: Session, person: Person) -> Sequence[Person]:
    """Those who were found to be this person."""
    return (await session.exec(select(Person).where(Person.merged_into == person.id).order_by(col(Person.id)))).all()


async def kept_as(session: Session, person: Person) -> Person | None:
    """The person that this one was found to be, if any."""
    return await session.get(Person, person.merged_into) if person.merged_into else None


async def person_of(session: Session, registration: Registration) -> Person | None:
    """Who is registered; `None` once the person is erased."""
    return await session.get(Person, registration.person_id) if registration.person_id else None


async def names_of_persons(session: Session, persons: Collection[UUID]) -> Mapping[UUID, str]:
    """What these persons are called."""
    query = select(Person.id, Person.name).where(col(Person.id).in_(persons))
    return dict((await session.exec(query)).all())
