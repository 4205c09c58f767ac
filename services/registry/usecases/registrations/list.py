"""List who takes part in an activity, with the persons: the caller decides who may see the names."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import col, select

from services.registry.models import Person, Registration
from shared.database import Session


@dataclass(frozen=True)
class Participation:
    """A registration, and who it is until the person is erased."""

    registration: Registration
    person: Person | None


def by_name(each: Participation) -> tuple[bool, str, str]:
    """The order in which people stand on a page: by name as the alphabet has it, those who were erased last."""
    return (each.person is None, each.person.sort_name if each.person else "", str(each.registration.id))


async def list_registrations(
    session: Session, activity_id: UUID, *, after: UUID | None = None, limit: int = 1000
) -> Sequence[Participation]:
    """The registrations of an activity in the order in which they were made, those after the id `after`."""
    query = select(Registration, Person).join(Person, col(Registration.person_id) == col(Person.id), isouter=True)
    counts = (col(Registration.counted_as).is_(None), col(Registration.entered_by_mistake).is_(False))
    query = query.where(*counts)  # of one person recorded twice, one counts
    query = query.where(Registration.activity_id == activity_id).order_by(col(Registration.id)).limit(limit)
    if after is not None:
        query = query.where(col(Registration.id) > after)
    return [Participation(*row) for row in await session.exec(query)]
