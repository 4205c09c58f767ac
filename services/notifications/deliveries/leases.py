"""Who sends what: a delivery is leased for a while, and the holder of the lease notes the result.

A sender that dies leaves a lease that runs out; then the delivery is tried again. If it died between the mail server's
acceptance and its own note, the mail is repeated once, with the same Message-ID: the note cannot be part of the mail
server's transaction, and to lose a mail would be worse than to repeat one.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, text, update
from sqlmodel import col, select

from services.notifications.deliveries.delivery import Delivery, Reason, State
from services.notifications.messages.letter import Letter
from shared.database import Session

# The next delivery that can be sent: planned and not waiting for anybody, or left behind by a sender that died. What a
# mail is written from must be known; a delivery whose person has no address yet stays until one comes.
# While it is not known what became of a letter to a person, no other about the same thing overtakes it.
# A time that lies further ahead than any is ever set was written by a clock that was ahead: it holds nothing up.
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
          AND (   (delivery.state = 'planned' AND NOT asks AND addressed
                   AND (next_attempt_at <= :now OR next_attempt_at > :furthest_attempt))
               OR (delivery.state = 'leased' AND (leased_until <= :now OR leased_until > :furthest_lease)))
          AND NOT EXISTS (
              SELECT FROM delivery AS before
              WHERE before.subject = delivery.subject AND before.state = 'leased' AND before.id <> delivery.id
          )
        ORDER BY next_attempt_at
        LIMIT 1
        FOR UPDATE OF delivery SKIP LOCKED
    )
    RETURNING *
    """
)
_LEASED = select(Delivery).from_statement(LEASE)


_APART = timedelta(hours=1)
"""No two senders' clocks are further apart, we trust: the one that is behind would take the other's letters."""


async def lease(session: Session, *, now: datetime, lasting: timedelta, longest_pause: timedelta) -> Delivery | None:
    """Take the next delivery for `lasting`; `None` when there is nothing to send.

    Args:
        longest_pause: how far ahead the next attempt may lie.
    """
    times = {
        "now": now,
        "until": now + lasting,
        "furthest_attempt": now + longest_pause,
        "furthest_lease": now + lasting + _APART,
    }
    return (await session.scalars(_LEASED, times)).one_or_none()


async def note_try(session: Session, delivery: Delivery, said: dict[str, Any], mark: str | None) -> None:
    """Before it is handed over: should nobody live to say what became of it, the person may have been told this."""
    here = delivery.address_mark in (None, mark)
    doubtful = [known for known in delivery.may_have_said or () if here and known != said]

    await session.execute(
        update(Delivery)
        .where(col(Delivery.id) == delivery.id, col(Delivery.state) == "leased")
        .values(may_have_said=[*doubtful, said], address_mark=mark)
        .execution_options(synchronize_session=False)
    )


async def note_sent(
    session: Session,
    delivery: Delivery,
    letter: Letter,
    *,
    said: dict[str, Any],
    mark: str | None,
    told_version: int | None,
    at: datetime,
) -> None:
    """It was accepted: whatever was doubtful before is settled by what it says."""
    await session.execute(
        update(Delivery)
        .where(col(Delivery.subject) == delivery.subject, col(Delivery.may_have_said).is_not(None))
        .values(may_have_said=None)
        .execution_options(synchronize_session=False)
    )
    others = select(func.coalesce(func.max(Delivery.letter), 0) + 1).where(Delivery.subject == delivery.subject)
    values: dict[str, Any] = {"sent_at": at, "told_version": told_version, "calendar": letter.method, "said": said}
    values |= {"letter": others.scalar_subquery()}
    await _note(session, delivery.id, "sent", **values, address_mark=mark, reason=None, answer=None)


async def note_ended(
    session: Session, delivery: Delivery, state: State, reason: Reason, *, answer: int | None = None, **noted: Any
) -> None:
    """It will not be sent, for this reason. What is bounced was certainly not accepted."""
    undone = _undone(delivery, answer) or ({"may_have_said": delivery.may_have_said} if state == "bounced" else {})
    await _note(session, delivery.id, state, reason=reason, answer=answer, **undone, **noted)


async def postpone(session: Session, delivery: Delivery, until: datetime, *, answer: int | None) -> None:
    """It was refused for the time being; without an answer it may have been accepted all the same."""
    await _note(session, delivery.id, "planned", next_attempt_at=until, answer=answer, **_undone(delivery, answer))


async def give_back(session: Session, delivery: Delivery) -> None:
    """It was not even tried."""
    await _note(session, delivery.id, "planned", attempts=delivery.attempts - 1, may_have_said=delivery.may_have_said)


def _undone(delivery: Delivery, answer: int | None) -> dict[str, Any]:
    """A refusal in words says that this try told nothing; what was doubtful before it stays so."""
    return {"may_have_said": delivery.may_have_said} if answer is not None else {}


async def _note(session: Session, delivery_id: UUID, state: State, **values: Any) -> None:
    await session.execute(
        update(Delivery)
        .where(col(Delivery.id) == delivery_id, col(Delivery.state) == "leased")
        .values(state=state, leased_until=None, **values)
        .execution_options(synchronize_session=False)
    )
