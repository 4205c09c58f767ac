"""Where benchmarks run: a PostgreSQL that syncs to disk as a real one does, a Kafka, and fresh databases and topics.

Nobody else uses these servers, and each measurement starts with an empty database of its own.
"""

import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres
from deploy.migration import history_of
from shared.bus.kafka import Bus
from shared.bus.topics import reconcile
from shared.database import Database
from shared.database.migrations import migrate
from shared.settings import SERVICES, ServiceName
from tests.benchmarks.contest import USERNAME, Task
from tests.installation import Installation, installed
from tests.ports import free_port

_PASSWORD = "benchmark"


@dataclass(frozen=True)
class Ground:
    """The servers, and a folder for whatever else a benchmark needs."""

    postgres: Postgres
    kafka: Kafka
    folder: Path

    @asynccontextmanager
    async def database(self, service: ServiceName) -> AsyncIterator[Database]:
        """A new, migrated, empty database, dropped in the end."""
        name = f"{service}_{uuid.uuid4().hex[:12]}"
        self.postgres.run(f"CREATE DATABASE {name};")
        database = Database(self.postgres.url(name))
        try:
            await migrate(database, history_of(service))
            yield database
        finally:
            await database.close()
            self.postgres.run(f"DROP DATABASE {name} WITH (FORCE);")

    @asynccontextmanager
    async def databases(self) -> AsyncIterator[dict[ServiceName, Database]]:
        """One for each service."""
        async with AsyncExitStack() as stack:
            yield {service: await stack.enter_async_context(self.database(service)) for service in SERVICES}

    @contextmanager
    def installation(self, databases: Mapping[ServiceName, Database]) -> Iterator[Installation]:
        """`registan up` on these databases; on the same ones again, it is the same installation."""
        name = urlsplit(databases["registry"].dsn).path.strip("/")
        home = self.folder / f"home-{name}"
        home.mkdir(0o711, exist_ok=True)
        home.chmod(0o711)
        urls = {service: database.dsn for service, database in databases.items()}
        with installed(home, urls, self.kafka, f"{name}.") as installation:
            yield installation

    def task(self, prefix: str, group: str = "", database: str = "", **more: Any) -> Task:
        """What a contender is told, with how it reaches Kafka."""
        password = self.kafka.client(USERNAME).password
        assert password
        return Task(self.kafka.servers, password.get_secret_value(), prefix, group, database, **more)

    async def bus(self) -> Bus:
        """Topics of its own, empty."""
        bus = Bus(self.kafka.client(USERNAME, f"{uuid.uuid4().hex[:8]}."))
        await reconcile(bus, ())
        return bus


@contextmanager
def open_ground() -> Iterator[Ground]:
    """Start the servers; stop and forget them in the end."""
    with tempfile.TemporaryDirectory(prefix="registan-benchmark-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)  # as root, PostgreSQL runs as another user and must pass
        (folder / "logs").mkdir()
        postgres = Postgres(folder / "postgres", folder / "logs" / "postgres.log", free_port(), _PASSWORD)
        kafka = Kafka(folder / "kafka", folder / "logs" / "kafka.log", free_port())
        postgres.prepare()
        postgres.start()
        kafka.prepare()
        kafka.start()
        try:
            postgres.wait_until_ready()
            kafka.wait_until_ready()
            yield Ground(postgres, kafka, folder)
        finally:
            kafka.stop()
            postgres.stop()
