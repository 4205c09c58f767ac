"""Forgets answers and uploaded files that were not imported, so that their tables stay small."""

import asyncio
from datetime import timedelta

from sqlalchemy import delete
from sqlmodel import col

from services.registry.models import AnsweredRequest, Upload
from shared.clock import Clock
from shared.database import Database
from shared.service import wait

KEPT_FOR = timedelta(hours=48)
"""An `Idempotency-Key` is promised to be known for a day; two leave room for a weekend's queue of retries."""

_PAUSE = 3600.0  # seconds


class Purge:
    """Removes what is old each hour. A `Runner`."""

    name = "purge"

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def run(self, stop: asyncio.Event) -> None:
        while True:
            await self.once()
            if await wait(stop, _PAUSE):
                return

    async def once(self) -> None:
        before = self._clock.now() - KEPT_FOR
        async with self._database.transaction() as session:
            await session.execute(delete(AnsweredRequest).where(col(AnsweredRequest.created_at) < before))
            await session.execute(delete(Upload).where(col(Upload.created_at) < before, col(Upload.result).is_(None)))
