"""`registan up`: the whole of Registan on this machine, started in order, kept running, and stopped in order.

PostgreSQL and Kafka are started unless the environment names others; then databases, the mailbox, one process per
service, and topics. Services start while Kafka still does, as they can anywhere; all is ready when they have joined it.
This process does no work of its own: it waits, starts again what dies, and tells the person.
"""

import os
import signal
import sys
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from types import FrameType

from rich.console import Console

from deploy.local.environment import (
    KAFKA,
    PREFIX,
    SMTP,
    environment_for,
    given_database_url,
    given_kafka,
    kafka_variables,
)
from deploy.local.home import Home, Part, State
from deploy.local.kafka import Kafka
from deploy.local.leftovers import claim_port, end_leftovers
from deploy.local.mailbox import Mailbox
from deploy.local.ports import port_of
from deploy.local.postgres import ADMINISTRATOR, Postgres
from deploy.local.process import Child, Footprint
from deploy.local.readiness import away_from, lives_at, missing_at
from deploy.local.steps import ASKED, DATABASES, PROJECT, Step
from deploy.local.watched import Watched
from deploy.permissions import PRINCIPALS, Principal
from shared.settings import SERVICES, ServiceName

SETTLE = 15.0  # seconds for services to join Kafka; one that is paused by its flood guard never does
GRACE = 25.0  # seconds a service has to finish its batch and to leave its group


class StopAsked(BaseException):
    """Ctrl-C or SIGTERM: raised wherever the supervisor is, so that every wait ends at once."""


