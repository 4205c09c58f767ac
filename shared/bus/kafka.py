"""How this system talks to Kafka: every setting of every client in one place, each with its reason."""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError
from aiokafka.protocol.produce import ProduceRequest

from shared.bus.fetching import Fetching
from shared.bus.oauth import TokenProvider
from shared.settings import KafkaSettings, WrongSettings

if TYPE_CHECKING:
    from faststream.kafka import KafkaBroker
    from faststream.security import BaseSecurity

CLIENT_ID = "registan"
LARGEST_RECORD = 10 * 1024 * 1024
"""A dead letter carries what came, whatever its size was, and its reason beside it."""
_ASK_AGAIN = 500
"""Milliseconds; several tasks of each consumer ask for a Kafka that is away, each so often."""


Client = TypeVar("Client", AIOKafkaProducer, AIOKafkaConsumer)


class KafkaAway(Exception):
    """Kafka does not answer at the configured address."""


class Bus:
    """The address of Kafka and the clients made for it.

    Topic and group names of one installation carry its prefix, so that several can share a cluster.
    """

    def __init__(self, settings: KafkaSettings) -> None:
        self.settings = settings
        tls = self._ssl()  # so that files that cannot be used end the start
        self._tokens = TokenProvider(settings, tls) if settings.sasl_mechanism == "OAUTHBEARER" else None

    def name(self, of: str) -> str:
        """A topic's or group's name on this installation."""
        return self.settings.topic_prefix + of

    def producer(self) -> AIOKafkaProducer:
        """A producer for `send` and gather. It is not started."""
        return AIOKafkaProducer(
            **self._connection(),
            acks="all",  # acknowledged means: on every in-sync replica
            enable_idempotence=True,  # the client's own retries neither repeat nor reorder
            linger_ms=0,  # a whole batch is handed over at once; waiting for more only delays it
            max_batch_size=1 << 20,  # the default of 16 KiB makes a request of every 20 events
            max_request_size=LARGEST_RECORD,
            request_timeout_ms=10_000,  # the relay holds a database session while it waits
            retry_backoff_ms=200,
        )

    def consumer(self, *topics: str) -> AIOKafkaConsumer:
        """A reader outside any group, for tailing and listing: it commits nothing and disturbs nobody."""
        return AIOKafkaConsumer(
            *topics,
            **self._connection(),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=LARGEST_RECORD,
            retry_backoff_ms=_ASK_AGAIN,
        )

    def broker(self) -> "KafkaBroker":
        """A FastStream broker for one batch subscriber. It is not started."""
        from faststream.kafka import KafkaBroker  # noqa: PLC0415  the registry and most commands listen to nothing

        return KafkaBroker(
            self.settings.bootstrap_servers,
            client_id=CLIENT_ID,
            security=self._security(),
            sasl_oauth_token_provider=self._tokens,
            consumer_only=True,  # what is published goes through the outbox
            allow_auto_create_topics=False,  # topics are made by `registan migrate`, with their settings
            retry_backoff_ms=_ASK_AGAIN,
            metadata_max_age_ms=30_000,  # a new partition is found within half a minute
            graceful_timeout=20.0,  # None or 0 would not wait for the batch that is in work
            apply_types=False,  # records are read by the envelope, not by the type of a parameter
            logger=logging.getLogger("registan.faststream"),  # through the pipeline of our own lines
            log_level=logging.DEBUG,  # of its line per batch; its errors are errors all the same
        )

    def subscription(self) -> dict[str, Any]:
        """What each batch subscriber of the broker is told."""
        settings = self.settings
        return {
            "group_instance_id": settings.instance,  # after a crash the same member is back at once
            "auto_offset_reset": "earliest",  # a new group starts with the whole snapshot
            "batch_timeout_ms": 1000,  # how often an idle subscriber looks up; records wake it at once
            "fetch_max_wait_ms": 100,  # a fetch leaves out partitions whose records nobody has taken: they wait for it
            "max_records": 1000,  # one transaction of some 50 ms; a larger one only delays the first event
            "max_partition_fetch_bytes": 1024 * 1024,  # bounds memory when the handler is slower than the topic
            "session_timeout_ms": 10_000,  # how long a killed process keeps its partitions
            "heartbeat_interval_ms": 3_000,
            "max_poll_interval_ms": 15 * 60_000,  # a batch may wait for its database; that is no reason to leave
            "rebalance_timeout_ms": 30_000,  # others wait so long for this member's batch
        }

    @asynccontextmanager
    async def admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        """An administration client, started.

        Raises:
            KafkaAway: nobody answers.
        """
        client = AIOKafkaAdminClient(**self._connection(), request_timeout_ms=10_000)
        try:
            try:
                await client.start()
            except (KafkaError, OSError) as error:
                raise KafkaAway(f"no Kafka at {self.settings.bootstrap_servers}: {error}") from None
            yield client
        finally:
            await client.close()

    async def ping(self) -> None:
        """Raises `KafkaAway` when Kafka does not answer."""
        async with self.admin():
            pass

    async def expect(self, topics: Iterable[str]) -> None:
        """Raises unless all of these are there: a group that joins before hears of them half a minute later.

        Raises:
            KafkaAway: nobody answers.
            UnknownTopicOrPartitionError: Kafka does not know the named ones.
        """
        async with self.admin() as admin:
            missing = set(topics) - set(await admin.list_topics())
        if missing:
            raise UnknownTopicOrPartitionError(", ".join(sorted(missing)))

    def _connection(self) -> dict[str, Any]:
        settings = self.settings
        return {
            "bootstrap_servers": settings.bootstrap_servers,
            "client_id": CLIENT_ID,
            "security_protocol": settings.security_protocol,
            "ssl_context": self._ssl(),
            "sasl_mechanism": settings.sasl_mechanism or "PLAIN",
            "sasl_plain_username": settings.username,
            "sasl_plain_password": settings.password.get_secret_value() if settings.password else None,
            "sasl_oauth_token_provider": self._tokens,
        }

    def _ssl(self) -> ssl.SSLContext | None:
        """Read at each connection, so that a certificate that was replaced is used without a new start.

        Raises:
            WrongSettings: a file cannot be read, or does not hold what it should.
        """
        settings = self.settings
        if not settings.security_protocol.endswith("SSL"):
            return None
        context = ssl.create_default_context()
        try:
            variable, file = "CA_FILE", settings.ca_file
            if settings.ca_file:
                context = ssl.create_default_context(cafile=settings.ca_file)
            variable, file = "CERTIFICATE_FILE", settings.certificate_file
            if settings.certificate_file:
                context.load_cert_chain(settings.certificate_file, settings.key_file)
        except OSError as error:  # ssl.SSLError is one
            raise WrongSettings(
                f"REGISTAN_KAFKA_{variable}: {file} cannot be used: {error.strerror or error}"
            ) from None
        return context

    def _security(self) -> "BaseSecurity | None":
        from faststream import security  # noqa: PLC0415

        settings = self.settings
        context = self._ssl()
        tls: dict[str, Any] = {"ssl_context": context, "use_ssl": context is not None}
        if settings.sasl_mechanism == "OAUTHBEARER":
            return security.SASLOAuthBearer(**tls)
        if settings.username is None or settings.password is None:
            return security.BaseSecurity(**tls)
        kinds = {"SCRAM-SHA-256": security.SASLScram256, "SCRAM-SHA-512": security.SASLScram512}
        kind = kinds.get(settings.sasl_mechanism or "", security.SASLPlaintext)
        return kind(settings.username, settings.password.get_secret_value(), **tls)


