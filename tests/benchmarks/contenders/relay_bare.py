"""The ceiling of every relay: a bare producer that is handed the same bytes, a thousand at a time, from memory."""

import asyncio
import time
from pathlib import Path
from typing import Any

from shared.bus.kafka import Bus
from tests.benchmarks.contest import Task, tell
from tests.benchmarks.lines import Line, read_lines

BATCH = 1000


async def main(task: Task) -> None:
    records = [_as_sent(task, line) for line in read_lines(Path(task.lines))][: task.number]
    began = time.perf_counter()
    producer = Bus(task.settings).producer()
    await producer.start()
    for first in range(0, len(records), BATCH):
        batch = records[first : first + BATCH]
        sent = [await producer.send(**record) for record in batch]
        await asyncio.gather(*sent)
    tell(len(records), time.perf_counter() - began)
    await producer.stop()


def _as_sent(task: Task, line: Line) -> dict[str, Any]:
    return {
        "topic": task.prefix + line.topic,
        "key": line.key.encode(),
        "value": line.value.encode(),
        "headers": [(name, text.encode()) for name, text in line.headers],
    }


if __name__ == "__main__":
    asyncio.run(main(Task.given()))