@dataclass
class Supervisor:
    """One run of an installation, from its start to its stop."""

    home: Home
    console: Console
    without: Collection[str] = ()
    empty: bool = False
    _begun: float = field(default_factory=time.monotonic)
    _postgres: Postgres | None = None
    _kafka: Kafka | None = None
    _mailbox: Mailbox | None = None
    _services: dict[ServiceName, Child] = field(default_factory=dict)
    _environments: dict[Principal, dict[str, str]] = field(default_factory=dict)
    _unwritten: str = ""  # why state.json is older than what runs

    def run(self) -> None:
        """Start everything, keep it running until asked to stop, stop everything.

        Raises:
            PlatformError: something did not start; what had started is stopped.
        """
        self.home.prepare()
        with self.home.held():
            try:
                with _stop_on_signals():
                    end_leftovers(self.home, self._say)
                    self._start()
                    self._watch()
            except StopAsked:
                self._say("stopping")
            finally:
                self._stop()

    def _start(self) -> None:
        databases = {service: given_database_url(service) for service in SERVICES}
        for service in SERVICES:
            claim_port(self.home, service, port_of(service), self._say)
        if None in databases.values():
            self._start_postgres()
        if not os.environ.get(KAFKA):
            self._start_kafka()
        for service, given in databases.items():
            self._environments[service] = environment_for(
                service,
                self.home,
                database_url=given or self._make_database(service),
                kafka=self._reach_kafka(service),
            )
        for principal in PRINCIPALS:
            self._environments.setdefault(principal, self._reach_kafka(principal))
        preparation = self._prepare()
        if not os.environ.get(SMTP):
            self._start_mailbox()
        preparation.reach(DATABASES)
        self._say(DATABASES)
        self._start_services()
        if self._kafka:
            self._kafka.wait_until_ready()
            self.home.remember("kafka")
            self._say(f"Kafka is ready on port {self._kafka.port}")
        first_words = preparation.finish()
        self._say("topics are up to date")
        self._wait_for_services()
        self._welcome(first_words)
        self._note(ready=True)

    def _start_postgres(self) -> None:
        server = Postgres(
            self.home.folder / "postgres",
            self.home.logs / "postgres.log",
            port_of("postgres"),
            self.home.secrets.password(ADMINISTRATOR),
        )
        self._prepare_server("postgres", server)
        claim_port(self.home, "postgres", server.port, self._say)
        server.start()
        self._postgres = server
        server.wait_until_ready()
        self.home.remember("postgres")
        self._say(f"PostgreSQL is ready on port {server.port}")

    def _start_kafka(self) -> None:
        server = Kafka(
            self.home.folder / "kafka",
            self.home.logs / "kafka.log",
            port_of("kafka"),
            os.environ.get(PREFIX, ""),
            self.console,
        )
        claim_port(self.home, "kafka", server.port, self._say)
        self._prepare_server("kafka", server)
        server.start()
        self._kafka = server

    def _prepare_server(self, name: str, server: Postgres | Kafka) -> None:
        if name not in self.without:
            self.home.require(name, server.data)
        server.prepare()

    def _reach_kafka(self, principal: Principal) -> dict[str, str]:
        return kafka_variables(self._kafka.client(principal)) if self._kafka else given_kafka(principal)

    def _make_database(self, service: ServiceName) -> str:
        assert self._postgres
        password = self.home.secrets.password(service)
        self._postgres.grant_database(service, password)
        return self._postgres.url(service, service, password)

    def _prepare(self) -> Step:
        self._note()  # it reads there what the services are told
        asked = [*(["empty"] if self.empty else []), *self.without]
        told = {**os.environ, "REGISTAN_HOME": str(self.home.folder), ASKED: " ".join(asked)}
        return Step("preparation", "deploy.preparation", told, self.home.logs / "preparation.log")

    def _start_mailbox(self) -> None:
        port = port_of("mailbox")
        claim_port(self.home, "mailbox", port, self._say)
        self._mailbox = Mailbox(self.home.mailbox, port)
        self._mailbox.start()

    def _start_services(self) -> None:
        for service in SERVICES:
            self._services[service] = Child(
                name=service,
                command=(sys.executable, "-m", "deploy.service", service),
                log=self.home.logs / f"{service}.log",
                environment=self._environments[service],
                folder=PROJECT,
            )
            self._services[service].start()
        self._note()

    def _wait_for_services(self) -> None:
        """Until each is ready and does without nothing; one that still does after a while is named with what it is."""
        patience = time.monotonic() + SETTLE
        for service, child in self._services.items():
            port = port_of(service)
            child.wait_until(lambda port=port: missing_at(port), 120)  # type: ignore[misc]
            while (away := away_from(port)) and time.monotonic() < patience:
                time.sleep(0.05)
            self._say(f"{service} is ready on port {port}" + (f", but {away}" if away else ""))

    def _welcome(self, first_words: str) -> None:
        self._say("Registan is ready")
        for service in SERVICES:
            url = self._environments[service][f"REGISTAN_{service.upper()}_URL"]
            self._print(f"{service:<14}{url}/{service}/")
        for line in first_words.splitlines():
            self._print(line)
        self._print("logs: registan logs -f   state: registan status   stop: Ctrl-C, or registan down")

    def _watch(self) -> None:
        """Start again what dies, without end; only a signal leaves this loop."""
        servers = [(name, one) for name, one in (("postgres", self._postgres), ("kafka", self._kafka)) if one]
        self.without = ()  # what is lost from now on was not expected
        watched = [Watched(one.child, partial(self._prepare_server, name, one)) for name, one in servers]
        watched += [
            Watched(child, answers=partial(lives_at, port_of(service))) for service, child in self._services.items()
        ]
        while True:
            for one in watched:
                if said := one.look():
                    self._say(said)
                    self._unwritten = self._unwritten or "changed"
            if self._unwritten:
                self._note_when_there_is_room()
            time.sleep(0.2)

    def _note_when_there_is_room(self) -> None:
        try:
            self._note(ready=True)
        except OSError as error:
            if self._unwritten != str(error):
                self._say(f"what runs cannot be written down ({error}); it is tried again without end")
            self._unwritten = str(error)
        else:
            self._unwritten = ""

    def _stop(self) -> None:
        """Services first, all at once, so that they can still commit; then what they stand on."""
        services = self._services.values()
        for child in services:
            child.ask_to_stop()
        deadline = time.monotonic() + GRACE
        for child in services:
            if not child.wait(max(0.0, deadline - time.monotonic())):
                self._say(f"{child.name} did not stop within {GRACE:g} s and is killed")
                child.kill()
        if services:
            self._say("services have stopped")
        if self._mailbox:
            self._mailbox.stop()
        if self._kafka and self._kafka.learns:
            self._say("Kafka writes down what makes its next starts faster; this takes some seconds, once")
        for server in (self._kafka, self._postgres):
            if server and server.child.alive:
                server.stop()
                self._say(f"{server.child.name} has stopped")
        self.home.forget()

    def _note(self, *, ready: bool = False) -> None:
        """Write down what runs, for other terminals and for a start after a crash."""
        me = Footprint.of(os.getpid())
        parts = []
        for name, server in (("postgres", self._postgres), ("kafka", self._kafka)):
            if server:
                parts.append(Part(name=name, port=server.port, footprint=server.child.footprint))
        if self._mailbox:
            parts.append(Part(name="mailbox", port=self._mailbox.port, footprint=me))
        for service, child in self._services.items():
            parts.append(Part(name=service, port=port_of(service), footprint=child.footprint))
        told = {
            str(service): {name: value for name, value in environment.items() if name.startswith("REGISTAN_")}
            for service, environment in self._environments.items()
        }
        self.home.write(State(supervisor=me, ready=ready, parts=parts, environments=told))

    def _say(self, line: str) -> None:
        self._print(line, f"{time.monotonic() - self._begun:6.1f} s")

    def _print(self, line: str, when: str = "") -> None:
        with suppress(OSError):  # its disk is full or its terminal gone; what is buffered goes out when it can
            print(f"{when:>8}  {line}", file=self.console.file, flush=True)


@contextmanager
def _stop_on_signals() -> Iterator[None]:
    """Turn the first signal to stop into StopAsked; further ones are ignored, because stopping is under way."""
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def ask(number: int, frame: FrameType | None) -> None:
        raise StopAsked

    for each in signals:
        signal.signal(each, ask)
    try:
        yield
    finally:
        for each in signals:
            signal.signal(each, signal.SIG_IGN)
