"""`registan persons`: who is due to be erased, and everything that is kept of a person; names go into files alone."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from uuid import UUID

import typer

from deploy.commands.database import database_here, person_keys_here

if TYPE_CHECKING:
    from services.registry.models import PersonKeys, Programme
    from services.registry.usecases.persons.due import Due
    from shared.database import Session

app = typer.Typer(help="The people in the vault, by their ids.", no_args_is_help=True)

T = TypeVar("T")
OfProgramme = Annotated[str, typer.Option("--programme", help="Its code; without it, all programmes.")]


@app.command()
def due(
    programme: OfProgramme = "", as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False
) -> None:
    """List the ids of those whose names have been kept for as long as their programme keeps names."""
    found = _in_registry(lambda session, _keys: _all_due(session, programme))
    if as_json:
        print(json.dumps([_as_json(each, people) for each, people in found], indent=2))
        return
    for each, people in found:
        print(f"{each.code}: {_period(each)}{f'; {len(people)} due' if each.names_kept_years else ''}.")
        for person in people:
            print(f"  {person.person_id}  last day {person.last_day}  due since {person.due_since}")


@app.command("erase-due")
def erase_due(
    programme: OfProgramme = "",
    expected: Annotated[
        int | None, typer.Option(min=0, help="Do not ask; erase if it is this many people, and else nothing.")
    ] = None,
) -> None:
    """Erase those who are due, after saying how many there are. It cannot be taken back."""
    found = [
        (each, people) for each, people in _in_registry(lambda session, _keys: _all_due(session, programme)) if people
    ]
    many = sum(len(people) for _each, people in found)
    for each, people in found:
        print(f"{each.code}: {_period(each)}; {len(people)} due, the longest since {people[0].due_since}.")
    if expected is not None and expected != many:
        raise typer.BadParameter(f"{many} are due: nobody was erased.", param_hint="--expected")
    if not many:
        print("Nobody is due.")
        return
    if expected is None:
        typer.confirm(f"Erase {many} for ever? What is left are numbers.", abort=True)
    erased = _in_registry(lambda session, keys: _erase(session, keys, found))
    print(f"{erased} erased.")


@app.command()
def export(
    person: Annotated[UUID, typer.Argument(help="The id, as it stands in the address of their page.", metavar="ID")],
    to: Annotated[Path, typer.Option("--to", help="A file to be made, which only you can read.", metavar="FILE")],
) -> None:
    """Write everything that is kept of a person into a file, for the person who asks for it."""
    from services.registry.usecases.persons.export import export_person
    from shared.clock import SystemClock
    from shared.identity import SYSTEM

    kept = _in_registry(
        lambda session, keys: export_person(session, person, actor=SYSTEM, clock=SystemClock(), keys=keys)
    )
    mails = asyncio.run(_mails(kept.person_keys))
    whole = {"registry": kept.model_dump(mode="json"), "notifications": mails}
    try:
        with os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(whole, file, ensure_ascii=False, indent=2)
    except FileExistsError:
        raise typer.BadParameter(f"{to} is there already: name another file.", param_hint="--to") from None
    print(
        f"Written to {to}: {len(kept.registrations)} registrations, {sum(len(each['mails']) for each in mails)} mails."
    )


def _in_registry(work: "Callable[[Session, PersonKeys], Awaitable[T]]") -> T:
    """Do something in one transaction on the registry's database, with the secret of person keys."""

    async def run(keys: "PersonKeys") -> T:
        database = database_here("registry")
        try:
            async with database.transaction() as session:
                return await work(session, keys)
        finally:
            await database.close()

    return asyncio.run(run(person_keys_here()))


async def _all_due(session: "Session", code: str) -> "list[tuple[Programme, list[Due]]]":
    """Each programme with those who are due in it."""
    from services.registry.models import Programme, existing
    from services.registry.usecases.persons.due import due_persons
    from services.registry.usecases.programmes.find import programmes
    from shared.clock import SystemClock
    from shared.identity import SYSTEM

    asked = [await existing(session, Programme, code, actor=SYSTEM)] if code else await programmes(session, SYSTEM)
    today = SystemClock().now().date()
    return [(each, list(await due_persons(session, each, today=today))) for each in asked]


async def _erase(session: "Session", keys: "PersonKeys", found: "list[tuple[Programme, list[Due]]]") -> int:
    from services.registry.usecases.persons.due import EraseDue, erase_due
    from shared.clock import SystemClock
    from shared.identity import SYSTEM

    erased = 0
    for programme, people in found:
        command = EraseDue(programme=programme.code, expected=len(people))
        erased += len(await erase_due(session, command, actor=SYSTEM, clock=SystemClock(), keys=keys))
    return erased


async def _mails(person_keys: list[str]) -> list[dict[str, Any]]:
    """What the person was told, under each of their keys that notifications knows."""
    from services.notifications.deliveries.personal import PersonUnknown, mails_of_person
    from shared.identity import SYSTEM

    database = database_here("notifications")
    told = []
    try:
        for key in person_keys:
            async with database.transaction() as session:
                try:
                    told.append((await mails_of_person(session, key, actor=SYSTEM)).model_dump(mode="json"))
                except PersonUnknown:
                    continue
    finally:
        await database.close()
    return told


def _period(programme: "Programme") -> str:
    years = programme.names_kept_years
    if years is None:
        return "names are kept until somebody erases them"
    return f"names are kept for {years} year{'s' if years > 1 else ''} after the last activity"


def _as_json(programme: "Programme", people: "list[Due]") -> dict[str, Any]:
    return {
        "programme": programme.code,
        "names_kept_years": programme.names_kept_years,
        "due": [
            {"person_id": str(each.person_id), "last_day": str(each.last_day), "due_since": str(each.due_since)}
            for each in people
        ],
    }
