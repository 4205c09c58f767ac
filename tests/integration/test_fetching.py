"""What the consumer is handed: nothing beside a record that no client can unpack is passed over, and nothing that has
come while records were gathered is left for another round."""

import asyncio
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest
import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, NodeNotReadyError
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.util import calc_crc32c

from deploy.local.kafka import Kafka
from shared.bus import fetching
from shared.bus.consumer import Listener
from shared.bus.kafka import Bus, started
from shared.contracts import ACTIVITIES, Event
from shared.database import Database, Session
from tests.conftest import DatabaseUrl
from tests.integration.bus import GROUP, activity_event, applied, eventually, mark, marks_table, open_bus, running

SPOILT = 0


@pytest.fixture
async def database(database_url: DatabaseUrl) -> AsyncIterator[Database]:
    database = Database(database_url("reporting"))
    await marks_table(database)
    yield database
    await database.close()


@pytest.fixture
async def bus(kafka: Kafka, topic_prefix: str) -> Bus:
    return await open_bus(kafka, topic_prefix)


def spoil_header_names(patch: pytest.MonkeyPatch) -> None:
    """Let a header that is called `??` go out under a name that is no text, as a client in another language may do."""
    build = BatchBuilder._build

    def spoilt(self: BatchBuilder) -> bytes:
        batch = bytearray(bytes(build(self)).replace(b"\x04??", b"\x04\xff\xfe"))
        batch[17:21] = struct.pack(">I", calc_crc32c(bytes(batch[21:])))
        self._buffer = batch
        return bytes(batch)

    patch.setattr(BatchBuilder, "_build", spoilt)


async def put(bus: Bus, partition: int, events: list[Event], *, spoilt: bool = False) -> None:
    async with started(bus.producer()) as producer:
        for event in events:
            record = event.to_record()
            headers = [*record.headers, *([("??", b"x")] if spoilt else [])]
            await producer.send_and_wait(
                bus.name(record.topic), key=record.key, value=record.value, headers=headers, partition=partition
            )


@asynccontextmanager
async def operator(bus: Bus) -> AsyncIterator[tuple[AIOKafkaConsumer, TopicPartition]]:
    """Somebody who looks after the group's offsets from outside."""
    consumer = AIOKafkaConsumer(
        **bus._connection(),
        group_id=bus.name(GROUP),
        enable_auto_commit=False,  # it would commit the end of the topic when it stops, and pass over what waits
    )
    partition = TopicPartition(bus.name(ACTIVITIES.name), SPOILT)
    async with started(consumer):
        consumer.assign([partition])
        yield consumer, partition


async def committed(bus: Bus) -> int:
    async with operator(bus) as (consumer, partition):
        return await consumer.committed(partition) or 0


async def commit(bus: Bus, offset: int) -> None:
    async with operator(bus) as (consumer, partition):
        await consumer.commit({partition: offset})


async def test_a_record_that_cannot_be_unpacked_takes_no_other_with_it(
    bus: Bus, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, after, elsewhere, later = ([activity_event() for _ in range(20)] for _ in range(4))
    with monkeypatch.context() as patch:
        spoil_header_names(patch)
        await put(bus, SPOILT, before)
        await put(bus, SPOILT, [activity_event()], spoilt=True)
        await put(bus, SPOILT, after)
    for partition in range(1, 6):
        await put(bus, partition, elsewhere[partition * 4 - 4 : partition * 4])
    monkeypatch.setattr(fetching, "_AGAIN", 0.5)
    listener = Listener(bus, database, group=GROUP, topics=(ACTIVITIES,), handle=mark)

    with structlog.testing.capture_logs() as logs:
        async with running(listener):
            await eventually(lambda: applied(database, *elsewhere))
            await put(bus, 1, later)
            await eventually(lambda: applied(database, *later))  # the others go on
            assert not await applied(database, *after), "what comes behind it waits"
            assert await committed(bus) <= len(before), "it is not passed over"
        await commit(bus, len(before) + 1)  # somebody has looked at it, and leads the group past it
        async with running(listener):
            await eventually(lambda: applied(database, *after))
    said = [line for line in logs if line["event"] == "partition_cannot_be_read"]
    named = {(line["topic"], line["partition"], line["error"]) for line in said}
    assert named == {(bus.name(ACTIVITIES.name), SPOILT, "UnicodeDecodeError")}


async def test_what_comes_while_records_are_gathered_comes_with_them(
    bus: Bus, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else each record would wait for two rounds: aiokafka asks for no more while it holds what nobody has taken."""
    gathered = asyncio.Event()

    async def until_all_has_come(_seconds: float) -> None:
        await gathered.wait()

    monkeypatch.setattr(fetching, "asyncio", SimpleNamespace(sleep=until_all_has_come))
    monkeypatch.setattr(fetching, "_MEANWHILE", 10_000)
    batches: list[list[str]] = []

    async def note(session: Session, events: Sequence[Event]) -> None:
        batches.append([event.key for event in events])
        await mark(session, events)

    first, second = [activity_event() for _ in range(2)], [activity_event() for _ in range(2)]
    await put(bus, 1, first)
    async with running(Listener(bus, database, group=GROUP, topics=(ACTIVITIES,), handle=note)):
        await eventually(lambda: applied(database, *first))
        for event in second:
            await put(bus, 1, [event])
            await asyncio.sleep(0.5)  # the client has it, and holds it
        gathered.set()
        await eventually(lambda: applied(database, *second))
    assert batches == [[event.key for event in both] for both in (first, second)]


async def test_an_error_while_records_are_gathered_takes_none_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    partition, answers = TopicPartition("sample", 0), [["a", "b"], ["c"], NodeNotReadyError(), NodeNotReadyError()]

    async def getmany(_self: AIOKafkaConsumer, **_asked: object) -> dict[TopicPartition, list[str]]:
        match answers.pop(0):
            case KafkaError() as error:
                raise error
            case records:
                return {partition: records}

    monkeypatch.setattr(AIOKafkaConsumer, "getmany", getmany)
    consumer = fetching.Fetching()
    assert [await consumer.getmany(), await consumer.getmany()] == [{partition: ["a", "b"]}, {partition: ["c"]}]
    with pytest.raises(NodeNotReadyError):
        await consumer.getmany()
    await consumer.stop()
