"""Events → facts → deliveries, in one transaction: what is due is planned, and what is no longer due is cancelled.

Nothing is worked out from a single event. A batch names the registrations it may matter to, and for each of them the
rules are asked again what is due by all that is known; so a registration may come before its activity, twice, or late.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Text, Uuid, all_, and_, any_, func, literal, or_, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from services.notifications.deliveries.delivery import Delivery, Sending, delivery_id, notice_id
from services.notifications.facts.activity import ActivityVersion
from services.notifications.facts.contact import ContactFact
from services.notifications.facts.projection import Touched, store
from services.notifications.facts.registration import RegistrationVersion
from services.notifications.rules.case import Case
from services.notifications.rules.table import Due, due
from shared.clock import Clock
from shared.contracts import Event
from shared.database import Session

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
    await session.execute(select(func.pg_advisory_xact_lock(_TURN)))
    touched = await store(session, events)
    since = (await session.exec(select(Sending.since))).one()
    cases = await _cases_of(session, touched)
    erased = await _erased(session, cases)
    wanted = {
        row["id"]: row
        for case in cases
        if case.newest_event >= since and case.registration.person_key not in erased
        for thing in due(case)
        if thing.occasion.happened_at >= since
        for row in [_row(case, thing)]
    }
    if wanted:
        await _plan(session, list(wanted.values()), clock=clock, settle=settle)
    if cases:
        await _cancel_what_is_no_longer_due(session, [case.registration_id for case in cases], list(wanted))
    if wanted:
        await _ask_about_many(session, {row["notice_id"] for row in wanted.values()}, ask_above)
    await session.execute(text(f"NOTIFY {WAKE_CHANNEL}"))


async def cases_of_registrations(session: Session, registrations: Iterable[UUID]) -> list[Case]:
    """Everything known of these registrations; without those whose activity is not known yet."""
    versions = defaultdict(list)
    query = select(RegistrationVersion).where(_is_one_of(RegistrationVersion.id, registrations))
    for version in await session.exec(query.order_by(col(RegistrationVersion.version))):
        versions[version.id].append(version)
    activity_ids = {known[-1].activity_id for known in versions.values()}
    activities = defaultdict(list)
    history = select(ActivityVersion).where(_is_one_of(ActivityVersion.id, activity_ids))
    for activity in await session.exec(history.order_by(col(ActivityVersion.version))):
        activities[activity.id].append(activity)
    return [
        Case(activities[known[-1].activity_id], known)
        for known in versions.values()
        if known[-1].activity_id in activities
    ]


async def _cases_of(session: Session, touched: Touched) -> list[Case]:
    """The cases that may look different after a batch."""
    registrations = set(touched.registrations)
    if touched.activities or touched.erased_persons:
        query = select(RegistrationVersion.id).where(
            or_(
                _is_one_of(RegistrationVersion.activity_id, touched.activities),
                col(RegistrationVersion.person_key) == any_(literal(list(touched.erased_persons), ARRAY(Text))),
            )
        )
        registrations.update(await session.exec(query.distinct()))
    return await cases_of_registrations(session, registrations) if registrations else []


async def _erased(session: Session, cases: Sequence[Case]) -> set[str]:
    keys = list({case.registration.person_key for case in cases})
    query = select(ContactFact.person_key).where(
        and_(col(ContactFact.erased), col(ContactFact.person_key) == any_(literal(keys, ARRAY(Text))))
    )
    return set(await session.exec(query)) if keys else set()


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


async def _plan(session: Session, rows: list[dict[str, Any]], *, clock: Clock, settle: timedelta) -> None:
    """Insert what is new; what had become unnecessary and is due again is planned again."""
    now = clock.now()
    statement = insert(Delivery)
    new = {name: statement.excluded[name] for name in ("state", "planned_at", "next_attempt_at", "asks")}
    or_again = statement.on_conflict_do_update(
        constraint="uq_delivery_key",
        set_={**new, "reason": None, "released_by": None},
        where=and_(col(Delivery.state) == "cancelled", col(Delivery.reason) == "no-longer-due"),
    )
    moments = {"planned_at": now, "next_attempt_at": now + settle}
    await session.execute(or_again, [row | moments for row in rows])


async def _cancel_what_is_no_longer_due(session: Session, registrations: list[UUID], wanted: list[UUID]) -> None:
    await session.execute(
        update(Delivery)
        .where(
            _is_one_of(Delivery.subject, registrations),
            col(Delivery.state) == "planned",
            col(Delivery.id) != all_(literal(wanted, ARRAY(Uuid))),
        )
        .values(state="cancelled", reason="no-longer-due", asks=False)
        .execution_options(synchronize_session=False)
    )


async def _ask_about_many(session: Session, notices: Iterable[UUID], ask_above: int) -> None:
    """Whoever has not been asked about a notice of this size is asked before it goes out."""
    large = (
        select(Delivery.notice_id)
        .where(_is_one_of(Delivery.notice_id, notices))
        .group_by(col(Delivery.notice_id))
        .having(func.count() > ask_above)
    )
    await session.execute(
        update(Delivery)
        .where(
            col(Delivery.notice_id).in_(large),
            col(Delivery.state) == "planned",
            col(Delivery.asks).is_(False),
            col(Delivery.released_by).is_(None),
            col(Delivery.attempts) == 0,
        )
        .values(asks=True)
        .execution_options(synchronize_session=False)
    )


T = TypeVar("T")


def _is_one_of(column: UUID, ids: Iterable[UUID]) -> ColumnElement[bool]:
    """One parameter however many ids there are; PostgreSQL takes 32 767 parameters at most."""
    return col(column) == any_(literal(list(ids), ARRAY(Uuid)))
