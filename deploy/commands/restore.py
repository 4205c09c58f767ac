"""`registan restore`: put a backup back, and say so when the registry is not what it was."""

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.commands.database import database_here, person_keys_here
from deploy.commands.kafka import bus_here
from deploy.local.home import Home

if TYPE_CHECKING:
    from services.registry.models import PersonKeys
    from services.registry.usecases.raise_epoch import NewEpoch

app = typer.Typer()


@app.command()
def restore(
    folder: Annotated[Path | None, typer.Argument(help="What `registan backup` has written.")] = None,
    new_epoch: Annotated[
        bool, typer.Option("--new-epoch", help="The database is an older one: tell subscribers so, above all versions.")
    ] = False,
    new_person_keys: Annotated[
        bool, typer.Option("--new-person-keys", help="The secret of person keys is lost: go on with the present one.")
    ] = False,
) -> None:
    """Put a backup back while nothing runs; or accept that the registry is older, or has another secret, than before.

    See docs/operations.md.
    """
    if not folder and not new_epoch and not new_person_keys:
        raise typer.BadParameter("name a backup, or say what has happened: --new-epoch or --new-person-keys")
    if folder:
        _put_back(folder)
    if not new_epoch and not new_person_keys:
        return
    if new_person_keys:
        asyncio.run(accept_person_keys())
        print("The present secret is the one of this database from now on. Known persons count as new.")
        print("Start the registry, and run `registan republish`, so that mails find people by their new keys.")
    if new_epoch:
        _tell(asyncio.run(_raise(person_keys_here())))


def _put_back(folder: Path) -> None:
    from deploy import backups

    home = Home.here()
    backups.require_whole(folder)
    with backups.databases_at_rest(home) as urls:
        if not os.environ.get("REGISTAN_PERSON_KEY_SECRET_FILE"):
            backups.put_secrets_back(folder, home)
        backups.put_back(folder, urls)
    print(f"{folder} is put back. All sending is held until somebody looks at what waits (page Messages).")
    print("Start Registan. Where Kafka was lost as well: `registan republish --whole`; else `registan republish`.")


def _tell(done: "NewEpoch") -> None:
    print(f"This is epoch {done.epoch}: {done.raised} states are told again, above all versions ever published;")
    print(f"{done.ended} accounts and addresses that this database does not know are ended everywhere.")
    for one in done.unknown:
        print(f"unknown here  {one.topic}  {one.key}  version {one.sequence}")
    if done.unknown:
        print(
            f"{len(done.unknown)} were recorded after the backup, and others still hold them: `registan settle` lists "
            "them, and keeps or withdraws each."
        )
    print("Now start the registry.")


async def accept_person_keys() -> None:
    """Take the present secret of person keys for the one of this database."""
    from services.registry.models import Installation

    keys = person_keys_here()
    database = database_here("registry")
    try:
        async with database.transaction() as session:
            installation = await session.get_one(Installation, 1, with_for_update=True)
            installation.person_keys = keys.own_fingerprint()
    finally:
        await database.close()


async def _raise(keys: "PersonKeys") -> "NewEpoch":
    from services.registry.usecases.raise_epoch import raise_epoch
    from shared.clock import SystemClock

    database = database_here("registry")
    try:
        return await raise_epoch(database, bus_here("registry"), keys, clock=SystemClock())
    finally:
        await database.close()
