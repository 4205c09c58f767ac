"""`registan republish`: write to Kafka again what the registry holds."""

import asyncio
from typing import Annotated

import typer

from deploy.local.home import as_service

app = typer.Typer()


@app.command()
def republish(
    whole: Annotated[
        bool, typer.Option("--whole", help="Every event there ever was, not only the latest states.")
    ] = False,
) -> None:
    """Publish the registry's records again: the latest state of each, or with --whole every event of the journal.

    Subscribers ignore what they know, and nobody is written to again.
    """
    with as_service("registry"):
        count = asyncio.run(_republish(whole))
    print(f"\r{count} events wait in the outbox; the registry's relay sends them.")


async def _republish(whole: bool) -> int:
    from services.registry.settings import RegistrySettings
    from services.registry.usecases.republish import republish
    from shared.database import Database
    from shared.settings import load

    settings = load(RegistrySettings, "registry")
    database = Database(settings.database_url.get_secret_value())
    count = 0
    try:
        async for events in republish(database, settings.person_keys(), whole=whole):
            count += events
            print(f"\r{count} events", end="", flush=True)
    finally:
        await database.close()
    return count
