"""The sender: leases a delivery, writes the letter, hands it to the channel, notes what became of it. A `Runner`.

Any number may run; one mail at a time each. What a channel says decides: accepted is sent, refused for good is bounced,
refused for the time being is tried again after a growing pause, and a channel that is away makes the sender wait
instead of the mails, however long.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import structlog

from services.notifications.channels.channel import Channel, ChannelAway, Refused
from services.notifications.deliveries import leases, planning
from services.notifications.deliveries.delivery import Delivery
from services.notifications.deliveries.planning import WAKE_CHANNEL, Manner
from services.notifications.deliveries.writing import NotSent, Written, write_delivery
from shared.database import Database, Session, is_temporary
from shared.service import wait
from shared.telemetry import metrics
from shared.telemetry.traces import continuing

log = structlog.get_logger()

LEASE = timedelta(minutes=3)  # longer than any channel takes for one letter
MOST_ATTEMPTS = 25  # with the pauses below: about three days
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=4)
_SPREAD = 1.25
_IDLE = 2.0  # seconds between looks at the table when nobody wakes us
_CALM = 0.5  # seconds between them at least: while news keep coming, one look for all that came
_LONGEST_ABSENCE = 60.0  # seconds between tries of a channel that is away


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many refusals: doubling, bounded, and spread so that mails do not come in a crowd."""
    pause: timedelta = min(FIRST_PAUSE * 2 ** min(attempts - 1, 20), LONGEST_PAUSE)
    return pause * random.uniform(0.75, _SPREAD)  # noqa: S311  nobody gains anything by guessing it


class Sender:
    """Sends what is due through one channel."""

    name = "sender"

    def __init__(self, database: Database, channel: Channel, manner: Manner, *, lease: timedelta = LEASE) -> None:
        self._database = database
        self._channel = channel
        self._manner = manner
        self._clock = manner.clock
        self._lease = lease
        self._woken = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        connection = await self._database.connect()
        try:
            await connection.add_listener(WAKE_CHANNEL, lambda *_: self._woken.set())
            absence = 1.0
            while not stop.is_set():
                self._woken.clear()
                try:
                    sent_something = await self.send_next()
                    absence = 1.0
                    if not sent_something:
                        await wait(stop, _CALM)
                        await wait(stop, _IDLE, self._woken)  # a notice can be lost, and what was postponed comes due
                except ChannelAway as error:
                    metrics.mail_failures.labels("channel").inc()
                    log.warning("mail_server_away", error=str(error), again_in_seconds=absence)
                    await wait(stop, absence * random.uniform(0.75, 1.25))  # noqa: S311
                    absence = min(absence * 2, _LONGEST_ABSENCE)
        finally:
            await connection.close(timeout=5)

    async def send_next(self) -> bool:
        """Deal with one delivery. False when there is none.

        Raises:
            ChannelAway: the delivery waits unharmed; try again later.
        """
        async with self._database.transaction() as session:
            longest = max(LONGEST_PAUSE * _SPREAD, self._manner.settle)
            delivery = await leases.lease(session, now=self._clock.now(), lasting=self._lease, longest_pause=longest)
        if delivery is None:
            return False
        try:
            with continuing("mail", delivery.traceparent):
                await self._deal_with(delivery)
        except ChannelAway:
            async with self._database.transaction() as session:
                await leases.give_back(session, delivery)
            raise
        except Exception as error:
            if is_temporary(error):  # our own database: the lease runs out, and somebody tries again
                raise
            metrics.mail_failures.labels("unwritable").inc()
            log.error("mail_unwritable", delivery=str(delivery.id), rule=delivery.rule, error=type(error).__name__)
            async with self._noting(delivery) as session:
                await leases.note_ended(session, delivery, "failed", "unwritable")
        return True

    @asynccontextmanager
    async def _noting(self, delivery: Delivery) -> AsyncIterator[Session]:
        """A transaction that notes what became of a delivery, and asks again what the person has to be told."""
        async with self._database.transaction() as session:
            await planning.in_turn(session)
            yield session
            await planning.look_again(session, delivery.about, [delivery.subject], self._manner)

    async def _deal_with(self, delivery: Delivery) -> None:
        if delivery.attempts > MOST_ATTEMPTS:  # tried so often by senders that never lived to say what happened
            async with self._noting(delivery) as session:
                await leases.note_ended(session, delivery, "failed", "given-up")
            return
        async with self._database.transaction() as session:
            outcome = await write_delivery(session, delivery, sender=self._channel.sender, at=self._clock.now())
            if isinstance(outcome, Written) and outcome.address:
                await leases.note_try(session, delivery, outcome.said, outcome.mark)
        if isinstance(outcome, NotSent):
            log.info("mail_dropped", delivery=str(delivery.id), rule=delivery.rule, reason=outcome.reason)
            async with self._noting(delivery) as session:
                await leases.note_ended(session, delivery, outcome.state, outcome.reason, address_mark=outcome.mark)
            return
        if outcome.address is None:  # it was taken away at this very moment
            async with self._database.transaction() as session:
                await leases.give_back(session, delivery)
            return
        try:
            await self._channel.send(outcome.letter, to=outcome.address, delivery_id=delivery.id)
        except Refused as refusal:
            await self._note_refusal(delivery, refusal)
        else:
            await self._note_sent(delivery, outcome)

    async def _note_sent(self, delivery: Delivery, written: Written) -> None:
        async with self._noting(delivery) as session:
            await leases.note_sent(
                session,
                delivery,
                written.letter,
                said=written.said,
                mark=written.mark,
                told_version=written.told_version,
                at=self._clock.now(),
            )
        metrics.mails_sent.labels(delivery.rule).inc()
        log.info("mail_sent", delivery=str(delivery.id), rule=delivery.rule, attempts=delivery.attempts)

    async def _note_refusal(self, delivery: Delivery, refusal: Refused) -> None:
        kind = "permanent" if refusal.for_good else "temporary"
        metrics.mail_failures.labels(kind).inc()
        log.warning("mail_refused", delivery=str(delivery.id), kind=kind, code=refusal.code, attempts=delivery.attempts)
        async with self._noting(delivery) as session:
            if refusal.for_good:
                await leases.note_ended(session, delivery, "bounced", "refused", answer=refusal.code)
            elif delivery.attempts >= MOST_ATTEMPTS:
                await leases.note_ended(session, delivery, "failed", "given-up", answer=refusal.code)
            else:
                until = self._clock.now() + pause_after(delivery.attempts)
                await leases.postpone(session, delivery, until, answer=refusal.code)
