"""`registan service` and `registan migrate`: what an image runs in production, and what `registan up` runs here."""

import asyncio
import os
import time
from importlib import import_module
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.local.home import as_service
from shared.settings import SERVICES, ProcessRole, ServiceName

if TYPE_CHECKING:
    from shared.bus.kafka import Bus
    from shared.service import Service

app = typer.Typer()

PATIENCE = 20.0  # seconds


@app.command()
def service(
    name: Annotated[ServiceName, typer.Argument(help="Which service.")],
    role: Annotated[ProcessRole, typer.Option(help="web answers requests, worker listens and sends.")] = "all",
) -> None:
    """Run one service in the foreground, with the settings in the environment."""
    from shared.running import run
    from shared.telemetry import logs, traces

    built = _build(name)
    logs.configure(built.settings.log_format, built.settings.log_level, name)
    traces.configure(name)
    asyncio.run(run(built, role))


@app.command()
def migrate(
    only: Annotated[ServiceName | None, typer.Argument(metavar="[SERVICE]", help="Only this service.")] = None,
) -> None:
    """Bring databases and topics up to date. Safe to repeat."""
    from shared.database.migrations import migrate_now

    names = SERVICES if only is None else (only,)
    for name in names:
        with as_service(name):
            migrate_now(os.environ[f"REGISTAN_{name.upper()}_DATABASE_URL"], name)
        print(f"{name}: the database is up to date")
    for name in names:
        with as_service(name):
            made = asyncio.run(_make_topics(_build(name)))
        print(f"{name}: {made}")


async def _make_topics(service: "Service") -> str:
    """The public topics, and a dead-letter topic for each group and topic of this service."""
    from shared.bus.consumer import Listener
    from shared.bus.kafka import Bus
    from shared.bus.topics import reconcile

    bus = Bus(service.settings.kafka)
    groups = [(one.group, topic) for one in service.listens if isinstance(one, Listener) for topic in one.topics]
    await _patiently(bus)
    done = await reconcile(bus, groups)
    return f"{len(done.created)} topics made, {len(done.changed)} changed"


async def _patiently(bus: "Bus") -> None:
    """Wait for Kafka, which is often started together with this command and is the slower of the two."""
    from shared.bus.kafka import KafkaAway

    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return await bus.ping()
        except KafkaAway:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.1)


def _build(name: ServiceName) -> "Service":
    """The service as its own `app.py` puts it together from its settings."""
    built: Service = import_module(f"services.{name}.app").build()
    return built
