"""The three services as processes of their own over a PostgreSQL and a Kafka, to be killed, frozen and started again.

Each process is what production runs (`registan service NAME --role ROLE`), with or without faults built in. The rig
knows when everything is at rest: nothing waits in the outbox, no group is behind, no mail is due.
"""

import asyncio
import http.client
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import psutil
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    KafkaError,
    NotCoordinatorError,
)
from sqlalchemy.engine import make_url

from deploy.local.environment import kafka_variables
from deploy.local.kafka import ADMINISTRATOR, Kafka
from deploy.local.ports import LOOPBACK
from deploy.local.readiness import missing_at
from deploy.local.secrets import Secrets
from services.notifications import groups as notifications
from services.reporting import groups as reporting
from shared.bus.kafka import Bus, KafkaAway
from shared.bus.reader import whole
from shared.bus.topics import reconcile
from shared.contracts import Topic
from shared.database import Database
from shared.settings import SERVICES, ProcessRole, ServiceName
from tests.chaos.service import start
from tests.installation import PROJECT
from tests.ports import free_port
from tests.servers import connection

LISTENS: Mapping[str, Sequence[Topic]] = {
    "reporting": reporting.GROUPS[reporting.FACTS],
    "notifications": notifications.GROUPS[notifications.FACTS],
}
AWAY = (OSError, KafkaError, KafkaAway, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""What a question to a server may raise while the server is being killed."""


@dataclass
class Process:
    """One process of a service.

    Attributes:
        starts: how often it was started.
    """

    service: ServiceName
    role: ProcessRole
    port: int
    environment: Mapping[str, str]
    log: Path
    starts: int = 0
    running: BaseProcess | None = None

    @property
    def name(self) -> str:
        return f"{self.service} {self.role}"

    @property
    def pid(self) -> int:
        assert self.running and self.running.pid
        return self.running.pid

    @property
    def alive(self) -> bool:
        return self.running is not None and self.running.is_alive()

    def start(self, *faults: str) -> None:
        """Start it, with these faults or with none."""
        self.running = start(self.service, self.role, faults, self.environment, self.log)
        self.starts += 1

    async def ready(self, seconds: float = 60) -> None:
        """Until it answers."""
        await until(lambda: not self.alive or not missing_at(self.port), seconds, self.words)
        if not self.alive:
            raise RuntimeError(f"{self.name} ended:\n{self.words()}")

    async def ended(self, seconds: float = 60) -> None:
        """Until it has died of its faults."""
        await until(lambda: not self.alive, seconds, self.words)

    async def frozen(self, seconds: float = 60) -> None:
        """Until it has frozen itself, as one of its faults told it to."""
        await until(lambda: psutil.Process(self.pid).status() == psutil.STATUS_STOPPED, seconds, self.words)

    async def said(self, *words: str, seconds: float = 60) -> None:
        """Until one of these words is in its log."""

        def found() -> bool:
            log = self.log.read_text(errors="replace") if self.log.exists() else ""
            return any(word in log for word in words)

        await until(found, seconds, self.words)

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        if self.running:
            self.running.kill()
            self.running.join()

    async def stop(self, seconds: float = 30) -> float:
        """Ask it to stop, and wait. How long it took, in seconds."""
        begun = time.monotonic()
        self.signal(signal.SIGTERM)
        await until(lambda: not self.alive, seconds, self.words)
        return time.monotonic() - begun

    def memory(self) -> int:
        """Resident, in bytes."""
        return int(psutil.Process(self.pid).memory_info().rss)

    def metric(self, name: str) -> float:
        """The sum of a metric over its labels, as `/metrics` shows it."""
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=5)
        try:
            token = Path(self.environment["REGISTAN_METRICS_TOKEN_FILE"]).read_text()
            connection.request("GET", "/metrics", headers={"Authorization": f"Bearer {token}"})
            lines = connection.getresponse().read().decode().splitlines()
        finally:
            connection.close()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith((f"{name} ", f"{name}{{")))

    def lines(self) -> int:
        """How many lines it has logged."""
        return self.log.read_bytes().count(b"\n") if self.log.exists() else 0

    def words(self) -> str:
        return self.log.read_text(errors="replace")[-3000:] if self.log.exists() else ""


@dataclass
class Rig:
    """What a scenario runs on. It starts nothing by itself.

    Attributes:
        urls: the address of each service's database.
        smtp: the port of the mail server; without one, mails wait.
    """

    folder: Path
    urls: Mapping[ServiceName, str]
    kafka: Kafka
    prefix: str
    smtp: int | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    processes: list[Process] = field(default_factory=list)
    clients: list[httpx2.AsyncClient] = field(default_factory=list)
    databases: dict[ServiceName, Database] = field(init=False)
    bus: Bus = field(init=False)
    secrets: Secrets = field(init=False)

    def __post_init__(self) -> None:
        self.databases = {service: Database(url, pool_size=48) for service, url in self.urls.items()}
        self.bus = Bus(self.kafka.client(ADMINISTRATOR, self.prefix))
        self.secrets = Secrets(self.folder / "secrets")

    async def make_topics(self) -> None:
        await asyncio.to_thread(self.kafka.allow, self.prefix)
        groups = [(group, topic) for group, topics in LISTENS.items() for topic in topics]
        await reconcile(self.bus, groups)

    def process(self, service: ServiceName, role: ProcessRole = "worker", instance: str | None = "") -> Process:
        """A process that is not started yet. `instance=None` gives it no stable name in its consumer group."""
        port = free_port()
        number = len(self.processes)
        told = {
            **kafka_variables(self.kafka.client(service, self.prefix)),
            "REGISTAN_SESSION_PUBLIC_KEY_FILE": str(self.secrets.session_public_key),
            "REGISTAN_METRICS_TOKEN_FILE": str(self.secrets.metrics_token),
            f"REGISTAN_{service.upper()}_DATABASE_URL": self.urls[service],
            f"REGISTAN_{service.upper()}_PORT": str(port),
            "REGISTAN_DRAIN_SECONDS": "0",
            "REGISTAN_NOTIFY_ASK_ABOVE": "1000000",
            "REGISTAN_NOTIFY_SETTLE_SECONDS": "0",
            **self.settings,
        }
        if instance is not None:
            told["REGISTAN_KAFKA_INSTANCE"] = instance or f"{service}-{number}"
        if service == "registry":
            told["REGISTAN_SESSION_PRIVATE_KEY_FILE"] = str(self.secrets.session_private_key)
            told["REGISTAN_PERSON_KEY_SECRET_FILE"] = str(self.secrets.person_key_secret)
        if service == "notifications" and self.smtp:
            told |= {"REGISTAN_SMTP_HOST": LOOPBACK, "REGISTAN_SMTP_PORT": str(self.smtp)}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("REGISTAN_")}
        log = self.folder / "logs" / f"{service}-{role}-{number}.log"
        made = Process(service, role, port, inherited | told, log)
        self.processes.append(made)
        return made

    async def command(self, *words: str, faults: Sequence[str] = ()) -> str:
        """Run `registan …` on this rig; what it prints."""
        told = dict(self.process("registry").environment)
        told |= {f"REGISTAN_{service.upper()}_DATABASE_URL": url for service, url in self.urls.items()}
        told["REGISTAN_HOME"] = str(self.folder)
        running = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tests.chaos.command", *faults, "--", *words),
            env=told,
            cwd=PROJECT,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            async with asyncio.timeout(600):
                said = (await running.communicate())[0].decode()
        finally:
            if running.returncode is None:
                running.kill()
        if running.returncode:
            raise RuntimeError(f"registan {' '.join(words)}: {running.returncode}\n{said[-3000:]}")
        return said

    async def depth(self) -> int:
        """Events that wait in the outbox."""
        return int(await self.ask("registry", "SELECT count(*) FROM outbox"))

    async def behind(self, group: str) -> int:
        """Records that a consumer group has not committed."""
        committed, ends = await self._offsets(group)
        return sum(ends.values()) - sum(committed.get(partition, 0) for partition in ends)

    async def committed(self, group: str) -> int:
        """Records that a consumer group has committed."""
        return sum((await self._offsets(group))[0].values())

    async def _offsets(self, group: str) -> tuple[dict[TopicPartition, int], dict[TopicPartition, int]]:
        """What a group has committed, and where its partitions end."""
        topics = [self.bus.name(topic.name) for topic in LISTENS[group]]
        admin = AIOKafkaAdminClient(**connection(self.kafka), request_timeout_ms=5000)
        consumer = AIOKafkaConsumer(**connection(self.kafka))
        try:
            await admin.start()
            await consumer.start()
            while (committed := await _committed(admin, self.bus.name(group))) is None:
                await asyncio.sleep(0.2)
            described = await admin.describe_topics(topics)
            partitions = [TopicPartition(t["topic"], p["partition"]) for t in described for p in t["partitions"]]
            ends = await consumer.end_offsets(partitions)
        finally:
            await consumer.stop()
            await admin.close()
        return {partition: kept.offset for partition, kept in committed.items()}, ends

    async def kafka_answers(self) -> bool:
        try:
            await self.bus.ping()
        except KafkaAway:
            return False
        return True

    async def ask(self, service: ServiceName, sql: str) -> Any:
        """One value of a service's database, over a connection of its own."""
        url = make_url(self.urls[service]).set(drivername="postgresql").render_as_string(hide_password=False)
        connection = await asyncpg.connect(url, timeout=5)
        try:
            return await connection.fetchval(sql)
        finally:
            await connection.close(timeout=5)

    def heard(self, group: str) -> list[str]:
        """The topics that a group listens to."""
        return [topic.name for topic in LISTENS[group]]

    async def bus_length(self, topic: str) -> int:
        """Records on a topic."""
        return len([record async for record in whole(self.bus, topic)])

    async def mails_due(self) -> int:
        """Deliveries that a sender has still to deal with; who has no address waits for one, and nobody for them."""
        due = await self.ask(
            "notifications",
            "SELECT count(*) FROM delivery JOIN contact ON person_key = recipient AND email IS NOT NULL "
            "WHERE state IN ('planned', 'leased')",
        )
        return int(due)

    async def at_rest(self, *, groups: Sequence[str] = ("reporting",), mails: bool = False) -> bool:
        """Whether all that was written has been dealt with by everybody."""
        try:
            if await self.depth() or any([await self.behind(group) for group in groups]):
                return False
            return not (mails and await self.mails_due())
        except AWAY:
            return False

    async def rest(self, seconds: float, *, groups: Sequence[str] = ("reporting",), mails: bool = False) -> float:
        """Wait until all is dealt with. How long it took, in seconds."""
        begun = time.monotonic()
        await until(lambda: self.at_rest(groups=groups, mails=mails), seconds, self.words)
        return time.monotonic() - begun

    def words(self) -> str:
        """The last lines of each process, for an error message."""
        logs = sorted((self.folder / "logs").glob("*.log"))
        return "\n".join(f"--- {log.name}\n{log.read_text(errors='replace')[-1500:]}" for log in logs)

    async def close(self) -> None:
        """Whatever has happened: no process and no connection stays."""
        for process in self.processes:
            process.kill()
        for client in self.clients:
            await client.aclose()
        for database in self.databases.values():
            await database.close()


Condition = Callable[[], bool | Awaitable[bool]]


async def _committed(admin: AIOKafkaAdminClient, group: str) -> Mapping[TopicPartition, Any] | None:
    """None while a Kafka that has just begun has no coordinator for the group yet."""
    try:
        return await admin.list_consumer_group_offsets(group)  # type: ignore[no-any-return]
    except (CoordinatorNotAvailableError, CoordinatorLoadInProgressError, NotCoordinatorError):
        return None


async def until(condition: Condition, seconds: float, words: Callable[[], str] = lambda: "") -> None:
    """Wait for a condition; `words` tell more when the time is over."""
    deadline = time.monotonic() + seconds
    while True:
        met = condition()
        if met if isinstance(met, bool) else await met:
            return
        if time.monotonic() > deadline:
            raise TimeoutError(f"not so after {seconds:g} s\n{words()}")
        await asyncio.sleep(0.05)


async def so(condition: Condition, seconds: float) -> bool:
    """Whether a condition is met within that time."""
    try:
        await until(condition, seconds)
    except TimeoutError:
        return False
    return True


async def for_all_services(rig: Rig, *faults: str) -> dict[ServiceName, Process]:
    """A worker of each service, started and ready."""
    made = {service: rig.process(service) for service in SERVICES}
    for process in made.values():
        process.start(*faults)
    for process in made.values():
        await process.ready()
    return made


async def with_a_door(rig: Rig, *faults: str) -> list[Process]:
    """The registry's web, where programs write, and a worker of each service."""
    web = rig.process("registry", "web")
    web.start(*faults)
    await web.ready()
    return [web, *(await for_all_services(rig, *faults)).values()]
