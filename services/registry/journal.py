"""Writing down what happened, and reading it again.

`record` is the last step of each use case: one row in the journal and one in the outbox for each change, in the
transaction of the change. So the journal, Kafka and the tables cannot tell different stories.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, bindparam, cast, insert
from sqlalchemy.dialects.postgresql import JSON
from sqlmodel import col, select

from services.registry.models import Aggregate, JournalEntry, PublicContact, existing
from services.registry.models.public_contact import contacts_of, refuse_personal
from services.registry.nouns import NOUNS, Noun, event_of
from shared.bus import outbox
from shared.contracts import Event
from shared.contracts.base import Versioned
from shared.contracts.envelope import RecordTooLarge
from shared.database import Session, table_of
from shared.errors import DomainError
from shared.identity import Actor
from shared.identity.actors import ActorKind

_journal = table_of(JournalEntry)
_INSERT = insert(_journal).values(data=cast(bindparam("state", type_=Text), JSON))
"""Built once, so that SQLAlchemy need not look at it to know it again; it takes the state as the contract's JSON."""

_topics = {noun.topic.name: noun.topic for noun in NOUNS}


class TooLarge(DomainError):
    """This is more text than an event can carry: shorten it."""

    status = 413
    slug = "too-large"


async def record(
    session: Session,
    event_type: str,
    *changed: Aggregate,
    actor: Actor,
    reason: str | None = None,
    also: Sequence[Event] = (),
) -> None:
    """Write down that aggregates were changed, and publish it when the transaction commits.

    The rules have counted each version up, and each row is locked. `also` is published with the changes and not
    written down: what is private belongs in no journal.

    Raises:
        UnknownEventType: the topic of one of them declares no such type.
        PersonalContact: a text holds an address or a number that is not public, and that was not there before.
    """
    events = [event_of(each, event_type) for each in changed]
    await _refuse_personal(session, events)
    await session.flush()  # the change first: a rule that the database refuses must leave nothing behind it
    if events:
        await session.execute(_INSERT, [_row(event, actor, reason) for event in events])
    try:
        await outbox.put(session, *events, *also)
    except RecordTooLarge as error:
        raise TooLarge(str(error)) from None


async def _refuse_personal(session: Session, events: Sequence[Event]) -> None:
    """Look at every text that is to be published; at this one place, because each door leads through it."""
    for event in events:
        state = event.data.model_dump() if event.data is not None else {}
        if not (found := contacts_of(state)):
            continue
        query = select(PublicContact.value).where(
            PublicContact.programme == event.programme, col(PublicContact.value).in_(found)
        )
        allowed = set((await session.exec(query)).all())
        if allowed >= found.keys():
            continue
        before = (
            select(JournalEntry.data)
            .where(JournalEntry.topic == event.topic.name, JournalEntry.key == event.key)
            .order_by(col(JournalEntry.sequence).desc())
            .limit(1)
        )
        earlier = (await session.exec(before)).first()
        refuse_personal(state, allowed | contacts_of(earlier or {}).keys())


def _row(event: Event, actor: Actor, reason: str | None) -> dict[str, object]:
    assert event.data is not None, "a public event carries a state"
    return {
        "event_id": event.id,
        "topic": event.topic.name,
        "type": event.type,
        "key": event.key,
        "sequence": event.sequence,
        "programme": event.programme,
        "time": event.time,
        "actor_id": actor.id,
        "actor_kind": actor.kind,
        "reason": reason,
        "state": event.data.model_dump_json(),
    }


def as_event(entry: JournalEntry) -> Event:
    """What was written down, as it was published: with the same id, so that consumers know it again."""
    topic = _topics[entry.topic]
    return Event(
        id=entry.event_id,
        type=entry.type,
        topic=topic,
        source=topic.source,
        time=entry.time,
        programme=entry.programme,
        data=topic.state.model_validate(entry.data),
        key=entry.key,
        sequence=entry.sequence,
    )


@dataclass(frozen=True)
class FieldChange:
    """A field of the public state, before and after an event."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True)
class HistoryEntry:
    """An event as people read it: what it changed, who changed it and why."""

    version: int
    type: str
    time: datetime
    actor_id: UUID
    actor_kind: ActorKind
    reason: str | None
    changes: Sequence[FieldChange]


async def history(
    session: Session, noun: Noun, key: UUID | str, *, actor: Actor, after: int = 0, limit: int = 100
) -> Sequence[HistoryEntry]:
    """What happened to one of a noun after a version, oldest first, as the actor may see it.

    Raises: NotFound
    """
    hidden = await _hidden(session, noun, key, actor)
    query = (
        select(JournalEntry)
        .where(JournalEntry.topic == noun.topic.name, JournalEntry.key == str(key))
        .where(JournalEntry.sequence >= after)
        .order_by(col(JournalEntry.sequence))
        .limit(limit + 1)
    )
    entries = (await session.exec(query)).all()
    before = entries[0] if entries and entries[0].sequence <= after else None
    told = []
    for entry in entries[1:] if before else entries[:limit]:
        told.append(_told(before, entry, BOOKKEEPING.union(noun.hidden, hidden)))
        before = entry
    return told


async def state_at(session: Session, noun: Noun, key: UUID | str, version: int, *, actor: Actor) -> Versioned | None:
    """The public state that one of a noun had in a version, as the actor may see it. Raises: NotFound"""
    hidden = await _hidden(session, noun, key, actor)
    query = select(JournalEntry).where(JournalEntry.topic == noun.topic.name, JournalEntry.key == str(key))
    entry = (await session.exec(query.where(JournalEntry.sequence == version))).one_or_none()
    return noun.topic.state.model_validate(entry.data | dict.fromkeys(hidden)) if entry else None


async def _hidden(session: Session, noun: Noun, key: UUID | str, actor: Actor) -> Collection[str]:
    """What of one of a noun is not for the actor, as it is now."""
    return (await existing(session, noun.model, key, actor=actor)).hidden_from(actor)


BOOKKEEPING = frozenset({"id", "version", "created_at", "updated_at"})
"""Fields of each state that no history shows: they change with every event, or never."""


def _told(before: JournalEntry | None, entry: JournalEntry, hidden: Collection[str]) -> HistoryEntry:
    old, new = (before.data if before else {}), entry.data
    changes = [
        FieldChange(name, old.get(name), new.get(name))
        for name in {**old, **new}
        if name not in hidden and old.get(name) != new.get(name) and (before or new.get(name))
    ]
    return HistoryEntry(entry.sequence, entry.type, entry.time, entry.actor_id, entry.actor_kind, entry.reason, changes)