async def start(broker: "KafkaBroker") -> None:
    """Let a broker's subscribers begin, with a consumer of ours in the place of aiokafka's."""
    await broker.connect()
    configuration: Any = broker.config.broker_config
    configuration.builder = partial(Fetching, **configuration.builder.keywords)
    await broker.start()


def send_only_if(producer: AIOKafkaProducer, allowed: Callable[[], None]) -> None:
    """Ask right before records leave, whether for the first time or again: `allowed` raises `KafkaError` if they must
    not. A process may be frozen at any moment after it has handed them to the producer, and wake much later."""
    send = producer.client.send

    async def ask_and_send(node: int, request: Any, **named: Any) -> Any:
        if isinstance(request, ProduceRequest):
            allowed()
        return await send(node, request, **named)

    producer.client.send = ask_and_send


@asynccontextmanager
async def started(client: Client) -> AsyncIterator[Client]:
    """A producer or consumer, started for the block and stopped after it.

    Its own `async with` leaves it open where it cannot start: with its tasks, and a connection that goes on asking.
    """
    try:
        await client.start()
        yield client
    finally:
        await client.stop()


async def abort(producer: AIOKafkaProducer) -> None:
    """Close a producer at once, without what Kafka has not acknowledged yet.

    `stop` would wait for it, and an idempotent producer tries without end: when Kafka comes back, hours later, it would
    send what its successor has sent long before, and after what has happened since.
    """
    sending = producer._sender.sender_task
    if sending is not None:
        sending.cancel()
    await producer.client.close()  # whatever is under way ends
    if sending is not None:
        await asyncio.wait({sending}, timeout=5)
    producer._closed = True
