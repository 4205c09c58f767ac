"""`registan up`, `down`, `status` and `logs`: the installation on this machine."""

import json
import os
import subprocess
import sys
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import psutil
import typer

from deploy.local.errors import NotInstalled, NotRunning, PlatformError
from deploy.local.home import Home

app = typer.Typer()

START_WITHIN = 600.0  # seconds; the first start fetches Kafka, however slow the network
STOP_WITHIN = 90.0


class Loss(StrEnum):
    """What one can go on without when it is gone for good."""

    postgres = "postgres"
    kafka = "kafka"
    person_key_secret = "person-key-secret"  # noqa: S105  the name of a file


class StillRunning(PlatformError):
    """Process {pid} has not stopped within {seconds:g} s. What it waits for is in {log}."""


class NoLog(PlatformError):
    """There is no log {name}. Logs of this installation: {known}."""


@app.command()
def up(
    detach: Annotated[bool, typer.Option("--detach", help="Return when all is ready, and leave it running.")] = False,
    empty: Annotated[bool, typer.Option("--empty", help="Begin without the example's records.")] = False,
    without: Annotated[
        list[Loss] | None,
        typer.Option(help="Go on although this was there and is gone for good."),
    ] = None,
) -> None:
    """Start everything on this machine: PostgreSQL, Kafka, databases, topics and the three services."""
    home = Home.here()
    if detach:
        _up_detached(home, [*(["--empty"] if empty else []), *(f"--without={lost}" for lost in without or ())])
        return
    from rich.console import Console

    try:
        from deploy.local.supervisor import Supervisor
    except ModuleNotFoundError as error:
        raise NotInstalled(module=error.name) from error

    Supervisor(home, Console(stderr=False), without or (), empty).run()


@app.command()
def down() -> None:
    """Stop everything, services first."""
    home = Home.here()
    state = home.running()
    if state is None:
        print(f"nothing runs from {home.folder}")
        return
    supervisor = state.supervisor.process()
    if supervisor:
        supervisor.terminate()
        try:
            supervisor.wait(STOP_WITHIN)
        except psutil.TimeoutExpired as error:
            raise StillRunning(pid=supervisor.pid, seconds=STOP_WITHIN, log=home.logs / "up.log") from error
    print("stopped")


@app.command()
def status(as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False) -> None:
    """What runs: process, port, memory and state of each part. Ends with 1 when something is not well."""
    from rich import print as print_rich

    from deploy.local.status import rows, table

    home = Home.here()
    state = home.running()
    if state is None and not as_json:
        raise NotRunning(home=home.folder)
    found = rows(state) if state else []
    if as_json:
        parts = [row.model_dump() for row in found]
        print(json.dumps({"home": str(home.folder), "ready": bool(state and state.ready), "parts": parts}, indent=2))
    else:
        print_rich(table(found))
    if not found or not all(row.well for row in found):
        raise typer.Exit(1)


@app.command()
def logs(
    name: Annotated[str | None, typer.Argument(metavar="[SERVICE]", help="A service, postgres or kafka.")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as lines are added, until Ctrl-C.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="How many lines to begin with.")] = 50,
) -> None:
    """Show the logs of this installation."""
    from deploy.local.tail import follow as follow_logs
    from deploy.local.tail import last_lines

    found = {path.stem: path for path in sorted(Home.here().logs.glob("*.log"))}
    if name is not None and name not in found:
        raise NoLog(name=name, known=", ".join(found) or "none yet")
    chosen = found if name is None else {name: found[name]}
    for which, path in chosen.items():
        for line in last_lines(path, lines):
            print(line if name else f"{which:<14}{line}")
    if follow:
        for which, line in follow_logs(chosen):
            print(line if name else f"{which:<14}{line}", flush=True)


def _up_detached(home: Home, options: list[str]) -> None:
    """Run `registan up` in a session of its own, and show what it says until it is ready."""
    home.prepare()
    log = home.logs / "up.log"
    with log.open("wb") as sink:
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "deploy.cli", "up", *options],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=Path(__file__).parents[2],
            env={**os.environ, "REGISTAN_HOME": str(home.folder), "PYTHONUNBUFFERED": "1", "COLUMNS": "200"},
        )
    deadline = time.monotonic() + START_WITHIN
    with log.open() as said:
        while True:
            state = home.running()
            ready = state is not None and state.ready and state.supervisor.pid == supervisor.pid
            ended = supervisor.poll() is not None
            print(said.read(), end="", flush=True)
            if ready:
                return
            if ended or time.monotonic() > deadline:
                raise typer.Exit(1)
            time.sleep(0.1)
