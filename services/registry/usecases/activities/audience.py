"""How many people a change of an activity is told by mail: what a page says before anybody is written to.

Notifications decides by rules of its own; this says beforehand what its rules will do, in the registry's words.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import col, func, select

from services.registry.models import Activity, Person, Registration
from shared.database import Session


@dataclass(frozen=True)
class Audience:
    """Who takes part: so many with an address, so many without one, who have to be told by somebody."""

    by_mail: int
    without_address: int


NOBODY = Audience(0, 0)


def is_told_of(activity: Activity, at: datetime) -> bool:
    """Whether people are written to about it: it is still to come, as far as is known, and keeps names."""
    over = activity.latest is not None and activity.latest < activity.today(at)
    return activity.status in ("planned", "confirmed", "cancelled") and not activity.protected and not over


async def audience_of(session: Session, activity_id: UUID) -> Audience:
    """Those who are registered; who is only nominated may not know of it yet, and is not written to."""
    query = (
        select(func.count(col(Person.email)), func.count())
        .select_from(Registration)
        .join(Person, col(Registration.person_id) == col(Person.id))
        .where(Registration.activity_id == activity_id, col(Registration.status).in_(("registered", "attended")))
    )
    by_mail, everybody = (await session.exec(query)).one()
    return Audience(by_mail, everybody - by_mail)
