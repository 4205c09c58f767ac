"""`registan service` and `registan migrate`: what an image runs in production, and what `registan up` runs here."""

import asyncio
import gc
from importlib import import_module
from typing import TYPE_CHECKING, Annotated

import typer

from shared.settings import SERVICES, ProcessRole, ServiceName

if TYPE_CHECKING:
    from shared.service import Service

app = typer.Typer()


@app.command()
def service(
    name: Annotated[ServiceName, typer.Argument(help="Which service.")],
    role: Annotated[ProcessRole, typer.Option(help="web answers requests, worker listens and sends.")] = "all",
) -> None:
    """Run one service in the foreground, with the settings in the environment."""
    from shared.running import run
    from shared.telemetry import logs, traces

    gc.disable()
    built = _build(name)
    logs.configure(built.settings.log_format, built.settings.log_level, name)
    traces.configure(name)
    gc.freeze()  # what was loaded lives as long as the process: searching it for garbage would only take time
    gc.enable()
    asyncio.run(run(built, role))


@app.command()
def migrate(
    only: Annotated[ServiceName | None, typer.Argument(metavar="[SERVICE]", help="Only this service.")] = None,
) -> None:
    """Bring databases and topics up to date. Safe to repeat."""
    from deploy.migration import make_topics, migrate_database

    names = SERVICES if only is None else (only,)
    for name in names:
        migrate_database(name)
        print(f"{name}: the database is up to date")
    for name in names:
        done = make_topics(name)
        print(f"{name}: {len(done.created)} topics made, {len(done.changed)} changed")


def _build(name: ServiceName) -> "Service":
    """The service as its own `app.py` puts it together from its settings."""
    built: Service = import_module(f"services.{name}.app").build()
    return built
