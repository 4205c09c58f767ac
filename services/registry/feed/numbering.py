"""Gives events their places in the feed, once they are committed, and tells readers.

Who numbers holds a lock until its own commit, so that one numbers at a time and sees all places given before. Of one
key the older version was committed before the newer one was written down, so it is numbered before it or beside it,
and then the journal's position decides.
"""

import asyncio
from contextlib import suppress

import asyncpg
from sqlalchemy import text

from shared.database import Database
from shared.service import wait

NUMBERED = "feed"
"""The channel on which it is told that there is something new."""

_IDLE = 1.0  # seconds between looks when no notice comes
_BATCH = 5000
FROZEN = 10  # seconds after which a process that was frozen with the lock in its hands loses it
_LOCK = text(
    "SELECT set_config('idle_in_transaction_session_timeout', :frozen, true), pg_advisory_xact_lock(hashtext('feed'))"
)
_NUMBER = text(
    f"""
    UPDATE feed SET number = coalesce((SELECT max(f.number) FROM feed f WHERE f.topic = due.topic), 0) + due.place
    FROM (
        SELECT position, topic, row_number() OVER (PARTITION BY topic ORDER BY position) AS place
        FROM (SELECT position, topic FROM feed WHERE number IS NULL ORDER BY position LIMIT {_BATCH}) waiting
    ) due
    WHERE feed.position = due.position
    """  # noqa: S608  a number of ours
)
_TELL = text(f"NOTIFY {NUMBERED}")


async def number_waiting(database: Database) -> int:
    """Number what is committed; how many that were."""
    async with database.transaction() as session:
        await session.execute(_LOCK, {"frozen": f"{FROZEN}s"})
        numbered: int = (await session.execute(_NUMBER)).rowcount  # type: ignore[attr-defined]
        if numbered:
            await session.execute(_TELL)
    return numbered


class Numbering:
    """Numbers as long as it runs. A `Runner`; any number of them may run."""

    name = "feed"

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self, stop: asyncio.Event) -> None:
        connection = await self._database.connect()
        woken = asyncio.Event()
        try:
            await connection.add_listener("outbox", lambda *_: woken.set())
            while not stop.is_set():
                woken.clear()
                if await number_waiting(self._database) < _BATCH:
                    await wait(stop, _IDLE, woken)
        finally:
            with suppress(OSError, asyncpg.InterfaceError):
                await connection.close()


class Tail:
    """Wakes those who wait for something new: one connection a process, however many wait. A `Runner`."""

    name = "tail of the feed"

    def __init__(self, database: Database) -> None:
        self._database = database
        self._beat = asyncio.Condition()
        self._listening = False
        self.revision = 0

    async def run(self, stop: asyncio.Event) -> None:
        connection = await self._database.connect()
        lost, news = asyncio.Event(), asyncio.Event()
        try:
            connection.add_termination_listener(lambda _: lost.set())
            await connection.add_listener(NUMBERED, lambda *_: news.set())
            self._listening = True
            while not stop.is_set() and not lost.is_set():
                await wait(stop, _IDLE, news)  # and whether the connection is there
                if news.is_set():
                    news.clear()
                    await self._tell()
            if lost.is_set() and not stop.is_set():
                raise ConnectionError("the connection that listens for the feed was lost")
        finally:
            self._listening = False
            await self._tell()  # what is new from here on is looked for, not told
            with suppress(OSError, asyncpg.InterfaceError):
                await connection.close()

    async def _tell(self) -> None:
        async with self._beat:
            self.revision += 1
            self._beat.notify_all()

    async def news(self, seen: int, seconds: float) -> None:
        """Returns when something is new since a revision, or after so many seconds, or when there may be."""
        if not self._listening:
            await asyncio.sleep(min(seconds, _IDLE))
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds), self._beat:
                await self._beat.wait_for(lambda: self.revision != seen)
