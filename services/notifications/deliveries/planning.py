"""Events → facts → deliveries, in one transaction: the letter that each person needs is planned, others are dropped.

Nothing is worked out from a single event. A batch names the things it may matter to, and for each of them it is asked
again what the person has to be told, by all that is known and by what they were told last; so a registration may come
before its activity, twice, or late. It is asked again after each letter, because the world moves while one is sent.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic_core import to_json
from sqlalchemy import ARRAY, Text, Update, Uuid, any_, bindparam, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlmodel import col

from services.notifications.deliveries.beliefs import beliefs_of, deliveries_of, why_dropped
from services.notifications.deliveries.delivery import (
    Delivery,
    Reason,
    Sending,
    State,
    delivery_id,
    mark_of,
    notice_id,
)
from services.notifications.facts.contact import ContactFact
from services.notifications.facts.projection import store
from services.notifications.rules.contents import KINDS, About
from services.notifications.rules.kind import Case, Due
from shared.clock import Clock
from shared.contracts import Contact, Event, Programme
from shared.database import Session, given, table_of
from shared.telemetry.traces import current_traceparent

WAKE_CHANNEL = "deliveries"
"""Where PostgreSQL tells the sender that there may be something to do."""

_TURN = 0x6E6F746966


@dataclass(frozen=True, slots=True)
class Manner:
    """How deliveries are planned.

    Attributes:
        ask_above: a notice with more deliveries than this waits until somebody releases it.
        settle: how long a delivery waits before it can be sent, so that what is done at once is counted as one notice,
            and what is taken back at once is never sent.
    """

    clock: Clock
    ask_above: int
    settle: timedelta


async def apply(session: Session, events: Sequence[Event], *, manner: Manner) -> None:
    """The listener's handler."""
    since = await in_turn(session)
    touched = await store(session, events)
    if touched.erased_persons:
        await session.execute(_FORGET_ADDRESSES, {"persons": list(touched.erased_persons)})
    if touched.persons:
        await session.execute(_ADDRESS, {"persons": list(touched.persons)})
    for about, kind in KINDS.items():
        subjects = await kind.touched_by(session, touched, since)
        if subjects:
            await _plan(session, about, subjects, manner, since)
    if any(isinstance(event.data, Contact | Programme) for event in events):
        await session.execute(_WAKE)


async def look_again(session: Session, about: About, subjects: Collection[UUID], manner: Manner) -> None:
    """Plan what has to be told about these subjects, and drop what no longer has to be."""
    await _plan(session, about, subjects, manner, await in_turn(session))


async def in_turn(session: Session) -> datetime:
    """Wait for one's turn; the moment since which people are told things.

    One worker may hold a registration and another its activity, or a sender what was just said: none of them would see
    what the others write, so they take turns.
    """
    since: datetime = (await session.execute(_IN_TURN)).one()[0]
    return since


@dataclass
class _Plan:
    """What becomes of the deliveries about some subjects."""

    wanted: list[dict[str, Any]] = field(default_factory=list)
    dropped: list[dict[str, Any]] = field(default_factory=list)

    def drop(self, deliveries: Iterable[Delivery], state: State, reason: Reason) -> None:
        self.dropped += [{"id": delivery.id, "state": state, "reason": reason} for delivery in deliveries]


async def _plan(session: Session, about: About, subjects: Collection[UUID], manner: Manner, since: datetime) -> None:
    cases = await KINDS[about].cases_of(session, subjects)
    known = await deliveries_of(session, subjects)
    contacts = await _contacts(session, {case.recipient for case in cases})
    plan = _Plan()
    now = manner.clock.now()
    for case in cases:
        deliveries = known[case.subject]
        waiting = [delivery for delivery in deliveries if delivery.state == "planned"]
        if case.is_over(now):
            plan.drop(waiting, "expired", "over")
            continue
        contact = contacts.get(case.recipient, _UNKNOWN)
        mark = mark_of(contact.email, case.subject) if contact.email else None
        beliefs = beliefs_of(about, case, deliveries, mark=mark, since=since)
        due = None if contact.erased else KINDS[about].due(case, beliefs)
        row = _row(about, case, due, deliveries, mark) | {"planned_at": now} if due else {}
        plan.wanted += [row] if row else []
        others = [delivery for delivery in waiting if not _is_as_wanted(delivery, row)]
        plan.drop(others, "cancelled", why_dropped(case, due, beliefs))
    if plan.dropped:
        await session.execute(_DROP, {"rows": to_json(plan.dropped).decode()})
    if plan.wanted:
        rows = [row | {"next_attempt_at": now + manner.settle} for row in plan.wanted]
        await session.execute(_WANT, {"rows": to_json(rows).decode()})
        await session.execute(_ASK, {"keys": list({row["notice_id"] for row in rows}), "ask_above": manner.ask_above})
        await session.execute(_WAKE)


@dataclass(frozen=True, slots=True)
class _Contact:
    """Where a person can be reached."""

    email: str | None = None
    erased: bool = False


