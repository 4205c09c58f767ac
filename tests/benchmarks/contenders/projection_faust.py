"""Faust (faust-streaming): each message by itself, or, asked with `--take`, buffered a thousand at a time."""

import asyncio
import os
import sys

import faust

from tests.benchmarks.contenders.applying import Applying
from tests.benchmarks.contest import USERNAME, Task


async def main(task: Task, take: int) -> None:
    applying = Applying(task)
    app = faust.App(
        task.group,
        broker=f"kafka://{task.kafka}",
        broker_credentials=faust.SASLCredentials(
            username=USERNAME, password=task.password, mechanism=faust.types.auth.SASLMechanism.SCRAM_SHA_512
        ),
        store="memory://",
        consumer_auto_offset_reset="earliest",
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
    )

    topics = app.topic(*applying.topics, value_type=bytes, value_serializer="raw", key_type=bytes)

    @app.agent(topics)  # type: ignore[untyped-decorator]
    async def project(stream: faust.StreamT[bytes]) -> None:
        if take > 1:
            async for events in stream.take_events(take, within=0.2):
                await applying.apply([_raw(event) for event in events])
        else:
            async for event in stream.events():
                await applying.apply([_raw(event)])

    await app.start()
    while not applying.over:
        await asyncio.sleep(0.005)
    applying.tell()
    os._exit(0)  # its orderly stop takes longer than the measurement


def _raw(event: faust.EventT[bytes]) -> tuple[str, bytes, bytes, list[tuple[str, bytes]]]:
    message = event.message
    headers = message.headers.items() if isinstance(message.headers, dict) else message.headers
    return message.topic, message.key, message.value, list(headers)


if __name__ == "__main__":
    asyncio.run(main(Task.given(), int(sys.argv[2]) if len(sys.argv) > 2 else 1))
