"""The relay's promises: all that is committed is published, in order, and nothing else."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from deploy.local.kafka import Kafka
from shared.bus import outbox
from shared.bus.kafka import Bus
from shared.bus.relay import Relay
from shared.contracts.envelope import RecordTooLarge
from shared.database import Database
from shared.identifiers import new_id
from shared.settings import KafkaSettings
from tests.conftest import DatabaseUrl
from tests.integration.bus import activity_event, eventually, on_topic, open_bus, running, write
from tests.ports import free_port


@pytest.fixture
async def database(database_url: DatabaseUrl) -> AsyncIterator[Database]:
    database = Database(database_url("registry"))
    yield database
    await database.close()


async def depth(database: Database) -> int:
    async with database.transaction() as session:
        return int((await session.execute(text("SELECT count(*) FROM outbox"))).scalar_one())


async def drained(database: Database) -> bool:
    return await depth(database) == 0


async def test_what_is_committed_is_published_in_the_order_of_versions_and_leaves_the_outbox(
    database: Database, kafka: Kafka, topic_prefix: str
) -> None:
    bus = await open_bus(kafka, topic_prefix)
    keys = [new_id() for _ in range(5)]
    async with running(Relay(bus, database, service="registry")):
        for version in range(1, 21):
            await write(database, *(activity_event(key, version) for key in keys))
        await eventually(lambda: drained(database))
    published = await on_topic(bus)
    for key in keys:
        assert [version for subject, version in published if subject == str(key)] == list(range(1, 21))


async def test_a_change_that_is_rolled_back_is_never_published(
    database: Database, kafka: Kafka, topic_prefix: str
) -> None:
    bus = await open_bus(kafka, topic_prefix)
    lost, kept = activity_event(), activity_event()
    async with running(Relay(bus, database, service="registry")):
        with pytest.raises(RuntimeError):
            async with database.transaction() as session:
                await outbox.put(session, lost)
                raise RuntimeError("changed my mind")
        await write(database, kept)
        await eventually(lambda: drained(database))
    assert await on_topic(bus) == [(kept.key, 1)]


async def test_a_transaction_that_commits_late_is_published_although_later_rows_went_before(
    database: Database, kafka: Kafka, topic_prefix: str
) -> None:
    bus = await open_bus(kafka, topic_prefix)
    early, late = activity_event(), activity_event()

    async def published(key: str) -> bool:
        return (key, 1) in await on_topic(bus)

    async with running(Relay(bus, database, service="registry")):
        async with database.transaction() as session:
            await outbox.put(session, late)  # takes the lower id, commits after the other
            await write(database, early)
            await eventually(lambda: published(early.key))
            assert not await published(late.key)
        await eventually(lambda: published(late.key))


async def test_only_one_of_two_relays_publishes_and_the_other_takes_over(
    database: Database, kafka: Kafka, topic_prefix: str
) -> None:
    bus = await open_bus(kafka, topic_prefix)
    first, second = (Relay(bus, database, service="registry") for _ in range(2))
    stop_first, stop_second = asyncio.Event(), asyncio.Event()
    tasks = [asyncio.create_task(first.run(stop_first))]
    await write(database, activity_event())
    await eventually(lambda: drained(database))
    tasks.append(asyncio.create_task(second.run(stop_second)))
    stop_first.set()
    await tasks[0]
    await write(database, activity_event())
    await eventually(lambda: drained(database))
    stop_second.set()
    await tasks[1]
    assert len(await on_topic(bus)) == 2


async def test_while_kafka_is_away_events_wait_in_the_outbox(database: Database, topic_prefix: str) -> None:
    nobody = Bus(KafkaSettings(bootstrap_servers=f"127.0.0.1:{free_port()}", topic_prefix=topic_prefix))
    async with running(Relay(nobody, database, service="registry")):
        for _ in range(10):
            await write(database, activity_event())
        assert await depth(database) == 10


async def test_an_event_that_kafka_would_never_take_is_refused_with_its_change(
    database: Database, kafka: Kafka, topic_prefix: str
) -> None:
    async with database.transaction() as session:
        with pytest.raises(RecordTooLarge):
            await outbox.put(session, activity_event(title="x" * 2_000_000))
    assert await drained(database)
