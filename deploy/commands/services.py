"""`registan service` and `registan migrate`: what an image runs in production, and what `registan up` runs here."""

from typing import Annotated

import typer

from shared.settings import SERVICES, ProcessRole, ServiceName

app = typer.Typer()


@app.command()
def service(
    name: Annotated[ServiceName, typer.Argument(help="Which service.")],
    role: Annotated[ProcessRole, typer.Option(help="web answers requests, worker listens and sends.")] = "all",
) -> None:
    """Run one service in the foreground, with the settings in the environment."""
    from deploy.service import run_service

    run_service(name, role)


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
    done = make_topics(*names)
    print(f"topics are up to date: {len(done.created)} made, {len(done.changed)} changed")
