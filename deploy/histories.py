"""Where reporting's history can be read again: the registry's journal, or if that is out of reach, the topics.

The journal has every version there ever was. A compacted topic has all of the last month and of each aggregate the
latest; so figures of days long past can be repeated only from the journal, or from what reporting itself has kept.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

import asyncpg

from services.reporting.groups import FACTS, GROUPS
from shared.bus import reader
from shared.bus.kafka import Bus
from shared.contracts import Event, MalformedRecord
from shared.contracts.envelope import UnknownEventType, read
from shared.database import Database

TOPICS = {topic.name: topic for topic in GROUPS[FACTS]}
_BATCH = 5000


class Journal:
    """The registry's journal, by the order of its positions.

    A position is given to an event before its transaction commits. So before each reading, writers are asked to let go
    for an instant: up to the highest position of then, nothing can be committed late.
    """

    complete = True

    def __init__(self, database: Database) -> None:
        self._database = database
        self._position = 0

    async def unread(self) -> AsyncIterator[Sequence[Event]]:
        connection = await self._database.connect()
        try:
            end = await _settled(connection)
            while self._position < end:
                rows = await connection.fetch(_ENTRIES, self._position, end, _BATCH, list(TOPICS))
                yield [_event(row) for row in rows if row["type"] in TOPICS[row["topic"]].events]
                self._position = rows[-1]["position"] if len(rows) == _BATCH else end
        finally:
            await connection.close()


_ENTRIES = """
SELECT position, event_id, topic, type, key, sequence, programme, time, data::text AS data FROM journal
WHERE position > $1 AND position <= $2 AND topic = ANY($4) ORDER BY position LIMIT $3
"""


async def _settled(connection: "asyncpg.Connection[asyncpg.Record]") -> int:
    """The highest position below which nothing is missing any more."""
    while True:
        try:
            async with connection.transaction():
                # Writers are waited for, but never so long that others notice.
                await connection.execute("SET LOCAL lock_timeout = '100ms'")
                await connection.execute("LOCK TABLE journal IN SHARE MODE")
                return int(await connection.fetchval("SELECT coalesce(max(position), 0) FROM journal"))
        except asyncpg.LockNotAvailableError:
            continue


def _event(row: "asyncpg.Record") -> Event:
    topic = TOPICS[row["topic"]]
    time: datetime = row["time"]
    return Event(
        id=row["event_id"],
        type=row["type"],
        topic=topic,
        source=topic.source,
        time=time,
        programme=row["programme"],
        data=topic.state.model_validate_json(row["data"]),
        key=row["key"],
        sequence=row["sequence"],
    )


class Topics:
    """The public topics, from their beginning. What cannot be read lies on a dead-letter topic already."""

    complete = False

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._next: dict[str, dict[int, int]] = {name: {} for name in TOPICS}

    async def unread(self) -> AsyncIterator[Sequence[Event]]:
        batch: list[Event] = []
        for name, topic in TOPICS.items():
            async for record in reader.whole(self._bus, name, since=self._next[name]):
                try:
                    batch.append(read(topic, record.key, record.value, record.headers))
                except (MalformedRecord, UnknownEventType):
                    pass
                else:
                    if len(batch) == _BATCH:
                        yield batch
                        batch = []
                self._next[name][record.partition] = record.offset + 1
        if batch:
            yield batch
