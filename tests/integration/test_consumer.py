"""The consumer's promises: each record is applied once in effect, or parked with its bytes, or waits."""

import asyncio
import gc
import itertools
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from operator import gt

import pytest
from aiokafka import ConsumerRecord
from aiokafka.errors import UnknownTopicOrPartitionError

from deploy.local.kafka import Kafka
from shared.bus import dead_letters
from shared.bus.consumer import Handle, Listener, RetryLater
from shared.bus.dead_letters import DeadLetter
from shared.bus.flood_guard import FloodGuard, resume
from shared.bus.kafka import Bus
from shared.bus.topics import dead_letter_topic, reconcile
from shared.contracts import ACTIVITIES, Event, Record
from shared.database import Database, Session
from shared.identifiers import new_id
from tests.conftest import DatabaseUrl
from tests.integration.bus import (
    GROUP,
    activity_event,
    applied,
    eventually,
    mark,
    marks,
    marks_table,
    open_bus,
    publish,
    running,
)


@pytest.fixture
async def database(database_url: DatabaseUrl) -> AsyncIterator[Database]:
    database = Database(database_url("reporting"))
    await marks_table(database)
    yield database
    await database.close()


@pytest.fixture
async def bus(kafka: Kafka, topic_prefix: str) -> Bus:
    return await open_bus(kafka, topic_prefix)


def listener(bus: Bus, database: Database, handle: Handle = mark) -> Listener:
    return Listener(bus, database, group=GROUP, topics=(ACTIVITIES,), handle=handle)


async def letters(bus: Bus) -> list[DeadLetter]:
    return await dead_letters.open_letters(bus, topic=ACTIVITIES.name, group=GROUP)


def malformed() -> dict[str, Record]:
    """One record of each kind that a stranger may send, by the reason it must be given."""
    good = activity_event().to_record()
    other = activity_event().to_record()

    def with_headers(**changed: bytes | None) -> list[tuple[str, bytes]]:
        headers = {**dict(good.headers), **changed}
        return list(headers.items())  # type: ignore[arg-type]

    return {
        "value-not-json": replace(good, value=b"\x00\xffnot json"),
        "value-not-of-schema": replace(good, value=b'{"id": 7}'),
        "headers-missing": replace(good, headers=[]),
        "headers-not-text": replace(good, headers=with_headers(ce_id=b"\xff\xfe")),
        "headers-invalid": replace(good, headers=with_headers(ce_time=b"yesterday")),
        "value-missing": replace(good, value=None),
        "key-not-of-value": replace(good, key=other.key),
    }


async def test_every_malformed_record_is_parked_with_its_bytes_and_every_good_one_is_applied(
    bus: Bus, database: Database
) -> None:
    good = [activity_event() for _ in range(len(malformed()) + 1)]
    bad = malformed()
    mixed = [record for pair in zip((e.to_record() for e in good), bad.values(), strict=False) for record in pair]
    await publish(bus, *mixed, good[-1].to_record())
    async with running(listener(bus, database)):
        await eventually(lambda: applied(database, *good))
    parked = {letter.reason: letter for letter in await letters(bus)}
    assert set(parked) == set(bad)
    for reason, record in bad.items():
        assert (parked[reason].key, parked[reason].value) == (record.key, record.value)
        assert list(parked[reason].headers) == record.headers


async def test_what_was_applied_is_not_kept_in_memory(bus: Bus, database: Database) -> None:
    """The first batch opens a connection to the database, which lives on."""
    event, later = activity_event(), activity_event()

    def in_memory() -> set[bytes]:
        gc.collect()
        records = (thing for thing in gc.get_objects() if type(thing) is ConsumerRecord)
        return {record.key for record in records} & {event.key.encode(), later.key.encode()}

    async with running(listener(bus, database)):
        await publish(bus, event.to_record())
        await eventually(lambda: applied(database, event))
        assert in_memory() == {event.key.encode()}  # FastStream waits for the next with the last in its hand
        await publish(bus, later.to_record())
        await eventually(lambda: applied(database, later))
        assert in_memory() == {later.key.encode()}


