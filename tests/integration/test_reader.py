"""Reading a topic without a group: whole, or from now on."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, cast

from deploy.local.kafka import Kafka
from shared.bus.kafka import Bus
from shared.bus.reader import tail
from shared.contracts import ACTIVITIES
from tests.integration.bus import activity_event, open_bus, publish


async def test_whoever_follows_from_now_on_is_shown_nothing_of_before(kafka: Kafka, topic_prefix: str) -> None:
    bus = await open_bus(kafka, topic_prefix)
    await publish(bus, *(activity_event(title="before").to_record() for _ in range(50)))
    followers = [asyncio.create_task(first_value(bus)) for _ in range(12)]
    async with asyncio.timeout(30):
        while not all(follower.done() for follower in followers):  # some begin sooner than others
            await publish(bus, activity_event(title="from now on").to_record())
    assert all(b"from now on" in follower.result() for follower in followers)


async def first_value(bus: Bus) -> bytes:
    async with aclosing(cast(AsyncGenerator[Any, None], tail(bus, ACTIVITIES.name))) as records:
        record = await anext(records)
    assert record.value is not None
    return bytes(record.value)
