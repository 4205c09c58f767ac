"""The consumer: a batch of records from Kafka becomes one transaction in a service's database, once in effect.

A record ends in one of three ways. *Applied*: its effect is committed. *Dead*: it can never be applied, and lies on the
dead-letter topic, acknowledged, with the bytes it came with. *Retry later*: the database, or the dead-letter topic, is
away; then the whole batch waits, and nothing is skipped. Only when every record of a batch is applied or dead are its
offsets committed; a crash at any point before makes the batch come again, which a handler must bear: it is guarded by
versions or by unique keys, never by offsets.
"""

import asyncio
import time
import traceback
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextvars import Context
from datetime import UTC, datetime
from typing import Any, TypeVar

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import (
    CommitFailedError,
    IllegalGenerationError,
    IllegalStateError,
    KafkaError,
    RebalanceInProgressError,
    UnknownMemberIdError,
)
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import FAKE_CONSUMER, KafkaMessage

from shared.bus import lag
from shared.bus.batch import Batch, Dead, last_offsets, read_batch
from shared.bus.dead_letters import Letterbox
from shared.bus.flood_guard import FloodGuard
from shared.bus.kafka import Bus, KafkaAway, start
from shared.bus.lag import LagMeter
from shared.bus.seals import Genuine
from shared.contracts import Event, Topic
from shared.database import Database, Session, is_temporary
from shared.pauses import Pauses
from shared.service import wait
from shared.telemetry import metrics
from shared.telemetry.traces import processing

log = structlog.get_logger()

Handle = Callable[[Session, Sequence[Event]], Awaitable[None]]
"""Applies events inside the session's transaction, which it must not commit. Events may come twice, late and in any
order, of several topics; their effect must be the same. Raising `RetryLater`, or a temporary error of the database,
makes the batch wait; any other exception makes the one record that causes it a dead letter."""

_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 30.0

T = TypeVar("T")


class RetryLater(Exception):
    """What the handler needs is away for the moment; the same batch will be handed to it again."""


class Abandoned(Exception):
    """The batch is given back unfinished, because the service stops or the partitions go to another member."""


