"""`registan simulate`: an invented programme of any size, to practise with and to measure by."""

import asyncio
import time
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.local.home import as_service

if TYPE_CHECKING:
    from services.registry.simulation.simulate import Written

app = typer.Typer()

_EVERY = 0.5  # seconds between two lines of progress


@app.command()
def simulate(
    activities: Annotated[int, typer.Option(min=1, help="How many activities to invent.")] = 100,
    registrations: Annotated[int, typer.Option(min=0, help="How many registrations for them.")] = 2500,
    rate: Annotated[
        float | None, typer.Option(min=0.01, help="Changes a second, as if they happened now; else all of the past.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed invents the same.")] = 1,
    addresses: Annotated[
        bool, typer.Option("--addresses", help="Give people addresses at example.org, so that mails go out.")
    ] = False,
) -> None:
    """Write a made-up history into the programme SAMPLE, which is never counted with real ones.

    Nobody gets a mail, unless people have addresses and things happen now (--addresses --rate).
    """
    began = time.monotonic()
    with as_service("registry"):
        written = asyncio.run(_simulate(activities, registrations, rate, seed, addresses=addresses))
    took = time.monotonic() - began
    print(f"\r{_line(written)} into SAMPLE in {took:.1f} s ({written.events / took:.0f} events/s)")


async def _simulate(
    activities: int, registrations: int, rate: float | None, seed: int, *, addresses: bool
) -> "Written":
    from services.registry.settings import RegistrySettings
    from services.registry.simulation.simulate import Written, simulate
    from shared.database import Database
    from shared.settings import load

    settings = load(RegistrySettings, "registry")
    database = Database(settings.database_url.get_secret_value())
    written, shown = Written(), 0.0
    try:
        async for written in simulate(
            database,
            settings.person_keys(),
            activities=activities,
            registrations=registrations,
            rate=rate,
            seed=seed,
            addresses=addresses,
        ):
            if time.monotonic() - shown > _EVERY:
                shown = time.monotonic()
                print(f"\r{_line(written)} of {activities} and {registrations}", end="", flush=True)
    finally:
        await database.close()
    return written


def _line(written: "Written") -> str:
    return f"{written.activities} activities, {written.registrations} registrations, {written.events} events"
