"""Quix Streams in its form for databases: a sink that is handed the batch of each partition at a checkpoint."""

import asyncio
from functools import partial

from quixstreams.sinks import BatchingSink, SinkBatch

from tests.benchmarks.contenders.applying import Applying
from tests.benchmarks.contenders.projection_quix import application
from tests.benchmarks.contest import Task


class Facts(BatchingSink):  # type: ignore[misc]  # untyped in this environment
    """A sink that applies a batch in one transaction."""

    def __init__(self, applying: Applying, stop: "partial[None]") -> None:
        super().__init__()
        self._applying = applying
        self._stop = stop
        self._runner = asyncio.Runner()

    def add(self, *args: object, **more: object) -> None:
        self._applying.begin()
        super().add(*args, **more)

    def write(self, batch: SinkBatch) -> None:
        records = [(batch.topic, item.key, item.value, item.headers or []) for item in batch]
        self._runner.run(self._applying.apply(records))
        if self._applying.over:
            self._stop()


def main(task: Task) -> None:
    applying = Applying(task)
    app = application(task)
    sink = Facts(applying, partial(app.stop))
    for name in applying.topics:
        app.dataframe(app.topic(name, value_deserializer="bytes", key_deserializer="bytes")).sink(sink)
    app.run()
    applying.tell()


if __name__ == "__main__":
    main(Task.given())
