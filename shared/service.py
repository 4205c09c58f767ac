"""A service as a value: what it serves, what it listens to, what it runs, and what it cannot work without.

Everything that runs beside the web server is a `Runner`; `shared/running.py` runs them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from shared.database import Database
from shared.settings import ProcessRole, ServiceSettings

Check = Callable[[], Awaitable[object]]
"""A readiness check: returns when all is well, raises with a sentence when not."""


class CannotGoOn(Exception):
    """What the service stands on is not what it was, and a person has to decide: it ends, with this sentence."""


class Runner(Protocol):
    """Something that works beside the web server until it is told to stop."""

    @property
    def name(self) -> str: ...

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; finish what is begun, then return. Raising means: start me again later, unless it
        is `CannotGoOn`, which ends the service."""


class Hearing(Runner, Protocol):
    """A runner that listens to topics and can say whether it does."""

    async def ready(self) -> None:
        """Raises when nothing can come."""


@dataclass(frozen=True)
class Service:
    """What a service is made of; each `services/*/app.py` builds one.

    Attributes:
        settings: its settings, name and port among them.
        database: its own database.
        http: FastAPI routers, mounted under `/<name>`.
        listens: consumers of topics; they run in the role `worker`.
        runs: relays, senders and the like; they run in the role `worker`.
        always: runners of every role.
        watches: runners that pages need in the same process (live figures); they run in the role `web`.
        ready: checks behind `/readyz`, by the name of what they check; the service cannot work without.
        without: checks of what it can do without for a while, as everybody can without Kafka and without news;
            `/readyz` names what is missing and stays 200, because taking the service away would help nobody.
        static: the folder of its own static files, where it has some.
        state: what the routers need, reachable as `request.app.state.<name>`.
    """

    settings: ServiceSettings
    database: Database
    http: Sequence[Any] = ()
    listens: Sequence[Hearing] = ()
    runs: Sequence[Runner] = ()
    always: Sequence[Runner] = ()
    watches: Sequence[Runner] = ()
    ready: Mapping[str, Check] = field(default_factory=dict)
    without: Mapping[str, Check] = field(default_factory=dict)
    static: Path | None = None
    state: Mapping[str, object] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.settings.name

    def degrading(self, role: ProcessRole) -> dict[str, Check]:
        """What makes a process of this role degraded when it is missing; who does not listen misses no news."""
        hearing = {} if role == "web" else {one.name: one.ready for one in self.listens}
        return {**self.without, **hearing}

    def runners(self, role: ProcessRole) -> list[Runner]:
        workers = [*self.listens, *self.runs] if role in ("worker", "all") else []
        return [*self.always, *workers, *(self.watches if role in ("web", "all") else ())]


async def wait(stop: asyncio.Event, seconds: float, woken: asyncio.Event | None = None) -> bool:
    """Wait until `stop` is set, or `woken`, at most so long. True when told to stop."""
    waiting = [asyncio.create_task(event.wait()) for event in (stop, woken) if event is not None]
    try:
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
    return stop.is_set()
