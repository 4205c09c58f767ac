"""What a scenario is given: its size, its seed, the guard that is to be taken away, and a rig to run on."""

import asyncio
import random
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest

from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres
from shared.database import Database
from shared.settings import SERVICES, ServiceName
from tests.chaos import book, faults, service
from tests.chaos.ledger import Ledger, draw_up
from tests.chaos.rig import Process, Rig
from tests.chaos.writers import Writers, define_sample
from tests.conftest import DatabaseUrl
from tests.ports import free_port
from tests.servers import migrate_templates

T = TypeVar("T")


@dataclass
class Chaos:
    """One run of one scenario.

    Attributes:
        full: the numbers of the full suite, not those that fit into the tests of every day.
        seed: decides what is written and when what fails; the short form has the same each time.
        sabotage: faults to be installed in each process that they concern.
        doomed: services whose workers `kill` kills in the moment that the missing guard protects.
    """

    full: bool
    seed: int
    sabotage: tuple[str, ...]
    folder: Path
    database_url: DatabaseUrl
    prefix: str
    kafka: Kafka
    patch: pytest.MonkeyPatch
    stack: AsyncExitStack
    doomed: tuple[ServiceName, ...] = ()
    chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)  # noqa: S311

    def take_away(self, guard: str, *weather: str, doomed: tuple[ServiceName, ...] = ()) -> None:
        """Break a guard of the services, in the short form of the scenario, in weather that will surely show it.

        Args:
            doomed: services whose workers the scenario kills, and which have a crash point `=told` among the weather.
        """
        self._in_short_form()
        self.sabotage = (guard, *weather)
        self.doomed = doomed

    async def kill(self, process: Process) -> None:
        """Kill it wherever it is; one that is doomed at its next passage of the crash point, while writing goes on."""
        if process.role == "worker" and process.service in self.doomed:
            process.signal(signal.SIGUSR1)
            await process.ended()
        else:
            process.kill()

    def _in_short_form(self) -> None:
        if self.sabotage:
            pytest.skip("--sabotage takes a guard away from the scenario itself")
        self.full = False

    def size(self, short: T, full: T) -> T:
        return full if self.full else short

    async def rig(
        self,
        *,
        kafka: Kafka | None = None,
        urls: dict[ServiceName, str] | None = None,
        smtp: int | None = None,
        **settings: str,
    ) -> Rig:
        """A rig with topics and the programme SAMPLE; on servers of its own where they are named."""
        urls = urls or {service: self.database_url(service) for service in SERVICES}
        rig = Rig(self.folder, urls, kafka or self.kafka, self.prefix, smtp, settings)
        self.stack.push_async_callback(rig.close)
        await rig.make_topics()
        await define_sample(rig)
        return rig

    async def own_kafka(self) -> Kafka:
        """A Kafka of this scenario's own, to be killed."""
        server = Kafka(self.folder / "kafka", self.folder / "logs" / "kafka-server.log", free_port(), self.prefix)
        await self.begin(server)
        self.stack.callback(server.child.kill)
        return server

    async def own_postgres(self) -> Postgres:
        """A PostgreSQL of this scenario's own, with the databases of the three services."""
        log = self.folder / "logs" / "postgres-server.log"
        server = Postgres(self.folder / "postgres", log, free_port(), "sample-password", durable=False)
        await self.begin(server)
        self.stack.callback(server.child.kill)
        await asyncio.to_thread(migrate_templates, server)
        return server

    async def begin(self, server: Kafka | Postgres) -> None:
        """Start a server, also one that was killed, and wait until it answers."""
        await asyncio.to_thread(server.prepare)
        server.start()
        await asyncio.to_thread(server.wait_until_ready)

    def install_here(self, fault: str) -> None:
        """Break something in this process, where the writers are, until the test is over."""
        self._in_short_form()
        faults.install(fault, self.patch.setattr)

    async def close_the_books(
        self,
        rig: Rig,
        scenario: str,
        writers: Writers | None,
        *,
        groups: Sequence[str] = ("reporting",),
        mails: bool = False,
        within: float = 60,
        ordered: bool = True,
    ) -> Ledger:
        """Wait until everything is at rest, and draw up the ledger.

        Args:
            ordered: false where the scenario itself has put records on the topics in disorder.
        """
        try:
            recovery, reason = await rig.rest(within, groups=groups, mails=mails), ""
        except TimeoutError as error:
            recovery, reason = within, str(error)
        empty = Database(self.database_url("reporting"))
        self.stack.push_async_callback(empty.close)
        ledger = await draw_up(rig, scenario, self.seed, writers, subscribers=groups, empty=empty)
        ledger.recovery = recovery
        if not ordered:
            ledger.notes["out of order on purpose"] = ledger.out_of_order
            ledger.out_of_order = ledger.two_writers = 0
        ledger.promise("comes_to_rest", not reason, reason)
        return ledger


def pytest_sessionfinish(session: pytest.Session) -> None:
    if document := session.config.getoption("--ledgers"):
        book.enter(document)


@pytest.fixture(scope="session")
def nursery() -> None:
    """The process that services are started from, with everything imported; making it takes seconds, once."""
    service.warm_up()


@pytest.fixture
async def chaos(  # noqa: PLR0917  fixtures are asked for by their names
    request: pytest.FixtureRequest,
    nursery: None,
    open_folder: Path,
    database_url: DatabaseUrl,
    topic_prefix: str,
    kafka: Kafka,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Chaos]:
    option = request.config.getoption
    full, seed = option("--full"), option("--seed")
    async with AsyncExitStack() as stack:
        yield Chaos(
            full=full,
            seed=seed or (random.randrange(1_000_000) if full else 1),  # noqa: S311
            sabotage=(option("--sabotage"),) if option("--sabotage") else (),
            folder=open_folder,
            database_url=database_url,
            prefix=topic_prefix,
            kafka=kafka,
            patch=monkeypatch,
            stack=stack,
        )


def balances(ledger: Ledger) -> None:
    """Show the ledger, and raise it if a promise was broken."""
    print(f"\n{ledger}")  # noqa: T201
    book.note(ledger)
    ledger.check()


def goes_red(ledger: Ledger, *promises: str, at_rest: bool = False) -> None:
    """Taking away the guard has broken one of these promises: so the scenario can fail.

    Args:
        at_rest: the services must have ended their work besides; one that cannot work at all keeps no promise either.
    """
    print(f"\n{ledger}")  # noqa: T201
    broken = ledger.violations().keys()
    assert not at_rest or "comes_to_rest" not in broken, f"more is gone than the guard:\n{ledger}"
    assert broken & set(promises), f"the guard is gone, and none of {promises} is broken:\n{ledger}"
