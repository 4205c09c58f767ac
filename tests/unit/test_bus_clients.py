"""A client that cannot start is closed all the same: what it leaves behind would go on asking for a Kafka."""

import asyncio
import gc
from collections.abc import Callable

import pytest
from aiokafka.errors import KafkaConnectionError

from shared.bus.kafka import Bus, started
from shared.bus.reader import whole
from shared.contracts import ACTIVITIES
from shared.settings import KafkaSettings
from tests.ports import free_port


def bus_at(port: int) -> Bus:
    return Bus(KafkaSettings(bootstrap_servers=f"127.0.0.1:{port}"))


@pytest.mark.parametrize("made", [Bus.producer, Bus.consumer])
async def test_a_client_that_finds_no_kafka_is_closed(made: Callable[[Bus], object]) -> None:
    client = made(bus_at(free_port()))
    with pytest.raises(KafkaConnectionError):
        async with started(client):
            pass
    assert client._closed  # type: ignore[attr-defined]


async def test_a_reader_that_is_given_up_while_it_starts_is_closed() -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened.append(writer)
        await reader.read()  # until the client goes

    opened: list[asyncio.StreamWriter] = []
    async with await asyncio.start_server(say_nothing, "127.0.0.1", 0) as mute:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                [record async for record in whole(bus_at(mute.sockets[0].getsockname()[1]), ACTIVITIES.name)]
    for writer in opened:
        writer.close()
        await writer.wait_closed()
    gc.collect()  # an open client complains when it is collected, and that is an error of this test
