"""`registan settle`: what was recorded after a backup that had to be restored, kept or withdrawn by a person."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from deploy.commands.database import database_here, person_keys_here
from deploy.commands.kafka import bus_here

if TYPE_CHECKING:
    from services.registry.usecases.settle import Unsettled

app = typer.Typer()


@app.command()
def settle(
    decision: Annotated[Literal["keep", "withdraw"] | None, typer.Argument(help="Without it, list them.")] = None,
    keys: Annotated[list[str] | None, typer.Argument(metavar="[KEY]...", help="As they are listed.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All that are listed.")] = False,
) -> None:
    """List what others hold and a restored registry does not know; keep it, or withdraw it so that nobody counts it.

    After `registan restore --new-epoch`. Kept or withdrawn, it is in the registry again.
    """
    if decision and bool(keys) == every:
        raise typer.BadParameter("name the keys, or say --all")
    found = asyncio.run(_settle(decision, keys or [], every))
    if decision:
        print(f"{len(found)} {'kept' if decision == 'keep' else 'withdrawn'}.")
        return
    for one in found:
        print(f"{one.noun.path:<14} {one.key:<38} version {one.sequence:<4} {_shown(one)}")
    print(f"{len(found)} to settle: registan settle keep|withdraw KEY…" if found else "Nothing to settle.")


def _shown(one: "Unsettled") -> str:
    said = one.state.model_dump()
    name = said.get("title") or said.get("name") or {}
    return "  ".join(str(part) for part in (said.get("status"), said.get("code"), *list(name.values())[:1]) if part)


async def _settle(
    decision: 'Literal["keep", "withdraw"] | None', keys: Sequence[str], every: bool
) -> "Sequence[Unsettled]":
    from services.registry.usecases.settle import settle as take_back
    from services.registry.usecases.settle import unsettled
    from shared.clock import SystemClock
    from shared.identity import SYSTEM

    person_keys = person_keys_here()
    database = database_here("registry")
    try:
        found = await unsettled(database, bus_here("registry"), person_keys)
        if decision is None:
            return found
        if wrong := set(keys) - {one.key for one in found}:
            raise typer.BadParameter(
                f"{', '.join(sorted(wrong))} is not to be settled: `registan settle` lists what is"
            )
        chosen = [one for one in found if every or one.key in keys]
        await take_back(database, chosen, decision, keys=person_keys, actor=SYSTEM, clock=SystemClock())
        return chosen
    finally:
        await database.close()
