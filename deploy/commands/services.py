"""`registan service` and `registan migrate`: what an image runs in production, and what `registan up` runs here."""

from typing import Annotated, Literal

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
    topics: Annotated[
        Literal["manage", "check", "skip"],
        typer.Option(help="Make topics and keep their settings; only say what differs, with exit code 1; or neither."),
    ] = "manage",
) -> None:
    """Bring databases and topics up to date. Safe to repeat."""
    from deploy.migration import make_topics, migrate_database

    names = SERVICES if only is None else (only,)
    for name in names:
        migrate_database(name)
        print(f"{name}: the database is up to date")
    if topics == "skip":
        return
    done = make_topics(*names, only_look=topics == "check")
    if topics == "manage":
        print(f"topics are up to date: {len(done.missing)} made, {len(done.differing)} changed")
        return
    for topic in done.missing:
        print(f"topic {topic} is missing")
    for topic, settings in done.differing.items():
        print(f"topic {topic} needs {', '.join(f'{setting}={value}' for setting, value in sorted(settings.items()))}")
    if done.missing or done.differing:
        raise typer.Exit(1)
    print("topics are as they must be")