async def test_an_unknown_type_is_passed_over_and_a_newer_optional_field_is_ignored(
    bus: Bus, database: Database
) -> None:
    event = activity_event()
    record = event.to_record()
    headers = {**dict(record.headers), "ce_type": b"org.registan.activity-sung"}
    unknown = replace(record, headers=list(headers.items()))
    newer = activity_event()
    newer_record = newer.to_record()
    assert newer_record.value
    await publish(bus, unknown, replace(newer_record, value=newer_record.value[:-1] + b',"mood":"good"}'))
    async with running(listener(bus, database)):
        await eventually(lambda: applied(database, newer))
    assert set(await marks(database)) == {newer.key}
    assert await letters(bus) == []


async def test_a_record_the_handler_cannot_bear_takes_no_other_with_it(bus: Bus, database: Database) -> None:
    events = [activity_event() for _ in range(50)]
    poison = events[20]

    async def handle(session: Session, batch: Sequence[Event]) -> None:
        await mark(session, batch)
        if any(event.key == poison.key for event in batch):
            raise ZeroDivisionError("cannot bear it")

    await publish(bus, *(event.to_record() for event in events))
    async with running(listener(bus, database, handle)):
        await eventually(lambda: applied(database, *(e for e in events if e is not poison)))
        await eventually(lambda: _parked(bus, 1))
    [letter] = await letters(bus)
    assert (letter.reason, letter.detail) == ("handler-failed", "ZeroDivisionError")
    assert "test_consumer.py" in letter.stack
    assert poison.key not in await marks(database)  # its own transaction left no mark


async def _parked(bus: Bus, number: int) -> bool:
    return len(await letters(bus)) == number


async def test_a_handler_that_fails_five_times_for_a_moment_has_one_effect(bus: Bus, database: Database) -> None:
    event = activity_event()
    attempts: list[float] = []

    async def handle(session: Session, batch: Sequence[Event]) -> None:
        await mark(session, batch)
        attempts.append(asyncio.get_running_loop().time())
        if len(attempts) <= 5:
            raise RetryLater

    await publish(bus, event.to_record())
    async with running(listener(bus, database, handle)):
        await eventually(lambda: applied(database, event))
    assert len(attempts) == 6
    pauses = [later - earlier for earlier, later in itertools.pairwise(attempts)]
    due = [0.2 * 2**number for number in range(5)]  # a busy machine makes any of them longer, and none shorter
    assert all(map(gt, pauses, due))
    assert await letters(bus) == []


async def test_while_the_dead_letter_topic_cannot_be_written_the_partition_waits(
    kafka: Kafka, topic_prefix: str, database: Database
) -> None:
    bus = await open_bus(kafka, topic_prefix, topics=False)
    await reconcile(bus, [])  # the topics, without the dead-letter topic
    good = activity_event()
    key = good.key.encode()
    await publish(bus, Record(ACTIVITIES.name, key, b"not json", []), good.to_record())
    waiting = listener(bus, database)
    async with running(waiting):
        await eventually(lambda: _waits(waiting))
        assert not await applied(database, good)
        await reconcile(bus, [(GROUP, ACTIVITIES)])
        await eventually(lambda: applied(database, good))
    assert len(await letters(bus)) == 1


async def _waits(waiting: Listener) -> bool:
    from shared.telemetry import metrics

    return bool(metrics.consumer_waiting.labels(waiting.group)._value.get() == 1)


async def test_a_retried_letter_reaches_the_group_that_gave_it_up_and_is_settled(bus: Bus, database: Database) -> None:
    event = activity_event()
    broken = True

    async def handle(session: Session, batch: Sequence[Event]) -> None:
        if broken:
            raise ValueError("not yet mended")
        await mark(session, batch)

    await publish(bus, event.to_record())
    async with running(listener(bus, database, handle)):
        await eventually(lambda: _parked(bus, 1))
        broken = False
        [letter] = await letters(bus)
        await dead_letters.retry(bus, letter)
        await eventually(lambda: applied(database, event))
    assert await letters(bus) == []