class Listener:
    """One consumer group of a service. A `Runner`.

    Args:
        group: the group's name; also names its dead-letter topics.
        topics: what it listens to; one subscriber for all of them, because two in one group would share their records.
        handle: see `Handle`.
        genuine: where records must be signed; what is not is a dead letter.
    """

    def __init__(
        self,
        bus: Bus,
        database: Database,
        *,
        group: str,
        topics: Sequence[Topic],
        handle: Handle,
        genuine: Genuine | None = None,
    ) -> None:
        self.group = group
        self.topics = tuple(topics)
        self._bus = bus
        self._database = database
        self._handle = handle
        self._genuine = genuine
        self._by_name = {bus.name(topic.name): topic for topic in topics}
        self._flood = FloodGuard(database, group)
        self._lag = LagMeter(group, self._by_name)
        self._in_work = asyncio.Lock()  # held over a batch; a rebalance waits for it
        self._give_back = asyncio.Event()  # set: an unfinished batch is to be abandoned
        self._stop = asyncio.Event()
        self._subscriber: Any = None  # FastStream's; its consumer is there while it runs
        self._letterbox = Letterbox(bus, group)

    @property
    def name(self) -> str:
        return f"listener {self.group}"

    async def ready(self) -> None:
        """Raises when no records can come: not joined, or paused by the flood guard."""
        if self._subscriber is None or self._subscriber.consumer is None:
            raise RuntimeError(f"consumer group {self.group} has not joined Kafka")
        reason = await self._flood.paused()
        if reason:
            raise RuntimeError(f"consumer group {self.group} is paused: {reason}")

    async def run(self, stop: asyncio.Event) -> None:
        self._stop = stop
        self._give_back.clear()
        broker = self._subscribe()
        try:
            if not await self._join(broker, stop):
                return
            while not await wait(stop, lag.EVERY):
                await self._lag.measure(self._consumer_now())
        finally:
            self._give_back.set()
            async with self._in_work:  # the batch in work is committed, or abandoned at its next pause
                pass
            await broker.stop()
            await self._letterbox.close()

    def _subscribe(self) -> KafkaBroker:
        broker = self._bus.broker()
        subscriber = broker.subscriber(
            *self._by_name,
            group_id=self._bus.name(self.group),
            batch=True,
            ack_policy=AckPolicy.MANUAL,
            listener=_Rebalance(self),
            parser=_unread,
            decoder=_records,
            **self._bus.subscription(),
        )
        subscriber(self._take)
        self._subscriber = subscriber
        return broker

    async def _join(self, broker: KafkaBroker, stop: asyncio.Event) -> bool:
        pauses = Pauses(_FIRST_PAUSE, _LONGEST_PAUSE, growth=1.2)  # by a fifth of the absence: news are late by no more
        while not stop.is_set():
            try:
                await self._bus.expect(self._by_name)
                await start(broker)
            except (KafkaAway, KafkaError, OSError) as error:
                pause = pauses.next()
                log.warning("kafka_away", group=self.group, error=repr(error), again_in_seconds=pause)
                await broker.stop()
                await wait(stop, pause)
            else:
                return True
        return False

    async def _take(self, records: tuple[ConsumerRecord, ...]) -> None:
        """What FastStream calls with each batch.

        The work has a context of its own: FastStream's holds the batch, and connections and timers of the database that
        are made meanwhile would keep that context, and so the batch, for as long as they live.
        """
        await asyncio.create_task(self._work(records), context=Context())

    async def _work(self, records: tuple[ConsumerRecord, ...]) -> None:
        """Whatever happens here, an exception never leaves it."""
        async with self._in_work:
            try:
                self._go_on_or_give_back()
                await self._while_paused()
                batch = read_batch(records, self._by_name, self.group, self._genuine)
                traced = [(event.topic.name, r.partition, r.offset, event.traceparent) for r, event in batch.events]
                with processing(self.group, traced):
                    await self._patiently(lambda: self._apply(batch))
                    await self._patiently(lambda: self._commit(records))
                self._count(batch)
                await self._patiently(lambda: self._guard(batch))
            except Abandoned:
                log.info("batch_given_back", group=self.group, records=len(records))
                await self._rewind(records)
            except Exception:
                log.exception("batch_failed", group=self.group, records=len(records))
                await self._rewind(records)
                await wait(self._stop, 1.0)

    async def _while_paused(self) -> None:
        while reason := await self._patiently(self._flood.paused):
            log.error("consumer_paused", group=self.group, reason=reason)
            await self._pause(5.0)

    async def _apply(self, batch: Batch) -> None:
        """Apply what can be applied; find out and put away what cannot."""
        await self._put_away(batch)
        if not batch.events:
            return
        try:
            await self._in_one_transaction([event for _, event in batch.events])
        except Exception as error:
            if _is_temporary(error):
                raise
            log.warning("batch_replayed_one_by_one", group=self.group, error=type(error).__name__)
            await self._one_by_one(batch)
            await self._put_away(batch)

    async def _in_one_transaction(self, events: Sequence[Event]) -> None:
        async with self._database.transaction() as session:
            await self._handle(session, events)

    async def _one_by_one(self, batch: Batch) -> None:
        """Each event in a transaction of its own, so that one that fails takes no other with it."""
        for record, event in list(batch.events):
            self._go_on_or_give_back()
            try:
                await self._patiently(lambda event=event: self._in_one_transaction([event]))  # type: ignore[misc]
            except Abandoned:
                raise
            except Exception as error:
                stack = "".join(traceback.format_tb(error.__traceback__))
                batch.dead.append(Dead(record, "handler-failed", type(error).__name__, stack))
                batch.events.remove((record, event))

    async def _put_away(self, batch: Batch) -> None:
        """Write the dead letters that are not yet written, and wait until Kafka has them."""
        while batch.dead:
            dead = batch.dead[0]
            await self._letterbox.put(self._by_name[dead.record.topic], dead)
            batch.dead_lettered.append(batch.dead.pop(0))

    async def _commit(self, records: Sequence[ConsumerRecord]) -> None:
        """Commit the offsets of this batch, explicitly and only of partitions that are still ours."""
        consumer = self._consumer_now()
        offsets = {
            partition: offset + 1
            for partition, offset in last_offsets(records).items()
            if partition in consumer.assignment()
        }
        if not offsets:
            return
        try:
            await consumer.commit(offsets)
        except _NO_LONGER_OURS as error:
            # Another member has the partitions and will get these records again, to no effect.
            log.info("commit_after_rebalance", group=self.group, error=type(error).__name__)

    async def _rewind(self, records: Sequence[ConsumerRecord]) -> None:
        """Read an unfinished batch again."""
        consumer = self._subscriber.consumer
        if consumer is None:
            return
        for record in reversed(records):
            partition = TopicPartition(record.topic, record.partition)
            if partition in consumer.assignment():
                consumer.seek(partition, record.offset)

    def _count(self, batch: Batch) -> None:
        now = time.time()
        metrics.batch_size.labels(self.group).observe(len(batch.events) + len(batch.dead_lettered) + len(batch.skipped))
        for _, event in batch.events:
            metrics.events_consumed.labels(self.group, event.topic.name, "applied").inc()
            metrics.applied_after.labels(self.group, event.topic.name).observe(max(now - event.time.timestamp(), 0))
        for dead in batch.dead_lettered:
            topic = self._by_name[dead.record.topic].name
            metrics.events_consumed.labels(self.group, topic, "dead").inc()
            metrics.events_dead.labels(self.group, topic, dead.reason).inc()
            log.error(
                "dead_letter",
                group=self.group,
                topic=topic,
                partition=dead.record.partition,
                offset=dead.record.offset,
                reason=dead.reason,
            )
        for record, why in batch.skipped:
            metrics.events_consumed.labels(self.group, self._by_name[record.topic].name, why).inc()

    async def _guard(self, batch: Batch) -> None:
        alive = len(batch.events) + len(batch.skipped)
        if await self._flood.saw(dead=len(batch.dead_lettered), alive=alive, now=datetime.now(UTC)):
            log.error("consumer_paused_by_flood_guard", group=self.group)

    async def _patiently(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do it until it succeeds, with growing pauses, as long as only a temporary error stands in the way.

        Raises:
            Abandoned: in a pause, the service stops or the partitions are taken away.
        """
        pauses = Pauses(_FIRST_PAUSE, _LONGEST_PAUSE)
        waiting = metrics.consumer_waiting.labels(self.group)
        try:
            while True:
                try:
                    return await work()
                except Exception as error:
                    if not _is_temporary(error):
                        raise
                    pause = pauses.next()
                    metrics.consumer_retries.labels(self.group).inc()
                    waiting.set(1)
                    log.warning("batch_waits", group=self.group, error=type(error).__name__, again_in_seconds=pause)
                await self._pause(pause)
        finally:
            waiting.set(0)

    async def _pause(self, seconds: float) -> None:
        if not await wait(self._give_back, seconds):
            self._go_on_or_give_back()
        else:
            raise Abandoned

    def _go_on_or_give_back(self) -> None:
        if self._give_back.is_set() or self._stop.is_set():
            raise Abandoned

    def _consumer_now(self) -> AIOKafkaConsumer:
        consumer: AIOKafkaConsumer | None = self._subscriber.consumer
        if consumer is None:
            raise Abandoned
        return consumer

    async def revoked(self, partitions: Iterable[TopicPartition]) -> None:
        """Others get these partitions: let the batch in work end, or give it back at its next pause."""
        self._give_back.set()
        async with self._in_work:
            self._lag.forget(partitions)

    def assigned(self) -> None:
        self._give_back.clear()


class _Rebalance(ConsumerRebalanceListener):  # type: ignore[misc]
    """Tells a listener what the group's coordinator decides."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        await self._listener.revoked(revoked)

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        self._listener.assigned()


_NO_LONGER_OURS = (
    CommitFailedError,
    IllegalGenerationError,
    IllegalStateError,
    RebalanceInProgressError,
    UnknownMemberIdError,
)


def _is_temporary(error: BaseException) -> bool:
    return isinstance(error, RetryLater | KafkaError) or is_temporary(error)


async def _unread(records: tuple[ConsumerRecord, ...]) -> KafkaMessage:
    """FastStream's parser would raise on a header that is no text, before anything can be put away: read nothing."""
    return KafkaMessage(body=b"", raw_message=records, consumer=FAKE_CONSUMER)


async def _records(message: KafkaMessage) -> tuple[ConsumerRecord, ...]:
    records: tuple[ConsumerRecord, ...] = message.raw_message
    return records
