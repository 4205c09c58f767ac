"""What every test may ask for: a database of its own, a Kafka, and a prefix that keeps its topics apart.

Nothing is started before a test asks for it, so unit tests start nothing. Isolation is per test: a database is cloned
from a migrated template in some 30 ms, and topics are told apart by their prefix; so tests run in any order and side
by side. And each run is the same: what is tried at random is drawn again by `make test-slow` and `make chaos` only.
"""

import logging
import re
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings
from sqlalchemy.engine import make_url

from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres
from shared.settings import ServiceName
from shared.telemetry import logs
from tests import servers
from tests.databases import Databases, DatabaseUrl

__all__ = ["DatabaseUrl"]

# A machine that is busy with other tests is slow, not wrong.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("the same each time", patient, derandomize=True)
settings.register_profile("search", patient)  # for `make test-slow`
settings.load_profile("the same each time")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--times", type=int, default=1, help="run each test so many times, to see that none depends on chance"
    )
    chaos = parser.getgroup("chaos", "tests/chaos; see docs/reliability.md")
    chaos.addoption("--full", action="store_true", help="run the scenarios in their full size, not in their short one")
    chaos.addoption("--seed", type=int, help="repeat a run: the seed is in its ledger")
    chaos.addoption("--ledgers", type=Path, help="enter the ledgers into the table of this document")
    chaos.addoption("--sabotage", help="take away this guard of the scenarios that are run, and see them go red")

    parser.addoption("--refresh", action="store_true", help="write the files again that answers are compared with")


@pytest.fixture
def refresh(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--refresh"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "slow" in item.path.relative_to(item.config.rootpath).parts:
            item.add_marker("slow")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if (times := metafunc.config.getoption("--times")) > 1:
        metafunc.fixturenames.append("time_of_many")
        metafunc.parametrize("time_of_many", range(1, times + 1), indirect=True)


@pytest.fixture
def time_of_many(request: pytest.FixtureRequest) -> int:
    """Which of `--times` it is."""
    return int(request.param)


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # the one process that outlives all workers
        folder = servers.open_folder()
        config.add_cleanup(lambda: servers.close_folder(folder))


@pytest.fixture(scope="session")
def postgres() -> Postgres:
    """The PostgreSQL of this run, to administer it."""
    url = make_url(servers.require("postgres"))
    assert url.port
    return servers.local_postgres(servers.folder_of_this_run(), url.port)


@pytest.fixture(scope="session")
def postgres_url(postgres: Postgres) -> str:
    """The address of its administrator."""
    return postgres.url()


@pytest.fixture(scope="session")
def databases(postgres: Postgres) -> Iterator[Databases]:
    """For fixtures that live longer than a test; others ask for `database_url`."""
    administrator = Databases(postgres)
    yield administrator
    administrator.close()


@pytest.fixture
def database_url(databases: Databases) -> Iterator[DatabaseUrl]:
    """`database_url("registry")` is the address of a new, migrated, empty database; the service's own role owns it.

    Asked again in the same test, it gives another one.
    """
    with databases.cloning() as clone:
        yield clone


@pytest.fixture
def open_folder() -> Path:
    """Like `tmp_path`, for a test's own servers: as root, PostgreSQL runs as a user who may not enter that."""
    folder = Path(tempfile.mkdtemp(dir=servers.folder_of_this_run()))
    folder.chmod(0o711)
    return folder


@pytest.fixture(scope="session")
def kafka() -> Kafka:
    """The Kafka of this run; each of its principals may do what it may in production, under a prefix it was given."""
    port = int(servers.require("kafka").rpartition(":")[2])
    return servers.local_kafka(servers.folder_of_this_run(), port)


@pytest.fixture
def topic_prefix(request: pytest.FixtureRequest) -> str:
    """A prefix for topics and consumer groups that no other test has; named after it, for the reader of a log."""
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name.removeprefix("test_").lower())[:40].strip("-")
    return f"{name}-{uuid.uuid4().hex[:8]}."


@pytest.fixture
def log_as_service() -> Iterator[Callable[[ServiceName], None]]:
    """Lets this process log as a service does, and afterwards as tests do."""
    root = logging.getLogger()
    before = root.handlers[:], root.level

    def configure(service: ServiceName) -> None:
        logs.configure("json", "DEBUG", service)
        structlog.configure(cache_logger_on_first_use=False)  # what is cached would log like this in all later tests

    yield configure
    root.handlers, root.level = before
    structlog.reset_defaults()
