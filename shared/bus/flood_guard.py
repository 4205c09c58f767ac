"""The flood guard: when most of what comes is dead, the fault is with us or with a publisher, not with the records.

Then the consumer stops instead of emptying the topic into the parking lot, and waits until a person says go on. The
pause is a row in the service's database: a restart does not forget it, a command in another process lifts it.
"""

from collections import deque
from datetime import datetime

from sqlalchemy import Column, DateTime, Table, Text, delete, select
from sqlalchemy.dialects.postgresql import insert

from shared.database import Database, shared_tables
from shared.telemetry import metrics

WINDOW = 1000
"""How many of the last records are looked at."""
AT_LEAST = 200
"""Fewer records than these say nothing about a share."""
SHARE = 0.75
"""More dead ones than this share is a flood."""

paused_consumer = Table(
    "paused_consumer",
    shared_tables,
    Column("group", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
)


class FloodGuard:
    """Watches the share of dead records of one group."""

    def __init__(self, database: Database, group: str) -> None:
        self._database = database
        self._group = group
        self._dead: deque[bool] = deque(maxlen=WINDOW)
        self._maybe_paused = True  # until the database has been asked once, and after each flood

    async def saw(self, *, dead: int, alive: int, now: datetime) -> bool:
        """Count a batch's outcomes. True when this makes it a flood: the consumer is now paused."""
        self._dead.extend([True] * dead + [False] * alive)
        share = sum(self._dead) / max(len(self._dead), 1)
        if len(self._dead) < AT_LEAST or share <= SHARE:
            return False
        reason = f"{share:.0%} of the last {len(self._dead)} records could not be applied"
        await pause(self._database, self._group, reason, now)
        self._maybe_paused = True
        metrics.consumer_paused.labels(self._group).set(1)
        self._dead.clear()
        return True

    async def paused(self) -> str | None:
        """Why the consumer is paused; `None` when it is not."""
        if not self._maybe_paused:
            return None
        async with self._database.transaction() as session:
            query = select(paused_consumer.c.reason).where(paused_consumer.c.group == self._group)
            reason: str | None = (await session.execute(query)).scalar()
        self._maybe_paused = reason is not None
        metrics.consumer_paused.labels(self._group).set(self._maybe_paused)
        return reason


async def pause(database: Database, group: str, reason: str, since: datetime) -> None:
    row = {"group": group, "reason": reason, "since": since}
    async with database.transaction() as session:
        await session.execute(insert(paused_consumer).values(row).on_conflict_do_nothing())


async def resume(database: Database, group: str) -> bool:
    """Let a paused consumer go on. False when it was not paused."""
    async with database.transaction() as session:
        lifted = await session.execute(delete(paused_consumer).where(paused_consumer.c.group == group).returning(1))
        return lifted.first() is not None