async def test_a_discarded_letter_is_no_longer_open_and_is_still_there(bus: Bus, database: Database) -> None:
    from shared.bus.reader import whole

    await publish(bus, Record(ACTIVITIES.name, b"k", b"not json", []))
    async with running(listener(bus, database)):
        await eventually(lambda: _parked(bus, 1))
    [letter] = await letters(bus)
    await dead_letters.discard(bus, letter)
    assert await letters(bus) == []
    kept = [record async for record in whole(bus, dead_letter_topic(ACTIVITIES.name, GROUP))]
    assert kept[0].value == b"not json"


async def test_a_flood_of_poison_pauses_the_consumer_until_somebody_says_go_on(bus: Bus, database: Database) -> None:
    poison = [Record(ACTIVITIES.name, str(new_id()).encode(), b"poison", []) for _ in range(400)]
    await publish(bus, *poison)
    last = activity_event()

    async def paused() -> bool:
        return await FloodGuard(database, GROUP).paused() is not None

    async with running(listener(bus, database)):
        await eventually(paused)
        await publish(bus, last.to_record())
        with pytest.raises(TimeoutError):
            await eventually(lambda: applied(database, last), within=1)
        while not await applied(database, last):
            await resume(database, GROUP)
            await asyncio.sleep(0.1)


async def test_a_rebalance_in_the_middle_of_a_batch_loses_nothing(
    kafka: Kafka, topic_prefix: str, database: Database
) -> None:
    buses = [await open_bus(kafka, topic_prefix, instance=f"member-{number}") for number in range(2)]
    in_work, go_on = asyncio.Event(), asyncio.Event()

    async def slow(session: Session, batch: Sequence[Event]) -> None:
        await mark(session, batch)
        in_work.set()
        await go_on.wait()

    events = [activity_event() for _ in range(200)]
    await publish(buses[0], *(event.to_record() for event in events))
    async with running(listener(buses[0], database, slow)):
        await in_work.wait()
        async with running(listener(buses[1], database)):  # joins while the first holds a batch
            go_on.set()
            await eventually(lambda: applied(database, *events))


async def test_stopping_finishes_the_batch_in_work_and_the_next_start_applies_nothing_twice(
    bus: Bus, database: Database
) -> None:
    in_work, go_on = asyncio.Event(), asyncio.Event()
    seen: list[str] = []

    async def slow(session: Session, batch: Sequence[Event]) -> None:
        await mark(session, batch)
        seen.extend(event.key for event in batch)
        in_work.set()
        await go_on.wait()

    event = activity_event()
    await publish(bus, event.to_record())
    stop = asyncio.Event()
    task = asyncio.create_task(listener(bus, database, slow).run(stop))
    await in_work.wait()
    stop.set()
    go_on.set()
    await asyncio.wait_for(task, 25)
    assert await applied(database, event)
    later = activity_event()
    await publish(bus, later.to_record())
    async with running(listener(bus, database, slow)):
        await eventually(lambda: applied(database, later))
    assert seen == [event.key, later.key]


async def test_a_group_that_starts_before_its_topics_are_made_joins_as_soon_as_they_are(
    kafka: Kafka, topic_prefix: str, database: Database
) -> None:
    bus = await open_bus(kafka, topic_prefix, topics=False)
    early = listener(bus, database)
    event = activity_event()
    async with running(early):
        with pytest.raises(UnknownTopicOrPartitionError):
            await bus.expect([bus.name(ACTIVITIES.name)])
        with pytest.raises(RuntimeError, match="has not joined"):
            await early.ready()
        await open_bus(kafka, topic_prefix)
        await publish(bus, event.to_record())
        await eventually(lambda: applied(database, event))
        await early.ready()
