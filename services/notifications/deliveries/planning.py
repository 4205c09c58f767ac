"""Events → facts → deliveries, in one transaction: what is due is planned, and what is no longer due is cancelled.

Nothing is worked out from a single event. A batch names the registrations it may matter to, and for each of them the
rules are asked again what is due by all that is known; so a registration may come before its activity, twice, or late.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy import ARRAY, Text, Update, Uuid, any_, bindparam, exists, func, or_, update
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlmodel import col, select

from services.notifications.deliveries.delivery import Delivery, Sending, delivery_id, notice_id
from services.notifications.facts.activity import ActivityVersion
from services.notifications.facts.contact import ContactFact
from services.notifications.facts.projection import Touched, store
from services.notifications.facts.registration import RegistrationVersion
from services.notifications.rules.case import Case
from services.notifications.rules.table import Due, due
from shared.clock import Clock
from shared.contracts import Contact, Event, Programme
from shared.database import Session, given, table_of

WAKE_CHANNEL = "deliveries"
"""Where PostgreSQL tells the sender that there may be something to do."""

_TURN = 0x6E6F746966


async def apply(
    session: Session,
    events: Sequence[Event],
    *,
    clock: Clock,
    ask_above: int,
    settle: timedelta,
) -> None:
    """The listener's handler.

    Args:
        ask_above: a notice with more deliveries than this waits until somebody releases it.
        settle: how long a delivery waits before it can be sent, so that what is done at once is counted as one notice,
            and what is taken back at once is never sent.
    """
    # One worker may hold a registration and another its activity: neither would see the other's, so they take turns.
    since, _ = (await session.execute(_IN_TURN)).one()
    touched = await store(session, events)
    cases = await _cases_of(session, touched, since)
    wanted = [_row(case, thing) for case in cases for thing in due(case) if thing.occasion.happened_at >= since]
    if wanted:
        addressed = await _addressed(session, {row["recipient"] for row in wanted})
        wanted = [row | {"addressed": addressed.get(row["recipient"], False)} for row in wanted]
        wanted = [row for row in wanted if row["addressed"] is not None]
    if touched.addressed_persons:
        await session.execute(_ADDRESS, {"persons": list(touched.addressed_persons)})
    if cases:
        await _plan(session, cases, wanted, clock=clock, settle=settle)
    if wanted:
        await _ask_about_many(session, {row["notice_id"] for row in wanted}, ask_above)
    if wanted or any(isinstance(event.data, Contact | Programme) for event in events):
        await session.execute(_WAKE)


async def cases_of_registrations(session: Session, registrations: Iterable[UUID]) -> list[Case]:
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


async def _cases_of(session: Session, touched: Touched, since: datetime) -> list[Case]:
    """The cases that may look different after a batch; of those in which nothing happened since then nothing is due."""
    sought = {
        "registrations": list(touched.registrations),
        "activities": list(touched.activities),
        "persons": list(touched.erased_persons),
    }
    if not any(sought.values()):
        return []
    registrations = (await session.scalars(_REGISTRATIONS_OF, sought | {"since": since})).all()
    return await cases_of_registrations(session, registrations) if registrations else []


async def _addressed(session: Session, persons: Iterable[str]) -> dict[str, bool | None]:
    """Whether the persons who are known have an address; `None` for who was erased."""
    found = await session.execute(_ADDRESSED, {"persons": list(persons)})
    return {one.person_key: None if one.erased else one.email is not None for one in found}


def _row(case: Case, thing: Due) -> dict[str, Any]:
    key = (thing.rule, case.registration_id, case.registration.person_key, thing.occasion.version)
    return {
        "id": delivery_id(*key),
        "rule": thing.rule,
        "subject": case.registration_id,
        "recipient": case.registration.person_key,
        "occasion": thing.occasion.version,
        "notice_id": notice_id(thing, case.activity.id),
        "activity_id": case.activity.id,
        "programme": case.activity.programme,
        "happened_at": thing.occasion.happened_at,
        "state": "planned",
        "asks": False,
        "attempts": 0,
    }


async def _plan(
    session: Session, cases: Sequence[Case], wanted: Sequence[dict[str, Any]], *, clock: Clock, settle: timedelta
) -> None:
    """Insert what is new, plan again what had become unnecessary and is due again, and cancel what is no longer due."""
    now = clock.now()
    moments = {"planned_at": now, "next_attempt_at": now + settle}
    rows = to_json([row | moments for row in wanted]).decode()
    await session.execute(_PLAN, {"rows": rows, "keys": [case.registration_id for case in cases]})


async def _ask_about_many(session: Session, notices: Iterable[UUID], ask_above: int) -> None:
    """Whoever has not been asked about a notice of this size is asked before it goes out."""
    await session.execute(_ASK, {"keys": list(notices), "ask_above": ask_above})


def _planned() -> Insert:
    """One statement for a batch of any length; what it inserts and what it cancels are never the same delivery."""
    table = table_of(Delivery)
    rows = given(table.columns).cte("wanted")
    no_longer_due = (
        update(table)
        .where(table.c.subject == _KEYS, table.c.state == "planned", ~exists().where(rows.c.id == table.c.id))
        .values(state="cancelled", reason="no-longer-due", asks=False)
    )
    statement = insert(table).from_select(table.columns.keys(), select(*rows.c)).add_cte(no_longer_due.cte("cancelled"))
    new = {name: statement.excluded[name] for name in ("state", "planned_at", "next_attempt_at", "addressed", "asks")}
    return statement.on_conflict_do_update(
        constraint="uq_delivery_key",
        set_={**new, "reason": None, "released_by": None},
        where=(table.c.state == "cancelled") & (table.c.reason == "no-longer-due"),
    )


def _ask() -> Update:
    table = table_of(Delivery)
    notice = table.c.notice_id
    large = select(notice).where(notice == _KEYS).group_by(notice).having(func.count() > bindparam("ask_above"))
    untouched = (table.c.state == "planned", ~table.c.asks, table.c.released_by.is_(None), table.c.attempts == 0)
    return update(table).where(notice.in_(large), *untouched).values(asks=True)


_KEYS = any_(bindparam("keys", type_=ARRAY(Uuid)))
"""One parameter however many ids there are; PostgreSQL takes 32 767 parameters at most."""
_PERSONS = any_(bindparam("persons", type_=ARRAY(Text)))
_IN_TURN = select(col(Sending.since), func.pg_advisory_xact_lock(_TURN))
_WAKE = select(func.pg_notify(WAKE_CHANNEL, ""))
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
            col(RegistrationVersion.person_key) == _PERSONS,
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
_ADDRESSED = select(*(table_of(ContactFact).c[name] for name in ("person_key", "erased", "email"))).where(
    col(ContactFact.person_key) == _PERSONS
)
_ADDRESS = (
    update(table_of(Delivery))
    .where(col(Delivery.recipient) == _PERSONS, col(Delivery.state) == "planned", ~col(Delivery.addressed))
    .values(addressed=True)
)
_PLAN = _planned()
_ASK = _ask()
