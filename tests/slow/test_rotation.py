"""All secrets but the person keys' are replaced while people work, by the steps of docs/operations.md, and none of
their requests is lost: each step leaves both the old and the new one good until every process has the new one.

Certificates are not here: they are read again for each new connection (tests/integration/test_database_tls.py).
"""

import asyncio
import os
import re
import subprocess
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import pytest
from pydantic import SecretStr
from sqlalchemy.engine import make_url

from deploy.local.environment import kafka_variables
from deploy.local.kafka import ADMINISTRATOR, Kafka
from deploy.local.ports import free_port
from deploy.local.postgres import Postgres
from deploy.local.principals import set_passwords
from deploy.migration import make_topics
from services.registry.models.token import CreateToken
from services.registry.usecases.accounts.create_token import create_token
from services.registry.usecases.programmes.define import DefineProgramme, define_programme
from shared.bus.kafka import Bus, KafkaAway
from shared.clock import SystemClock
from shared.database import Database
from shared.identifiers import new_id
from shared.identity import SYSTEM
from shared.identity.sessions import COOKIE, SessionSigner
from shared.settings import KafkaSettings, ServiceName
from tests.conftest import DatabaseUrl
from tests.debian import program
from tests.processes import PROJECT, Process, leads_somewhere, proxy
from tests.registry import ACTIVITY, TREE

OPERATIONS = (PROJECT / "docs" / "operations.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```\w*\n(.*?)^```$", OPERATIONS, flags=re.MULTILINE | re.DOTALL)
HELD = ACTIVITY | {"status": "held"}
SERVICES: tuple[ServiceName, ...] = ("registry", "reporting")


def documented(starts: str) -> str:
    """What operators are told to type: the block of the document that starts so."""
    (block,) = [block for block in BLOCKS if block.startswith(starts)]
    return str(block)


@pytest.fixture
def kafka(open_folder: Path) -> Iterator[Kafka]:
    """One of this test's own: a password that is replaced would be missing elsewhere."""
    kafka = Kafka(open_folder / "kafka", open_folder / "kafka.log", free_port())
    kafka.prepare()
    kafka.start()
    try:
        kafka.wait_until_ready()
        yield kafka
    finally:
        kafka.child.kill()


class House:
    """Two web processes and a worker of the registry, and reporting; all are told what `told` says at their start."""

    def __init__(self, folder: Path, kafka: Kafka, databases: dict[ServiceName, str]) -> None:
        self.folder, self.kafka, self.databases = folder, kafka, databases
        self.passwords: dict[str, str] = {service: f"kafka-{service}-1" for service in SERVICES}
        self.private, self.public = folder / "session-private-key.pem", folder / "session-public-key.pem"
        self.shell("openssl genpkey -algorithm ed25519 -out session")
        self.webs = [self._process("registry", "web", number) for number in range(2)]
        self.worker = self._process("registry", "worker", 2)
        self.reporting = self._process("reporting", "all", 3)

    @property
    def registry(self) -> list[Process]:
        return [*self.webs, self.worker]

    @property
    def everything(self) -> list[Process]:
        return [*self.registry, self.reporting]

    def _process(self, service: ServiceName, role: Any, number: int) -> Process:
        return Process(service, role, {}, self.folder / f"{service}{number}.log")

    def client(self, service: ServiceName, password: str | None = None) -> KafkaSettings:
        given = SecretStr(password or self.passwords[service])
        return self.kafka.client(service).model_copy(update={"password": given})

    def told(self, service: ServiceName) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("REGISTAN_")}
        told = inherited | {
            f"REGISTAN_{service.upper()}_DATABASE_URL": self.databases[service],
            **kafka_variables(self.client(service)),
            "REGISTAN_SESSION_PUBLIC_KEY_FILE": str(self.public),
            "REGISTAN_DRAIN_SECONDS": "2",
        }
        if service == "registry":
            told["REGISTAN_SESSION_PRIVATE_KEY_FILE"] = str(self.private)
            told["REGISTAN_PERSON_KEY_SECRET_FILE"] = str(self.folder / "person-key-secret")
        return told

    async def restart(self, processes: Sequence[Process]) -> None:
        """One after another, as a rolling restart does."""
        for process in processes:
            await process.stop()
            process.environment = self.told(process.service)
            process.start()
            await process.ready()
            await asyncio.sleep(1)  # the proxy has seen it

    async def set_kafka_passwords(self) -> None:
        async with Bus(self.kafka.client(ADMINISTRATOR)).admin() as admin:
            await set_passwords(admin, self.passwords)

    def shell(self, starts: str) -> None:
        """Run the commands of a block that the document shows."""
        subprocess.run(["sh", "-ec", documented(starts)], cwd=self.folder, check=True, capture_output=True)


def cookie(private_key: Path) -> dict[str, str]:
    session = SessionSigner(private_key).sign(new_id(), "viewer", SystemClock().now())
    return {"cookie": f"{COOKIE}={session}"}


