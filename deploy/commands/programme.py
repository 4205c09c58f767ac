"""`registan import programme`: a programme's tree of phases and components from a file, with a dry run like any list.

The dry run does the work and takes it back, so it meets every rule that the real one meets.
"""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.commands.database import database_here

if TYPE_CHECKING:
    from services.registry.usecases.programmes.define import DefineProgramme

app = typer.Typer()


@app.command()
def programme(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", exists=True, dir_okay=False, readable=True, help="JSON, as the API takes it."),
    ],
    *,
    commit: Annotated[bool, typer.Option("--commit", help="Define it; without this, nothing is written.")] = False,
) -> None:
    """Say what a programme's definition would change; with --commit, define it."""
    from services.registry.usecases.programmes.define import read_programme

    command = read_programme(file)
    version, changes = asyncio.run(_define(command, commit))
    for line in changes:
        print(line)
    if not changes:
        print(f"{command.code} is defined like this already.")
    elif commit:
        print(f"{command.code} is defined: version {version}.")
    else:
        print("Nothing was written; --commit writes it.")


async def _define(command: "DefineProgramme", commit: bool) -> tuple[int, list[str]]:
    from services.registry.models import Programme
    from services.registry.usecases.programmes.define import ProgrammeTree, define_programme
    from shared.clock import SystemClock
    from shared.identity import SYSTEM

    def tree(programme: Any) -> dict[str, Any]:
        return ProgrammeTree.model_validate(programme, from_attributes=True).model_dump(mode="json")

    database = database_here("registry")
    try:
        async with database.transaction() as session:
            present = await session.get(Programme, command.code)
            before = tree(present) if present else {}
            defined = await define_programme(session, command, actor=SYSTEM, clock=SystemClock())
            changes, version = _differences(before, tree(defined)), defined.version
            if not commit:
                await session.rollback()
        return version, changes
    finally:
        await database.close()


def _differences(before: dict[str, Any], after: dict[str, Any], within: str = "") -> list[str]:
    """A line for each field that differs, and for each phase and component that comes, goes or differs."""
    lines = []
    for name, new in after.items():
        old = before.get(name)
        if name in ("phases", "components"):
            parts = [{part["code"]: part for part in side or ()} for side in (old, new)]
            what = name.removesuffix("s")
            for code in dict.fromkeys((*parts[0], *parts[1])):
                was, now = (side.get(code) for side in parts)
                part = f"{within}{what} {code}"
                if was is None:
                    lines.append(f"{part}: new")
                if now is None:
                    lines.append(f"{part}: taken away")
                lines += _differences(was or {}, now or {}, f"{part}, ")
        elif new != old and name != "code" and (before or new):
            lines.append(f"{within}{name}: {_said(old)} → {_said(new)}" if before else f"{within}{name}: {_said(new)}")
    return lines


def _said(value: Any) -> str:
    if value in (None, [], {}):
        return "nothing"
    if isinstance(value, dict):
        return "; ".join(f"{name} {_said(each)}" for name, each in value.items())
    return ", ".join(_said(each) for each in value) if isinstance(value, list) else str(value)
