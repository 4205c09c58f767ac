"""What people see of the deliveries, and what they decide: release, cancel, hold.

Who releases or cancels says how many mails they saw. When there are more or fewer by then, nothing happens: nobody
sends a mail that they were not asked about.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, and_, func, text, update
from sqlmodel import col, select

from services.notifications.deliveries.delivery import Delivery, Sending
from services.notifications.deliveries.listing import TITLE
from services.notifications.deliveries.planning import WAKE_CHANNEL, Manner, in_turn, look_again
from services.notifications.deliveries.reach import decides_on
from services.notifications.facts.contact import ContactFact
from services.notifications.rules.contents import RuleName
from shared.clock import Clock
from shared.database import Session
from shared.errors import DomainError, NotFound
from shared.identity import Actor


class NoticeNotFound(NotFound):
    """There is no such notice."""

    slug = "notice-not-found"


class DeliveryNotFound(NotFound):
    """There is no such mail."""

    slug = "delivery-not-found"


class OtherNumber(DomainError):
    """The number of mails has changed since you looked: look again, then repeat your decision."""

    status = 409
    slug = "other-number"


class NothingToSay(DomainError):
    """Nothing is left to tell: the person knows how things stand, or what it says is no longer true."""

    status = 409
    slug = "nothing-to-say"


class NotUndelivered(DomainError):
    """Only a mail can be sent again that was refused, given up or cancelled by hand."""

    status = 409
    slug = "not-undelivered"


class NotWaiting(DomainError):
    """The mail does not wait any more: it was sent, dropped or cancelled meanwhile."""

    status = 409
    slug = "not-waiting"


_UNSENT = ("planned", "leased")
_UNDELIVERED = ("bounced", "failed")


@dataclass(frozen=True, slots=True)
class Notice:
    """Deliveries that are seen and decided on as one; only those that the reader sees are counted.

    Attributes:
        title: the activity's, by language.
        happened_at: when the first of them was occasioned.
        asks: how many wait until somebody releases them.
        waiting: how many are not sent yet, those that ask included.
        without_address: how many of the waiting have nowhere to go yet.
        going: how many of those that ask go out once they are released; the others have no address yet.
        sent, dropped, undeliverable: what became of the others.
    """

    id: UUID
    rule: RuleName
    activity_id: UUID | None
    programme: str
    title: dict[str, str]
    happened_at: datetime
    asks: int
    waiting: int
    without_address: int
    going: int
    sent: int
    dropped: int
    undeliverable: int


def _notices(actor: Actor, which: ColumnElement[bool], limit: int) -> Any:
    state, planned = col(Delivery.state), col(Delivery.state) == "planned"
    address = col(ContactFact.email)
    asks = and_(planned, col(Delivery.asks))
    of_notice = (col(Delivery.notice_id), col(Delivery.rule), col(Delivery.activity_id))
    since = func.min(Delivery.happened_at)
    return (
        sa.select(
            *of_notice,
            func.min(Delivery.programme),
            TITLE,
            since,
            func.count().filter(asks),
            func.count().filter(state.in_(_UNSENT)),
            func.count().filter(planned, address.is_(None)),
            func.count().filter(asks, address.is_not(None)),
            func.count().filter(state == "sent"),
            func.count().filter(state.in_(("cancelled", "expired"))),
            func.count().filter(state.in_(_UNDELIVERED)),
        )
        .join(ContactFact, col(ContactFact.person_key) == col(Delivery.recipient), isouter=True)
        .where(which, decides_on(actor))
        .group_by(*of_notice)
        .order_by(since.desc())
        .limit(limit)
    )


async def open_notices(session: Session, *, actor: Actor, about: UUID | None = None, limit: int = 200) -> list[Notice]:
    """The notices of which something is not sent yet, newest first; of all activities, or about one."""
    is_open = select(Delivery.notice_id).where(col(Delivery.state).in_(_UNSENT), decides_on(actor))
    if about is not None:
        is_open = is_open.where(Delivery.activity_id == about)
    found = await session.execute(_notices(actor, col(Delivery.notice_id).in_(is_open), limit))
    return [Notice(*row) for row in found]


async def count_asking(session: Session, *, actor: Actor) -> int:
    """How many mails wait until somebody releases them."""
    asking = (col(Delivery.state) == "planned", col(Delivery.asks), decides_on(actor))
    return (await session.exec(select(func.count()).where(*asking))).one()


async def count_ready(session: Session) -> int:
    """How many mails would go out now if nothing held them."""
    ready = (col(Delivery.state) == "planned", ~col(Delivery.asks), col(Delivery.addressed))
    return (await session.exec(select(func.count()).where(*ready))).one()


async def notice_of(session: Session, notice_id: UUID, *, actor: Actor) -> Notice:
    """One notice, open or not.

    Raises:
        NoticeNotFound: there is none that the actor sees something of.
    """
    row = (await session.execute(_notices(actor, col(Delivery.notice_id) == notice_id, 1))).one_or_none()
    if row is None:
        raise NoticeNotFound
    return Notice(*row)


async def release(session: Session, notice_id: UUID, *, expected: int, actor: Actor, clock: Clock) -> int:
    """Let the mails of a notice go that wait to be released; how many go now, as the others have no address yet.

    Raises:
        NoticeNotFound: there is none that the actor sees.
        NotAllowed: they may only look at it.
        OtherNumber: not `expected` many wait to be released.
    """
    going = (await notice_of(session, notice_id, actor=actor)).going
    released = {"asks": False, "released_by": actor.id, "next_attempt_at": clock.now()}
    await _decide(session, notice_id, expected, actor, only_asking=True, values=released)
    await session.execute(text(f"NOTIFY {WAKE_CHANNEL}"))
    return going


async def cancel_notice(session: Session, notice_id: UUID, *, expected: int, actor: Actor) -> int:
    """Cancel all mails of a notice that are not sent yet.

    Raises:
        NoticeNotFound: there is none that the actor sees.
        NotAllowed: they may only look at it.
        OtherNumber: not `expected` many wait.
    """
    values = {"state": "cancelled", "reason": "by-hand", "asks": False}
    await _decide(session, notice_id, expected, actor, only_asking=False, values=values)
    return expected


async def _decide(
    session: Session, notice_id: UUID, expected: int, actor: Actor, *, only_asking: bool, values: dict[str, Any]
) -> None:
    await notice_of(session, notice_id, actor=actor)
    of_notice = (col(Delivery.notice_id) == notice_id, col(Delivery.state) == "planned", decides_on(actor))
    waiting = select(Delivery.id).where(*of_notice)
    if only_asking:
        waiting = waiting.where(col(Delivery.asks))
    found = (await session.exec(waiting.order_by(col(Delivery.id)).with_for_update())).all()
    if len(found) != expected:
        raise OtherNumber(f"You saw {expected}; there are {len(found)} now.", field="expected")
    await session.execute(
        update(Delivery)
        .where(col(Delivery.id).in_(found))
        .values(**values)
        .execution_options(synchronize_session=False)
    )


async def delivery_of(session: Session, delivery_id: UUID, *, actor: Actor, locked: bool = False) -> Delivery:
    """One mail, to be read or decided on.

    Raises:
        DeliveryNotFound: there is none that the actor sees.
        NotAllowed: they may only know that there is one.
    """
    query = select(Delivery).where(Delivery.id == delivery_id, decides_on(actor))
    delivery = (await session.exec(query.with_for_update() if locked else query)).one_or_none()
    if delivery is None:
        raise DeliveryNotFound
    return delivery


async def cancel_delivery(session: Session, delivery_id: UUID, *, actor: Actor) -> Delivery:
    """Cancel one mail that is not sent yet.

    Raises:
        DeliveryNotFound, NotAllowed: see `delivery_of`.
        NotWaiting: it is too late.
    """
    delivery = await delivery_of(session, delivery_id, actor=actor, locked=True)
    if delivery.state != "planned":
        raise NotWaiting(f"It is {delivery.state}.")
    delivery.state, delivery.reason, delivery.asks = "cancelled", "by-hand", False
    return delivery


async def send_again(session: Session, delivery_id: UUID, *, actor: Actor, manner: Manner) -> Delivery:
    """Send what a person still has to be told after a mail bounced; the mail that goes now, which may be another.

    Raises:
        DeliveryNotFound, NotAllowed: see `delivery_of`.
        NotUndelivered: it was sent, waits, or came to nothing by itself.
        NothingToSay: the person needs no letter any more.
    """
    await in_turn(session)
    delivery = await delivery_of(session, delivery_id, actor=actor)
    if not _is_undelivered(delivery):
        raise NotUndelivered
    waiting = await _again(session, [delivery], actor, manner)
    if not waiting:
        raise NothingToSay
    return waiting[0]


async def send_all_again(
    session: Session, notice_id: UUID | None, *, expected: int, actor: Actor, manner: Manner
) -> list[Delivery]:
    """The same for each mail that was refused or given up, of one notice or of all the actor's; those that go now.

    Raises:
        NoticeNotFound, NotAllowed: see `release`.
        OtherNumber: not `expected` many were.
    """
    await in_turn(session)
    undelivered = select(Delivery).where(col(Delivery.state).in_(_UNDELIVERED), decides_on(actor))
    undelivered = undelivered.order_by(col(Delivery.id))
    if notice_id is not None:
        await notice_of(session, notice_id, actor=actor)
        undelivered = undelivered.where(Delivery.notice_id == notice_id)
    found = (await session.exec(undelivered)).all()
    if len(found) != expected:
        raise OtherNumber(f"You saw {expected}; there are {len(found)} now.", field="expected")
    return await _again(session, found, actor, manner)


def _is_undelivered(delivery: Delivery) -> bool:
    return delivery.state in _UNDELIVERED or (delivery.state == "cancelled" and delivery.reason == "by-hand")


async def _again(session: Session, undelivered: Sequence[Delivery], actor: Actor, manner: Manner) -> list[Delivery]:
    """Who asks for it has decided on it: nobody is asked once more."""
    subjects = {delivery.subject for delivery in undelivered}
    before = [(delivery, delivery.state, delivery.reason) for delivery in undelivered]
    for delivery in undelivered:
        delivery.state, delivery.reason = "cancelled", "replaced"
    await session.flush()
    for about in {delivery.about for delivery in undelivered}:
        await look_again(session, about, subjects, manner)
    now = manner.clock.now()
    released = {"asks": False, "released_by": actor.id, "next_attempt_at": now}
    waiting = (col(Delivery.subject).in_(subjects), col(Delivery.state) == "planned")
    await session.execute(
        update(Delivery).where(*waiting).values(**released).execution_options(synchronize_session=False)
    )
    going = list(await session.exec(select(Delivery).where(*waiting).execution_options(populate_existing=True)))
    told = {delivery.subject for delivery in going}
    for delivery, state, reason in before:
        if delivery.subject not in told:  # nothing is left to tell: it stays as it was
            delivery.state, delivery.reason = state, reason
    return going


async def switch_of(session: Session) -> Sending:
    """The switch as it stands."""
    return (await session.exec(select(Sending))).one()


async def hold(session: Session, held: bool, *, actor: Actor, clock: Clock) -> Sending:
    """Hold all sending, or let it go on. A mail that is being handed over at this moment still goes."""
    switch = (await session.exec(select(Sending).with_for_update())).one()
    if switch.held != held:
        switch.held, switch.changed_at, switch.changed_by = held, clock.now(), actor.id
    await session.execute(text(f"NOTIFY {WAKE_CHANNEL}"))
    return switch
