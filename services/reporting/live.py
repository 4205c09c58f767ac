"""The pulse of the facts: one connection per process listens for changes, and everybody who shows figures waits here.

Nobody who looks at a page asks the database whether something is new. What a page shows is counted once for each change
and question, however many look at it.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from datetime import datetime
from typing import Any

from services.reporting.facts.projection import CHANGED
from shared.clock import Clock
from shared.database import Database
from shared.service import wait

_CALM = 0.1  # seconds between two answers to one reader: a stream of changes is shown as a film, not as a flood
_ALIVE = 15.0
_MOST_KEPT = 500


class Pulse:
    """Beats when the facts have changed. A `Runner`."""

    name = "pulse of the facts"

    def __init__(self, database: Database) -> None:
        self._database = database
        self._beat = asyncio.Condition()
        self._counted: dict[Hashable, asyncio.Future[Any]] = {}
        self._listening = False
        self.revision = 0

    async def run(self, stop: asyncio.Event) -> None:
        connection = await self._database.connect()
        lost = asyncio.Event()
        changed = asyncio.Event()
        try:
            connection.add_termination_listener(lambda _: lost.set())
            await connection.add_listener(CHANGED, lambda *_: changed.set())
            changed.set()  # what changed while nobody listened
            self._listening = True
            while await _first(stop, lost, changed) is changed:
                changed.clear()
                await self._tell()
            if lost.is_set() and not stop.is_set():
                raise ConnectionError("the connection that listens for changes was lost")
        finally:
            self._listening = False
            await connection.close()

    async def beats(self) -> AsyncIterator[int | None]:
        """The revision of the facts, now and after each change; `None` now and then while there is none."""
        seen = -1
        while True:
            if seen == self.revision:
                try:
                    async with asyncio.timeout(_ALIVE), self._beat:
                        await self._beat.wait_for(lambda: seen != self.revision)  # noqa: B023
                except TimeoutError:
                    yield None
                    continue
            seen = self.revision
            yield seen
            await asyncio.sleep(_CALM)

    async def once(self, question: Hashable, count: Callable[[], Awaitable[Any]]) -> Any:
        """What `count` gives, counted once for all who ask the same of the same facts."""
        if not self._listening:
            return await count()  # nobody would tell us that it has changed
        key = (self.revision, question)
        if key not in self._counted:
            if len(self._counted) >= _MOST_KEPT:
                self._counted.clear()
            self._counted[key] = asyncio.ensure_future(count())
        counted = self._counted[key]
        try:
            return await asyncio.shield(counted)
        except Exception:
            self._counted.pop(key, None)  # the next one may have more luck
            raise

    async def _tell(self) -> None:
        async with self._beat:
            self.revision += 1
            self._counted = {}
            self._beat.notify_all()


class Gauges:
    """Keeps the business gauges equal to the figures. A `Runner`."""

    name = "gauges of the figures"

    def __init__(self, pulse: Pulse, refresh: Callable[[], Awaitable[None]], every: float = 2.0) -> None:
        self._pulse = pulse
        self._refresh = refresh
        self._every = every

    async def run(self, stop: asyncio.Event) -> None:
        seen = -1
        while not stop.is_set():
            if seen != self._pulse.revision:
                seen = self._pulse.revision
                await self._refresh()
            await wait(stop, self._every)


class Outside:
    """Releases what may be told outside the house, as it settles. A `Runner`."""

    name = "releases for those outside"

    def __init__(self, release: Callable[[datetime], Awaitable[int]], clock: Clock, every: float = 30.0) -> None:
        self._release = release
        self._clock = clock
        self._every = every

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self._release(self._clock.now())
            await wait(stop, self._every)


async def _first(*events: asyncio.Event) -> asyncio.Event:
    """Wait until one of the events is set, and give the first of those that are."""
    waiting = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
    return next(event for event in events if event.is_set())
