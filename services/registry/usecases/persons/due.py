"""Whose names a programme has kept for as long as it keeps names; they are erased once somebody has looked at how many.

The period runs from the last day of the last activity that a person was registered for, however that ended. Where that
day is not known, it runs from the last change of the registration; for who was never registered, from being recorded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Date, cast
from sqlmodel import col, func, select

from services.registry.models import Activity, Command, Person, PersonKeys, Programme, Registration, existing
from services.registry.models.errors.person import OthersAreDue
from services.registry.usecases.persons.erase import ErasePerson, erase_person
from services.registry.usecases.rights import allow
from shared.clock import Clock
from shared.contracts.base import Code
from shared.database import Session
from shared.identity import Actor

MOST = 500
"""As many are listed, and erased, at once."""


@dataclass(frozen=True)
class Due:
    """A person whose period is over.

    Attributes:
        last_day: that is known of anything they took part in.
        due_since: the day on which the period ended.
    """

    person_id: UUID
    last_day: date
    due_since: date


class EraseDue(Command):
    """Erase those who are due, by who says how many there are."""

    programme: Code
    expected: int


async def due_persons(session: Session, programme: Programme, *, today: date, most: int = MOST) -> Sequence[Due]:
    """Those who are due, the longest first; nobody where the programme has no period."""
    years = programme.names_kept_years
    if years is None:
        return ()
    took_part = func.max(func.coalesce(Activity.latest, cast(col(Registration.updated_at), Date)))
    last_day = func.coalesce(took_part, cast(col(Person.created_at), Date))
    query = (
        select(Person.id, last_day)
        .join(Registration, col(Registration.person_id) == col(Person.id), isouter=True)
        .join(Activity, col(Activity.id) == col(Registration.activity_id), isouter=True)
        .where(Person.programme == programme.code, col(Person.merged_into).is_(None))
        .group_by(col(Person.id))
        .having(last_day <= _years_later(today, -years))
        .order_by(last_day, col(Person.id))
        .limit(most)
    )
    return [Due(key, last, _years_later(last, years)) for key, last in await session.exec(query)]


async def erase_due(
    session: Session, command: EraseDue, *, actor: Actor, clock: Clock, keys: PersonKeys
) -> Sequence[UUID]:
    """Erase those who are due, `MOST` at once; answer with their ids.

    Raises:
        ProgrammeNotFound, NotAllowed
        OthersAreDue: it is another number of people than was seen.
    """
    programme = await existing(session, Programme, command.programme, actor=actor)
    allow(actor, "admin", programme=programme.code)
    due = sorted(each.person_id for each in await due_persons(session, programme, today=clock.now().date()))
    if len(due) != command.expected:
        raise OthersAreDue(f"You saw {command.expected}, {len(due)} are due now.", field="expected")
    for person_id in due:
        await erase_person(session, ErasePerson(person_id=person_id), actor=actor, clock=clock, keys=keys)
    return due


def _years_later(day: date, years: int) -> date:
    """The same day of another year; where 29 February has none, the day after forwards, the day before backwards."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1) if years > 0 else date(day.year + years, 2, 28)
