"""Write to Kafka again what it should hold: for a Kafka that was lost, or a subscriber that was never told.

Public events come from the journal, under the ids they always had; what is private comes from its present state, which
is all that was ever kept of it. Each batch is a transaction of its own, so that a million events fill no memory.

A compacted topic keeps the last record of a key, not the one of the highest version. So a batch keeps the journal shut
while it is read: nothing older than what is published meanwhile can come after it.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import text, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import col, select

from services.registry.contracts import contact_changed, contact_erased
from services.registry.journal import as_event
from services.registry.models import Aggregate, ErasedPerson, JournalEntry, Person, PersonKeys
from services.registry.models.token import Token
from services.registry.models.user import User
from shared.bus import outbox
from shared.contracts import Event
from shared.database import Database, Session
from shared.identity import access

BATCH = 1000

Batch = tuple[Sequence[Event], Any]
"""Events, and where the next batch begins; `None` after the last."""


async def republish(database: Database, keys: PersonKeys, *, whole: bool, batch: int = BATCH) -> AsyncIterator[int]:
    """Put into the outbox each event there ever was (`whole`), or the latest state of each aggregate; after each batch
    say how many it had. May be interrupted and repeated at any time: subscribers ignore what they know."""
    sources: list[Callable[[Session, Any, int], Awaitable[Batch]]] = [
        _every_event if whole else _latest_states,
        lambda session, after, limit: _contacts(session, after, limit, keys),
        _erasures,
        lambda session, after, limit: _accounts(session, User, after, limit),
        lambda session, after, limit: _accounts(session, Token, after, limit),
    ]
    for source in sources:
        after, more = None, True
        while more:
            async with database.transaction() as session:
                events, after = await source(session, after, batch)
                await outbox.put(session, *events)
            more = after is not None
            yield len(events)


async def _every_event(session: Session, after: int | None, limit: int) -> Batch:
    await _shut_journal(session)
    position = col(JournalEntry.position)
    query = select(JournalEntry).where(position > (after or 0)).order_by(position).limit(limit)
    entries = (await session.exec(query)).all()
    return [as_event(each) for each in entries], entries[-1].position if len(entries) == limit else None


async def _latest_states(session: Session, after: tuple[str, str] | None, limit: int) -> Batch:
    await _shut_journal(session)
    topic, key = col(JournalEntry.topic), col(JournalEntry.key)
    query = select(JournalEntry).ext(distinct_on(topic, key)).order_by(topic, key, col(JournalEntry.sequence).desc())
    if after is not None:
        query = query.where(tuple_(topic, key) > after)
    entries = (await session.exec(query.limit(limit))).all()
    last = (entries[-1].topic, entries[-1].key) if len(entries) == limit else None
    return [as_event(each) for each in entries], last


async def _shut_journal(session: Session) -> None:
    """Wait for those who are writing, and let the next ones wait until this batch is in the outbox."""
    await session.exec(text("LOCK TABLE journal IN SHARE MODE"))  # type: ignore[call-overload]


async def _contacts(session: Session, after: Any, limit: int, keys: PersonKeys) -> Batch:
    persons, last = await _locked_page(session, Person, after, limit)
    return [contact_changed(person, keys) for person in persons], last


async def _erasures(session: Session, after: str | None, limit: int) -> Batch:
    key = col(ErasedPerson.person_key)
    query = select(ErasedPerson).where(key > (after or "")).order_by(key).limit(limit)
    rows = (await session.exec(query)).all()
    return [contact_erased(each) for each in rows], rows[-1].person_key if len(rows) == limit else None


async def _accounts(session: Session, kind: type[User] | type[Token], after: Any, limit: int) -> Batch:
    accounts, last = await _locked_page(session, kind, after, limit)
    return [access.event_of(account.access()) for account in accounts], last


A = TypeVar("A", bound=Aggregate)


async def _locked_page(session: Session, kind: type[A], after: Any, limit: int) -> tuple[Sequence[A], Any]:
    """Rows after an id; nobody changes them until their state is in the outbox."""
    key: Any = col(kind.id)  # type: ignore[attr-defined]
    query = select(kind).order_by(key).limit(limit).with_for_update(read=True)
    if after is not None:
        query = query.where(key > after)
    rows = (await session.exec(query)).all()
    return rows, rows[-1].id if len(rows) == limit else None  # type: ignore[attr-defined]