_UNKNOWN = _Contact()


async def _contacts(session: Session, persons: Iterable[str]) -> dict[str, _Contact]:
    found = await session.execute(_CONTACTS, {"persons": list(persons)})
    return {person: _Contact(email, erased) for person, email, erased in found.all()}


def _is_as_wanted(delivery: Delivery, row: Mapping[str, Any]) -> bool:
    """Whether it can go on waiting; one whose registration went to another activity is taken up again in its notice."""
    return all(getattr(delivery, name) == row.get(name) for name in ("id", "activity_id", "notice_id"))


def _row(about: About, case: Case, due: Due, deliveries: Sequence[Delivery], mark: str | None) -> dict[str, Any]:
    """The delivery of a letter; one that went to a former address is said once more, without being asked about."""
    key = (due.rule, case.subject, case.recipient, due.occasion.version)
    before = [
        delivery
        for delivery in deliveries
        if (delivery.rule, delivery.recipient, delivery.occasion, delivery.state)
        == (due.rule, case.recipient, due.occasion.version, "sent")
    ]
    return {
        "id": delivery_id(*key, len(before)),
        "about": about,
        "rule": due.rule,
        "subject": case.subject,
        "recipient": case.recipient,
        "occasion": due.occasion.version,
        "repetition": len(before),
        "notice_id": notice_id(due, case.activity_id or case.subject),
        "activity_id": case.activity_id,
        "programme": case.programme,
        "happened_at": due.occasion.happened_at,
        "state": "planned",
        "addressed": mark is not None,
        "asks": False,
        "released_by": before[-1].released_by if before else None,
        "attempts": 0,
        "address_mark": mark,
        "traceparent": current_traceparent(),
    }


def _drop() -> Update:
    table = table_of(Delivery)
    rows = given([table.c.id, table.c.state, table.c.reason]).subquery()
    return (
        update(table)
        .where(table.c.id == rows.c.id, table.c.state == "planned")
        .values(state=rows.c.state, reason=rows.c.reason, asks=False)
    )


def _want() -> Insert:
    """Insert what is new, and take up again what was dropped, or refused at an address that has been corrected."""
    table = table_of(Delivery)
    rows = given(table.columns).cte("wanted")
    statement = insert(table).from_select(table.columns.keys(), select(*rows.c))
    new = (
        *("state", "planned_at", "next_attempt_at", "addressed", "asks", "attempts"),
        *("activity_id", "notice_id", "happened_at", "traceparent"),
    )
    dropped = (table.c.state == "expired") | ((table.c.state == "cancelled") & (table.c.reason != "by-hand"))
    undelivered = table.c.state.in_(("bounced", "failed"))
    refused = undelivered & (table.c.address_mark != statement.excluded.address_mark)
    released_by = sa.case((undelivered, table.c.released_by), else_=None)  # what was dropped has to be released again
    return statement.on_conflict_do_update(
        constraint="uq_delivery_key",
        set_={name: statement.excluded[name] for name in new}
        | {"reason": None, "answer": None, "released_by": released_by},
        where=or_(dropped, refused),
    )


def _ask() -> Update:
    """A notice of this size that nobody was asked about is asked about before it goes out."""
    table = table_of(Delivery)
    notice = table.c.notice_id
    live = table.c.state.not_in(("cancelled", "expired"))
    many = func.count() > bindparam("ask_above")
    large = select(notice).where(notice == _KEYS, live).group_by(notice).having(many)
    untouched = (table.c.state == "planned", ~table.c.asks, table.c.released_by.is_(None), table.c.attempts == 0)
    return update(table).where(notice.in_(large), *untouched).values(asks=True)


_KEYS = any_(bindparam("keys", type_=ARRAY(Uuid)))
"""One parameter however many ids there are; PostgreSQL takes 32 767 parameters at most."""
_PERSONS = any_(bindparam("persons", type_=ARRAY(Text)))
_IN_TURN = select(col(Sending.since), func.pg_advisory_xact_lock(_TURN))
_WAKE = select(func.pg_notify(WAKE_CHANNEL, ""))
_CONTACTS = select(*(table_of(ContactFact).c[name] for name in ("person_key", "email", "erased"))).where(
    col(ContactFact.person_key) == _PERSONS
)
_ADDRESS = text(
    """
    UPDATE delivery SET addressed = email IS NOT NULL FROM contact
    WHERE contact.person_key = recipient AND recipient = ANY(:persons)
      AND delivery.state = 'planned' AND addressed <> (email IS NOT NULL)
    """
).bindparams(bindparam("persons", type_=ARRAY(Text)))
_FORGET_ADDRESSES = (
    update(table_of(Delivery))
    .where(col(Delivery.recipient) == _PERSONS, col(Delivery.address_mark).is_not(None))
    .values(address_mark=None)
)
_DROP = _drop()
_WANT = _want()
_ASK = _ask()
