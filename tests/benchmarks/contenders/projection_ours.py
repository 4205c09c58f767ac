"""Our listener, as reporting runs it."""

import asyncio

from shared.bus.consumer import Listener
from shared.bus.kafka import Bus
from shared.telemetry import metrics
from tests.benchmarks.contenders.applying import LISTENS_TO, Applying
from tests.benchmarks.contest import Task


async def main(task: Task) -> None:
    applying = Applying(task)
    bus = Bus(task.settings)
    listener = Listener(bus, applying.database, group=task.group, topics=LISTENS_TO, handle=applying.handle)
    stop = asyncio.Event()
    running = asyncio.create_task(listener.run(stop))
    while not applying.over and not running.done():
        await asyncio.sleep(0.005)
        applying.done = consumed()
    applying.tell()
    stop.set()
    await running
    await applying.database.close()


def consumed() -> int:
    """Events whose offsets are committed."""
    [family] = metrics.events_consumed.collect()
    return int(sum(sample.value for sample in family.samples if sample.name.endswith("_total")))


if __name__ == "__main__":
    asyncio.run(main(Task.given()))
