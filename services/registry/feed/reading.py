"""Reading the feed: a place in it as a cursor, and the events behind one, as CloudEvents in JSON.

The state stands in the event as the text that was written down, byte for byte as Kafka has it. Each page is a question
of its own: a slow reader holds a page in memory and no connection.
"""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import Row, text

from shared.contracts import PUBLIC, Topic
from shared.contracts.envelope import CONTENT_TYPE, SCHEMA_BASE, SPEC_VERSION, TYPE_PREFIX, moment
from shared.database import Database
from shared.errors import DomainError, NotFound

PAGE = 200
_TOPICS = {topic.name: topic for topic in PUBLIC}

_END = text("SELECT (SELECT epoch FROM installation), (SELECT coalesce(max(number), 0) FROM feed WHERE topic = :topic)")
_EVENTS = """
    SELECT f.number, j.event_id, j.type, j.key, j.sequence, j.programme, j.time, j.data::text AS state
    FROM feed f JOIN journal j USING (position)
    WHERE f.topic = :topic AND f.number > :after AND f.number <= :until {more}
    ORDER BY f.number LIMIT :limit
"""
_LATEST = """
    AND NOT EXISTS (
        SELECT FROM journal newer JOIN feed place USING (position)
        WHERE newer.topic = j.topic AND newer.key = j.key AND newer.sequence > j.sequence AND place.number <= :until
    )
"""
_ALL_EVENTS, _LATEST_STATES = text(_EVENTS.format(more="")), text(_EVENTS.format(more=_LATEST))


class UnknownTopic(NotFound):
    """There is no public topic of this name and version: the catalogue under /registry/contracts/ names all."""

    slug = "unknown-topic"


class WrongCursor(DomainError):
    """This is no cursor of this topic: take the one that stands in the last event you have read."""

    status = 400
    slug = "wrong-cursor"


class CursorOver(DomainError):
    """The registry was restored since you got this cursor: begin again with the snapshot of the topic."""

    status = 410
    slug = "cursor-over"


@dataclass(frozen=True)
class Cursor:
    """A place in the feed of a topic: behind the event of this number, in this epoch of the journal."""

    topic: Topic
    epoch: int
    number: int

    def __str__(self) -> str:
        return f"{self.topic.noun}.{self.epoch}.{self.number}"

    def at(self, number: int) -> Self:
        return type(self)(self.topic, self.epoch, number)


@dataclass(frozen=True)
class Told:
    """An event as it is read: where it stands, and its text."""

    number: int
    cursor: str
    type: str
    state: str
    text: str


def topic_named(version: str, name: str) -> Topic:
    """Raises: UnknownTopic"""
    if version != "v1":
        raise UnknownTopic(f"There is no version {version} of the feed, only v1.")
    if name not in _TOPICS:
        raise UnknownTopic(f"There is no public topic {name}: choose among {', '.join(_TOPICS)}.")
    return _TOPICS[name]


async def end_of(database: Database, topic: Topic) -> Cursor:
    """Behind the newest event of a topic."""
    async with database.reading() as reading:
        epoch, number = (await reading.execute(_END, {"topic": topic.name})).one()
    return Cursor(topic, epoch, number)


def place_of(after: str | None, end: Cursor) -> Cursor:
    """The cursor that a reader sent, or the beginning.

    Raises:
        WrongCursor: it belongs to another topic, or nobody got it from here.
        CursorOver: it was given before the registry was restored.
    """
    if not after:
        return end.at(0)
    noun, _, rest = after.partition(".")
    epoch, _, number = rest.partition(".")
    if noun != end.topic.noun:
        raise WrongCursor(f"'{after[:80]}' is no cursor of {end.topic.name}.", field="after")
    if not (_is_number(epoch) and _is_number(number)) or int(epoch) > end.epoch:
        raise WrongCursor(f"'{after[:80]}' was never given out.", field="after")
    if int(epoch) < end.epoch:
        raise CursorOver(field="after")
    if int(number) > end.number:
        raise WrongCursor(f"'{after[:80]}' lies behind the end, which is '{end}'.", field="after")
    return end.at(int(number))


def _is_number(written: str) -> bool:
    return written.isascii() and written.isdecimal() and len(written) <= 18


async def events(
    database: Database, after: Cursor, until: Cursor, *, latest: bool = False
) -> AsyncIterator[list[Told]]:
    """Pages of what stands between two places, in its order.

    Args:
        latest: without what was followed by a newer version of its key up to `until`: the state at that place.
    """
    statement = _LATEST_STATES if latest else _ALL_EVENTS
    number = after.number
    while number < until.number:
        given = {"topic": after.topic.name, "after": number, "until": until.number, "limit": PAGE}
        async with database.reading() as reading:
            rows = (await reading.execute(statement, given)).all()
        if rows:
            yield [_told(row, until) for row in rows]
        if len(rows) < PAGE:
            return
        number = rows[-1].number


def _told(row: Row[Any], place: Cursor) -> Told:
    number, event_id, type_, key, sequence, programme, time, state = tuple(row)
    cursor = str(place.at(number))
    envelope = {
        "specversion": SPEC_VERSION,
        "id": str(event_id),
        "type": TYPE_PREFIX + type_,
        "source": place.topic.source,
        "subject": key,
        "time": moment(time),
        "dataschema": SCHEMA_BASE + place.topic.name,
        "datacontenttype": CONTENT_TYPE,
        "sequence": str(sequence),
        "programme": programme,
        "epoch": str(place.epoch),
        "cursor": cursor,
    }
    head = json.dumps(envelope, ensure_ascii=False, separators=(",", ":"))
    return Told(number, cursor, TYPE_PREFIX + type_, state, f'{head[:-1]},"data":{state}}}')