class People:
    """They read with their session and record activities, without a pause, until they are told to stop."""

    def __init__(self, address: str, token: str, private_key: Path) -> None:
        self.answers: Counter[object] = Counter()
        self.session = cookie(private_key)
        self._address, self._token = address, token
        self._over = asyncio.Event()

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(work()) for work in (self._read, self._read, self._record)]
        try:
            yield
        finally:
            self._over.set()
            await asyncio.gather(*tasks)

    async def _read(self) -> None:
        async with httpx2.AsyncClient(base_url=self._address, timeout=60) as client:
            while not self._over.is_set():
                await self._count("GET", client.get("/registry/api/v1/activities", headers=self.session))

    async def _record(self) -> None:
        token = {"authorization": f"Bearer {self._token}"}
        async with httpx2.AsyncClient(base_url=self._address, headers=token, timeout=60) as client:
            while not self._over.is_set():
                await self._count("POST", client.post("/registry/api/v1/activities", json=HELD))
                await asyncio.sleep(0.1)

    async def _count(self, method: str, asked: Any) -> None:
        try:
            self.answers[method, (await asked).status_code] += 1
        except httpx2.HTTPError as error:
            self.answers[method, type(error).__name__] += 1


async def test_each_secret_is_replaced_while_people_work_and_no_request_is_lost(
    postgres: Postgres, database_url: DatabaseUrl, kafka: Kafka, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program("haproxy", "haproxy")
    owned = {service: make_url(database_url(service)) for service in SERVICES}
    mark = uuid.uuid4().hex[:8]

    def login(service: ServiceName, number: int) -> str:
        """The address with a new login, made as the document says."""
        name = f"{service}_{mark}_{number}"
        sql = re.sub("registry(?!_)", service, documented("CREATE ROLE").replace("registry_2", name))
        for statement in sql.split(";"):
            if statement.strip():
                postgres.run(statement)
        url = owned[service].set(username=name, password="secret")
        return url.set(drivername="postgresql").render_as_string(hide_password=False)

    house = House(open_folder, kafka, {service: login(service, 1) for service in SERVICES})
    await house.set_kafka_passwords()
    for variable, value in {**house.told("registry"), **house.told("reporting")}.items():
        if variable.startswith("REGISTAN_"):
            monkeypatch.setenv(variable, value)
    for variable, value in kafka_variables(kafka.client("operator")).items():
        monkeypatch.setenv(variable, value)
    await asyncio.to_thread(make_topics, *SERVICES)
    database = Database(house.databases["registry"])
    async with database.transaction() as session:
        await define_programme(session, DefineProgramme(**TREE), actor=SYSTEM, clock=SystemClock())
        command = CreateToken(name="people", role="editor")
        _, token = await create_token(session, command, actor=SYSTEM, clock=SystemClock())
    await database.close()

    with ExitStack() as cleanup:
        for process in house.everything:
            cleanup.callback(process.kill)
            process.environment = house.told(process.service)
            process.start()
        await asyncio.gather(*(process.ready() for process in house.everything))
        address = cleanup.enter_context(proxy(house.webs, open_folder))
        await leads_somewhere(f"{address}/healthz")
        people = People(address, token, house.private)
        old_session, old_databases = people.session, dict(house.databases)
        old_passwords, old_private = dict(house.passwords), house.private
        async with people.at_work():
            # The database's login, Kafka's password, and the new session key beside the old one.
            house.databases = {service: login(service, 2) for service in SERVICES}
            house.passwords = {service: f"kafka-{service}-2" for service in SERVICES}
            await house.set_kafka_passwords()
            house.shell("openssl genpkey -algorithm ed25519 -out new-session")
            await house.restart(house.everything)
            # The registry signs with the new key.
            house.private = open_folder / "new-session-private-key.pem"
            await house.restart(house.registry)
            people.session = cookie(house.private)
            # When the last old session is over, the old ones go.
            house.public.write_bytes((open_folder / "new-session-public-key.pem").read_bytes())
            await house.restart(house.everything)
            for service in SERVICES:
                postgres.run(documented("ALTER ROLE").replace("registry_1", f"{service}_{mark}_1"))
            await asyncio.sleep(2)

        assert people.answers.keys() == {("GET", 200), ("POST", 201)}, people.answers
        recorded = people.answers["POST", 201]
        async with httpx2.AsyncClient(timeout=60) as client:

            async def status(port: int, path: str, headers: dict[str, str]) -> int:
                return (await client.get(f"http://127.0.0.1:{port}{path}", headers=headers)).status_code

            for port, path in (
                (house.webs[0].port, "/registry/api/v1/activities"),
                (house.reporting.port, "/reporting/api/v1/figures"),
            ):
                assert await status(port, path, old_session) == 401
                assert await status(port, path, cookie(old_private)) == 401
                assert await status(port, path, people.session) == 200
            figure = f"http://127.0.0.1:{house.reporting.port}/reporting/api/v1/figures/events?programme=SAMPLE"
            async with asyncio.timeout(120):
                while (await client.get(figure, headers=people.session)).json()["value"] != recorded:
                    await asyncio.sleep(0.2)
        for service in SERVICES:
            with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
                await asyncpg.connect(old_databases[service])
            with pytest.raises(KafkaAway):
                await Bus(house.client(service, old_passwords[service])).ping()
        for process in house.everything:
            assert "request_failed" not in process.log.read_text()
