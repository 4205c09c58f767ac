"""What has to be done to the deliveries although nothing happens: drop what is over, and count what there is."""

import asyncio
from collections import Counter

from sqlalchemy import ColumnElement, func, text
from sqlmodel import col, select

from services.notifications.deliveries.delivery import STATES, Delivery, Sending, State
from shared.clock import Clock
from shared.database import Database, Session
from shared.service import wait
from shared.telemetry import metrics

_EVERY = 15.0  # seconds

_EXPIRE = text(
    """
    UPDATE delivery SET state = 'expired', reason = 'over', asks = false
    WHERE state = 'planned'
      AND (SELECT over_at FROM activity_version WHERE id = activity_id ORDER BY version DESC LIMIT 1) <= :now
    """
)


class Upkeep:
    """Keeps the table of deliveries and its gauges up to date. A `Runner`."""

    name = "upkeep"

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await self.once()
            await wait(stop, _EVERY)

    async def once(self) -> None:
        async with self._database.transaction() as session:
            await session.execute(_EXPIRE, {"now": self._clock.now()})
        async with self._database.transaction() as session:
            found = Counter(await count_by_state(session))
            held = (await session.exec(select(Sending.held))).one()
        for state in STATES:
            metrics.deliveries.labels(state, "email").set(found[state])
        metrics.sending_held.set(held)


async def count_by_state(session: Session, *which: ColumnElement[bool]) -> dict[State, int]:
    """How many mails are in which state, of all or of those that fit."""
    query = select(Delivery.state, func.count()).where(*which).group_by(col(Delivery.state))
    found = dict((await session.exec(query)).all())
    return {state: found[state] for state in STATES if state in found}
