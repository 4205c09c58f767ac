"""A service as a value: what it serves, what it listens to, what it runs; and the one function that runs it.

Everything that runs beside the web server is a `Runner`. A runner that fails is started again with growing pauses, so
that a service survives the absence of Kafka or PostgreSQL; whether it can do its work is what `/readyz` says.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog

from shared.database import Database
from shared.settings import ProcessRole, ServiceSettings

log = structlog.get_logger()

Check = Callable[[], Awaitable[object]]
"""A readiness check: returns when all is well, raises with a sentence when not."""

STOP_WITHIN = 25.0  # seconds; DESIGN: SIGTERM to exit
_LONGEST_PAUSE = 30.0


class Runner(Protocol):
    """Something that works beside the web server until it is told to stop."""

    @property
    def name(self) -> str: ...

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; finish what is begun, then return. Raising means: start me again later."""


@dataclass(frozen=True)
class Service:
    """What a service is made of; each `services/*/app.py` builds one.

    Attributes:
        settings: its settings, name and port among them.
        database: its own database.
        http: FastAPI routers, mounted under `/<name>`.
        listens: consumers of topics; they run in the role `worker`.
        runs: relays, senders and the like; they run in the role `worker`.
        watches: runners that pages need in the same process (live figures); they run in the role `web`.
        ready: checks behind `/readyz`, by the name of what they check; the service cannot work without.
        without: checks of what it can do without for a while, as everybody can without Kafka; `/readyz` names what is
            missing and stays 200, because taking the service away would help nobody.
        state: what the routers need, reachable as `request.app.state.<name>`.
    """

    settings: ServiceSettings
    database: Database
    http: Sequence[Any] = ()
    listens: Sequence[Runner] = ()
    runs: Sequence[Runner] = ()
    watches: Sequence[Runner] = ()
    ready: Mapping[str, Check] = field(default_factory=dict)
    without: Mapping[str, Check] = field(default_factory=dict)
    state: Mapping[str, object] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.settings.name

    def runners(self, role: ProcessRole) -> list[Runner]:
        workers = [*self.listens, *self.runs] if role in ("worker", "all") else []
        return [*workers, *(self.watches if role in ("web", "all") else ())]


async def supervise(runner: Runner, stop: asyncio.Event) -> None:
    """Keep a runner running until `stop` is set."""
    pause = 0.5
    while not stop.is_set():
        try:
            await runner.run(stop)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            log.exception("runner_failed", runner=runner.name, error=type(error).__name__, again_in_seconds=pause)
            await wait(stop, pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
        else:
            pause = 0.5


async def wait(stop: asyncio.Event, seconds: float) -> bool:
    """Wait for `stop`, at most so long. True when it was set."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return False
    return True


async def run(service: Service, role: ProcessRole) -> None:
    """Run a service until SIGTERM or SIGINT, then stop it in order within 25 seconds.

    First the runners finish what they have begun (a batch, a mail), while the web server still answers; then the server
    closes, then the database.
    """
    from shared.web.server import serve  # noqa: PLC0415  the web layer is needed only where something is served

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    stop_server = asyncio.Event()
    server = asyncio.create_task(serve(service, role, stop_server))
    server.add_done_callback(lambda _: stop.set())
    runners = [asyncio.create_task(supervise(runner, stop), name=runner.name) for runner in service.runners(role)]
    log.info("service_started", service=service.name, role=role, port=service.settings.port)
    await stop.wait()
    log.info("service_stopping", service=service.name)
    if runners:
        _, late = await asyncio.wait(runners, timeout=STOP_WITHIN - 5)
        for task in late:
            log.error("runner_did_not_stop", runner=task.get_name())
            task.cancel()
        await asyncio.gather(*runners, return_exceptions=True)
    stop_server.set()
    try:
        await server
    finally:
        await service.database.close()
        log.info("service_stopped", service=service.name)
