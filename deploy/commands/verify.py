"""`registan verify` and `registan rebuild`: are reporting's facts what happened, and if not, rebuild them."""

import asyncio
import json
import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.commands.database import database_here

if TYPE_CHECKING:
    from services.reporting.facts.checking import Verdict
    from services.reporting.facts.staging import History, Progress

app = typer.Typer()
_SHOWN = 20


@app.command()
def verify(
    patience: Annotated[float, typer.Option(help="Seconds to wait for events that are on their way.")] = 10.0,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Compare reporting's facts with those that follow from the registry's journal. Exit code 1 if they differ."""
    verdict = asyncio.run(_verify(patience, quiet=as_json))
    if as_json:
        print(json.dumps(_as_json(verdict)))
    elif not verdict.differences:
        print(f"The facts are what {verdict.events} events say. Hash {verdict.live}")
    else:
        for difference in verdict.differences[:_SHOWN]:
            print(f"{difference.fact} {difference.key}: {difference.what}")
        more = len(verdict.differences) - _SHOWN
        if more > 0:
            print(f"… and {more} more")
        print(f"The facts differ from the journal ({verdict.events} events): `registan rebuild reporting` mends them.")
    if verdict.differences:
        raise typer.Exit(1)


@app.command()
def rebuild(
    service: Annotated[str, typer.Argument(help="reporting: the only service whose state is derived.")],
) -> None:
    """Rebuild a service's facts from the whole history, while its readers read on."""
    if service != "reporting":
        raise typer.BadParameter("only reporting is rebuilt; notifications would have to forget what it has sent")
    began = time.monotonic()
    events = asyncio.run(_rebuild())
    print(f"{events} events in {time.monotonic() - began:.1f} s; the facts are new.")


async def _verify(patience: float, *, quiet: bool) -> "Verdict":
    from deploy.histories import Journal
    from services.reporting.facts.checking import verify

    reporting, registry = database_here("reporting"), database_here("registry")
    try:
        return await verify(reporting, Journal(registry), _progress(quiet=quiet), patience)
    finally:
        await reporting.close()
        await registry.close()


async def _rebuild() -> int:
    from services.reporting.facts.checking import rebuild

    reporting = database_here("reporting")
    try:
        return await rebuild(reporting, await _history(), _progress(quiet=False))
    finally:
        await reporting.close()


async def _history() -> "History":
    """The journal where it can be reached, else the topics."""
    from deploy.commands.kafka import bus_here
    from deploy.histories import Journal, Topics
    from deploy.local.errors import PlatformError
    from shared.database import is_temporary
    from shared.settings import WrongSettings

    try:
        registry = database_here("registry")
        await registry.ping()
    except Exception as error:
        if not isinstance(error, WrongSettings | PlatformError) and not is_temporary(error):
            raise
        print("The registry's journal is out of reach: reading the topics.", file=sys.stderr)
        return Topics(bus_here("reporting"))
    return Journal(registry)


def _progress(*, quiet: bool) -> "Progress":
    def tell(events: int) -> None:
        if not quiet and sys.stderr.isatty():
            print(f"\r{events} events", end="", file=sys.stderr, flush=True)

    return tell


def _as_json(verdict: "Verdict") -> dict[str, object]:
    return {
        "agrees": not verdict.differences,
        "events": verdict.events,
        "live": verdict.live,
        "expected": verdict.expected,
        "differences": [{"fact": d.fact, "key": d.key, "what": d.what} for d in verdict.differences],
    }
