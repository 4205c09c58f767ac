"""What the tests of the bus share: a bus on topics of its own, synthetic events, and a handler that leaves marks.

The handler's table counts how often each version was applied, so a test can tell an effect that came once from one
that came twice.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import text

from deploy.local.kafka import ADMINISTRATOR, Kafka
from shared.bus import outbox
from shared.bus.kafka import Bus, started
from shared.bus.reader import whole
from shared.bus.topics import reconcile
from shared.contracts import ACTIVITIES, Activity, Event, Record
from shared.database import Database, Session
from shared.identifiers import new_id
from shared.service import Runner

GROUP = "marks"


async def open_bus(kafka: Kafka, prefix: str, *, instance: str | None = None, topics: bool = True) -> Bus:
    """A bus that may do everything, for tests of the bus itself."""
    bus = Bus(kafka.client(ADMINISTRATOR, prefix).model_copy(update={"instance": instance}))
    if topics:
        await reconcile(bus, [(GROUP, ACTIVITIES)])
    return bus


def activity_event(key: UUID | None = None, version: int = 1, title: str = "Sample") -> Event:
    now = datetime.now(UTC)
    state = Activity(
        id=key or new_id(),
        code=f"sample-{version}",
        programme="SAMPLE",
        phase="1",
        kind="workshop",
        title={"en": title},
        status="planned",
        version=version,
        created_at=now,
        updated_at=now,
    )
    kind = "activity-created" if version == 1 else "activity-updated"
    return Event(new_id(), kind, ACTIVITIES, "/registan/registry", now, "SAMPLE", state, str(state.id), version)


async def marks_table(database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(text("CREATE TABLE mark (key text, version int, times int, PRIMARY KEY (key, version))"))


async def mark(session: Session, events: Sequence[Event]) -> None:
    """A handler that counts each version it is given."""
    for event in events:
        await session.execute(
            text(
                "INSERT INTO mark VALUES (:key, :version, 1) "
                "ON CONFLICT (key, version) DO UPDATE SET times = mark.times + 1"
            ),
            {"key": event.key, "version": event.sequence},
        )


async def marks(database: Database) -> dict[str, int]:
    """The highest version applied, by key."""
    async with database.transaction() as session:
        rows = await session.execute(text("SELECT key, max(version) FROM mark GROUP BY key"))
        return {row[0]: row[1] for row in rows}


async def applied(database: Database, *events: Event) -> bool:
    known = await marks(database)
    return all(known.get(event.key, 0) >= event.sequence for event in events)


async def write(database: Database, *events: Event) -> None:
    async with database.transaction() as session:
        await outbox.put(session, *events)


async def publish(bus: Bus, *records: Record) -> None:
    """Put records on Kafka as a stranger could: in this order, whatever they hold."""
    async with stranger(bus) as put:
        for record in records:
            await put(record)


@asynccontextmanager
async def stranger(bus: Bus) -> AsyncIterator[Callable[[Record], Awaitable[None]]]:
    """A program that may write to Kafka, and writes what it likes."""
    async with started(bus.producer()) as producer:

        async def put(record: Record) -> None:
            topic = bus.name(record.topic)
            await producer.send_and_wait(topic, key=record.key, value=record.value, headers=record.headers)

        yield put


async def on_topic(bus: Bus, topic: str = ACTIVITIES.name) -> list[tuple[str, int]]:
    """Key and version of each record of a topic, in the order of each partition."""
    found = []
    async for record in whole(bus, topic):
        headers = dict(record.headers)
        found.append((headers["ce_subject"].decode(), int(headers["ce_sequence"])))
    return found


@asynccontextmanager
async def running(*runners: Runner) -> AsyncIterator[None]:
    """Run them beside the block; afterwards stop them and let each of their errors be seen."""
    stop = asyncio.Event()
    tasks = [asyncio.create_task(runner.run(stop)) for runner in runners]
    try:
        yield
    finally:
        stop.set()
        async with asyncio.timeout(60):
            await asyncio.gather(*tasks)


async def eventually(condition: Callable[[], Awaitable[bool]], *, within: float = 60) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(within):
        while not await condition():
            await asyncio.sleep(0.02)
