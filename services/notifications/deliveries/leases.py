"""Who sends what: a delivery is leased for a while, and whoever holds the lease notes what became of it.

A sender that dies leaves a lease that runs out; then the delivery is tried again. If it died between the mail server's
acceptance and its own note, the mail is repeated once, with the same Message-ID: the note cannot be part of the mail
server's transaction, and to lose a mail would be worse than to repeat one.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text, update
from sqlmodel import col, select

from services.notifications.deliveries.delivery import Delivery, Reason, State
from services.notifications.messages.letter import Letter
from shared.database import Session

# The next delivery that can be sent: planned and not waiting for anybody, or left behind by a sender that died. What a
# mail is written from must be known; a delivery whose person has no address yet stays until one comes.
# SKIP LOCKED lets several senders take turns without waiting for each other; the switch counts at the very last moment.
LEASE = text(
    """
    UPDATE delivery SET state = 'leased', leased_until = :until, attempts = attempts + 1
    WHERE id = (
        SELECT delivery.id
        FROM delivery
        JOIN contact ON contact.person_key = delivery.recipient AND contact.email IS NOT NULL
        JOIN programme ON programme.code = delivery.programme
        WHERE NOT (SELECT held FROM sending)
          AND (   (delivery.state = 'planned' AND NOT asks AND addressed AND next_attempt_at <= :now)
               OR (delivery.state = 'leased' AND leased_until <= :now))
        ORDER BY next_attempt_at
        LIMIT 1
        FOR UPDATE OF delivery SKIP LOCKED
    )
    RETURNING *
    """
)
_LEASED = select(Delivery).from_statement(LEASE)


async def lease(session: Session, *, now: datetime, lasting: timedelta) -> Delivery | None:
    """Take the next delivery for `lasting`; `None` when there is nothing to send."""
    return (await session.scalars(_LEASED, {"now": now, "until": now + lasting})).one_or_none()


async def note_sent(session: Session, delivery: Delivery, letter: Letter, *, told_version: int, at: datetime) -> None:
    await _note(
        session, delivery.id, "sent", sent_at=at, told_version=told_version, calendar=letter.method, answer=None
    )


async def note_ended(
    session: Session, delivery: Delivery, state: State, reason: Reason, *, answer: int | None = None
) -> None:
    """It will not be sent, for this reason."""
    await _note(session, delivery.id, state, reason=reason, answer=answer)


async def postpone(session: Session, delivery: Delivery, until: datetime, *, answer: int | None) -> None:
    """It was refused for the time being."""
    await _note(session, delivery.id, "planned", next_attempt_at=until, answer=answer)


async def give_back(session: Session, delivery: Delivery) -> None:
    """It was not even tried."""
    await _note(session, delivery.id, "planned", attempts=delivery.attempts - 1)


async def _note(session: Session, delivery_id: UUID, state: State, **values: Any) -> None:
    await session.execute(
        update(Delivery)
        .where(col(Delivery.id) == delivery_id, col(Delivery.state) == "leased")
        .values(state=state, leased_until=None, **values)
        .execution_options(synchronize_session=False)
    )
