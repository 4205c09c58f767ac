"""Which registrations a batch may matter to, and everything known of them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, any_, bindparam, exists, or_
from sqlmodel import col, select

from services.notifications.facts.activity import ActivityVersion
from services.notifications.facts.projection import Touched
from services.notifications.facts.registration import RegistrationVersion
from services.notifications.rules.registrations.case import Case
from shared.database import Session


async def touched_by(session: Session, touched: Touched, since: datetime) -> Sequence[UUID]:
    """The registrations that may look different after a batch; those in which nothing happened since then are left out:
    nothing of them has to be told."""
    sought = {
        "registrations": list(touched.registrations),
        "activities": list(touched.activities),
        "persons": [*touched.persons],
    }
    if not any(sought.values()):
        return []
    return (await session.scalars(_REGISTRATIONS_OF, sought | {"since": since})).all()


async def cases_of(session: Session, registrations: Iterable[UUID]) -> list[Case]:
    """Everything known of these registrations; without those whose activity is not known yet."""
    versions = defaultdict(list)
    for version in await session.scalars(_REGISTRATIONS, {"keys": list(registrations)}):
        versions[version.id].append(version)
    activity_ids = {known[-1].activity_id for known in versions.values()}
    activities = defaultdict(list)
    for activity in await session.scalars(_ACTIVITIES, {"keys": list(activity_ids)}):
        activities[activity.id].append(activity)
    return [
        Case(activities[known[-1].activity_id], known)
        for known in versions.values()
        if known[-1].activity_id in activities
    ]


_KEYS = any_(bindparam("keys", type_=ARRAY(Uuid)))
"""One parameter however many ids there are; PostgreSQL takes 32 767 parameters at most."""
_REGISTRATIONS = (
    select(RegistrationVersion).where(col(RegistrationVersion.id) == _KEYS).order_by(col(RegistrationVersion.version))
)
_ACTIVITIES = select(ActivityVersion).where(col(ActivityVersion.id) == _KEYS).order_by(col(ActivityVersion.version))
_REGISTRATIONS_OF = (
    select(RegistrationVersion.id)
    .where(
        or_(
            col(RegistrationVersion.id) == any_(bindparam("registrations", type_=ARRAY(Uuid))),
            col(RegistrationVersion.activity_id) == any_(bindparam("activities", type_=ARRAY(Uuid))),
            col(RegistrationVersion.person_key) == any_(bindparam("persons", type_=ARRAY(Text))),
        ),
        or_(
            col(RegistrationVersion.happened_at) >= bindparam("since"),
            exists().where(
                col(ActivityVersion.id) == RegistrationVersion.activity_id,
                col(ActivityVersion.happened_at) >= bindparam("since"),
            ),
        ),
    )
    .distinct()
)
