"""Our relay on an outbox that is full."""

import asyncio
import time

from shared.bus.kafka import Bus
from shared.bus.relay import Relay
from shared.database import Database
from shared.telemetry import metrics
from tests.benchmarks.contest import Task, tell


def published() -> int:
    [family] = metrics.events_published.collect()
    return int(sum(sample.value for sample in family.samples if sample.name.endswith("_total")))


async def main(task: Task) -> None:
    database = Database(task.database)
    bus = Bus(task.settings)
    relay = Relay(bus, database, service="registry")
    stop = asyncio.Event()
    began = time.perf_counter()
    running = asyncio.create_task(relay.run(stop))
    while published() < task.number and time.perf_counter() - began < task.seconds and not running.done():
        await asyncio.sleep(0.005)
    tell(published(), time.perf_counter() - began)
    stop.set()
    await running
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(Task.given()))
