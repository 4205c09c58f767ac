"""What every projection does with what it reads, whichever library reads: the same envelope, the same SQL."""

import time
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from services.reporting.facts import projection
from shared.contracts import ACTIVITIES, ORGANISATIONS, PARTICIPANTS, PROGRAMMES, Event
from shared.contracts.envelope import read
from shared.database import Database, Session
from tests.benchmarks.contest import Task, tell

LISTENS_TO = (PROGRAMMES, ORGANISATIONS, ACTIVITIES, PARTICIPANTS)
Raw: TypeAlias = tuple[str, bytes | None, bytes | None, Iterable[tuple[str, bytes | None]]]
"""Topic, key, value and headers of a record."""


class Applying:
    """Counts what is applied, from the moment at which the first record is in hand."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.database = Database(task.database)
        self.topics = {task.prefix + topic.name: topic for topic in LISTENS_TO}
        self.done = 0
        self._began = 0.0

    def begin(self) -> None:
        self._began = self._began or time.perf_counter()

    async def apply(self, records: Sequence[Raw]) -> None:
        """One transaction for all of them."""
        self.begin()
        events = [read(self.topics[topic], key, value, headers) for topic, key, value, headers in records]
        async with self.database.transaction() as session:
            await projection.apply(session, events)
        self.done += len(events)

    async def handle(self, session: Session, events: Sequence[Event]) -> None:
        """The same for our own listener, which reads and commits itself."""
        self.begin()
        await projection.apply(session, events)

    @property
    def over(self) -> bool:
        late = bool(self._began) and time.perf_counter() - self._began > self.task.seconds
        return late or self.done >= self.task.number

    def tell(self) -> None:
        tell(self.done, time.perf_counter() - self._began)
