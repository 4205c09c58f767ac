"""The relay: what is in the outbox goes to Kafka, in order, and is deleted when Kafka has acknowledged it.

One relay is active per service. It holds an advisory lock in the same database session with which it deletes, so a
relay that has lost its session can no longer delete either; a frozen one loses its session after a few seconds, and
when it wakes it does not send what it has slept over: others have sent newer versions since, and a compacted topic
keeps what comes last. When Kafka is away the relay backs off and the outbox grows; writing goes on.
"""

import asyncio
import json
import time
import zlib
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from shared.bus.kafka import Bus, KafkaAway, abort, send_only_if
from shared.bus.seals import SEAL, Seals
from shared.database import Database
from shared.pauses import Pauses
from shared.service import wait
from shared.telemetry import metrics
from shared.telemetry.traces import exported, sent

log = structlog.get_logger()

Stamps = Sequence[tuple[str, bytes]]
Begin = Callable[[], Awaitable[Stamps]]

BATCH = 1000
TRACEPARENT = "traceparent"
_IDLE = 1.0  # seconds between looks at the outbox when no notice comes
_GATHER = 0.02  # seconds; what commits while others do is sent together
_FROZEN = 10.0  # seconds; PostgreSQL ends the session of a relay that says nothing for so long
_SEND_WITHIN = 8.0  # seconds for Kafka to acknowledge a batch: less, so that no other relay leads meanwhile
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0


class Fenced(KafkaError):  # type: ignore[misc]
    """The relay was frozen with a batch in its hands: another one may have published it, and newer ones."""


def lock_of(bus: Bus, service: str) -> int:
    """The advisory lock that the one active relay of a service holds; of 32 bits."""
    return zlib.crc32(f"relay {bus.name(service)}".encode())


class Relay:
    """Publishes one service's outbox. A `Runner`.

    Args:
        service: whose outbox it is; names the metrics and the lock.
        seals: what signs the records of some topics.
        begin: asked when Kafka is there and nothing has been published yet; the headers it answers with go out with
            each record. It raises `CannotGoOn` when nothing may be published.
    """

    name = "relay"

    def __init__(
        self, bus: Bus, database: Database, *, service: str, seals: Seals | None = None, begin: Begin | None = None
    ) -> None:
        self._bus = bus
        self._database = database
        self._service = service
        self._seals = seals or {}
        self._begin = begin
        self._stamps: Stamps = ()
        self._woken = asyncio.Event()
        self._read_at = 0.0  # when the batch in work was read
        self._measured_at = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        connection = await self._database.connect()
        metrics.relay_active.labels(self._service).set(0)
        try:
            # The second for one that is frozen between preparing a statement and executing it: that is no idle session.
            await connection.execute(f"SET idle_session_timeout = '{_FROZEN}s'; SET transaction_timeout = '{_FROZEN}s'")
            await connection.add_listener("outbox", lambda *_: self._woken.set())
            if await self._lead(connection, stop):
                metrics.relay_active.labels(self._service).set(1)
                await self._publish_until(stop, connection)
        finally:
            metrics.relay_active.labels(self._service).set(0)
            await connection.close(timeout=5)

    async def _lead(self, connection: asyncpg.Connection, stop: asyncio.Event) -> bool:
        """Wait until this is the one active relay of the service. False when told to stop before."""
        lock = lock_of(self._bus, self._service)
        while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", lock):
            if await wait(stop, _IDLE):
                return False
        return True

    async def _publish_until(self, stop: asyncio.Event, connection: asyncpg.Connection) -> None:
        pauses = Pauses(_FIRST_PAUSE, _LONGEST_PAUSE)
        while not stop.is_set():
            producer = self._bus.producer()
            send_only_if(producer, self._not_too_late)
            try:
                await producer.start()
                await self._ask_what_must_be_so(connection)
                while not stop.is_set():
                    published = await self._publish_batch(connection, producer)
                    pauses.begin_again()
                    if published == BATCH:
                        continue
                    if published:
                        await wait(stop, _GATHER)
                    await self._measure(connection)
                    await wait(stop, _IDLE, self._woken)  # a notice can be lost with its connection
            except Fenced:
                raise
            except (KafkaError, KafkaAway, TimeoutError, OSError) as error:
                # A producer that failed once may be stuck with its sequence numbers: the next attempt has a new one.
                pause = pauses.next()
                metrics.publish_failures.labels(self._service).inc()
                log.warning("kafka_away", service=self._service, error=repr(error), again_in_seconds=pause)
                await self._measure(connection)
                await wait(stop, pause)
            finally:
                await abort(producer)  # all that counts is acknowledged

    async def _ask_what_must_be_so(self, connection: asyncpg.Connection) -> None:
        """Once; the session that holds the lock is kept from being idle meanwhile."""
        if self._begin is None:
            return
        asking = asyncio.ensure_future(self._begin())
        try:
            while not (await asyncio.wait({asking}, timeout=_FROZEN / 4))[0]:
                await connection.execute("SELECT 1")
            self._stamps = await asking
            self._begin = None
        finally:
            asking.cancel()

    async def _publish_batch(self, connection: asyncpg.Connection, producer: AIOKafkaProducer) -> int:
        """Send what is at the head of the outbox, all at once, and delete it when all of it is acknowledged."""
        self._woken.clear()
        self._read_at = time.monotonic()
        rows = await connection.fetch(
            "SELECT id, topic, key, value, headers FROM outbox ORDER BY id LIMIT $1",
            BATCH,
        )
        if rows:
            await self._send(producer, rows)
            await connection.execute("DELETE FROM outbox WHERE id = ANY($1::bigint[])", [row["id"] for row in rows])
            for topic, number in Counter(row["topic"] for row in rows).items():
                metrics.events_published.labels(self._service, topic).inc(number)
        return len(rows)

    async def _send(self, producer: AIOKafkaProducer, rows: Sequence[asyncpg.Record]) -> None:
        acknowledgements = [
            await producer.send(
                self._bus.name(row["topic"]), value=row["value"], key=row["key"], headers=self._headers(row)
            )
            for row in rows
        ]
        async with asyncio.timeout(_SEND_WITHIN):
            await asyncio.gather(*acknowledgements)

    def _headers(self, row: asyncpg.Record) -> list[tuple[str, bytes]]:
        told: list[list[str]] = json.loads(row["headers"])
        if exported():
            told = [[name, sent(row["topic"], text) if name == TRACEPARENT else text] for name, text in told]
        headers = [(name, text.encode()) for name, text in told]
        if sign := self._seals.get(row["topic"]):
            headers.append((SEAL, sign(row["key"], row["value"])))
        return [*headers, *self._stamps]

    def _not_too_late(self) -> None:
        """Asked before anything leaves, also what aiokafka tries again: until then nobody else can lead."""
        if time.monotonic() - self._read_at > _FROZEN:
            raise Fenced

    async def _measure(self, connection: asyncpg.Connection) -> None:
        """Once in a second is often enough."""
        if time.monotonic() - self._measured_at < _IDLE:
            return
        self._measured_at = time.monotonic()
        depth, age = await connection.fetchrow(
            "SELECT count(*), coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 FROM outbox"
        )
        metrics.outbox_depth.labels(self._service).set(depth)
        metrics.outbox_age.labels(self._service).set(age)
