"""`registan step`: what the buttons of the pages do, from the command line."""

import asyncio
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from deploy.local.home import as_service

if TYPE_CHECKING:
    from services.registry.models import Aggregate, PersonKeys
    from services.registry.usecases.steps import Step
    from shared.database import Session

app = typer.Typer()

_GIVEN = "NAME=VALUE"


@app.command()
def step(
    noun: Annotated[str, typer.Argument(help="activities, registrations or persons.")],
    key: Annotated[UUID, typer.Argument(help="The id, as it stands in the address of its page.", metavar="ID")],
    name: Annotated[str, typer.Argument(help="What is to be done, such as confirm, cancel, merge.", metavar="STEP")],
    given: Annotated[
        list[str] | None, typer.Argument(help="What the step is told: reason=…", metavar="NAME=VALUE")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Take a step in the life of an activity, a registration or a person: confirm, withdraw, merge, undo a merge …"""
    said = {}
    for each in given or ():
        field, equals, value = each.partition("=")
        if not equals:
            raise typer.BadParameter(
                f"'{each}' has no '=': write for example reason=\"No room\".", param_hint="NAME=VALUE"
            )
        said[field] = value
    done = _in_registry(noun, name, key, said)
    if as_json:
        print(json.dumps({"id": str(key), "step": name, "version": done.version}))
    else:
        print(f"Done: {name}. It is version {done.version} now.")


def _in_registry(noun: str, name: str, key: UUID, said: Mapping[str, str]) -> "Aggregate":
    from services.registry.settings import RegistrySettings
    from shared.database import Database
    from shared.settings import load

    async def run() -> "Aggregate":
        settings = load(RegistrySettings, "registry")
        database = Database(settings.database_url.get_secret_value())
        try:
            async with database.transaction() as session:
                if noun == "persons":
                    return await _of_a_person(session, name, key, said, settings.person_keys())
                return await _of_a_table(session, _steps(noun), name, key, said)
        finally:
            await database.close()

    with as_service("registry"):
        return asyncio.run(run())


def _steps(noun: str) -> "Mapping[str, Step]":
    from services.registry.usecases.activities.steps import STEPS as OF_ACTIVITIES
    from services.registry.usecases.registrations.steps import STEPS as OF_REGISTRATIONS

    nouns = {"activities": OF_ACTIVITIES, "registrations": OF_REGISTRATIONS}
    if noun not in nouns:
        raise typer.BadParameter(f"'{noun}' is none of: {', '.join(nouns)}, persons.", param_hint="NOUN")
    return {each.name: each for each in nouns[noun]}


async def _of_a_table(
    session: "Session", steps: "Mapping[str, Step]", name: str, key: UUID, said: Mapping[str, str]
) -> "Aggregate":
    from services.registry.usecases.steps import Taking
    from shared.clock import SystemClock
    from shared.identity import SYSTEM

    if name not in steps:
        raise typer.BadParameter(f"'{name}' is none of: {', '.join(steps)}.", param_hint="STEP")
    command = _read(lambda: Taking(key, steps[name].given.model_validate(said)))
    return await steps[name].take(session, command, actor=SYSTEM, clock=SystemClock())


async def _of_a_person(
    session: "Session", name: str, key: UUID, said: Mapping[str, str], keys: "PersonKeys"
) -> "Aggregate":
    from services.registry.usecases.persons.merge import (
        MergePersons,
        UndoPersonMerge,
        merge_persons,
        undo_person_merge,
    )
    from shared.clock import SystemClock
    from shared.identity import SYSTEM

    use_cases: dict[str, tuple[Any, Any]] = {
        "merge": (MergePersons, merge_persons),
        "undo-merge": (UndoPersonMerge, undo_person_merge),
    }
    if name not in use_cases:
        raise typer.BadParameter(f"'{name}' is none of: {', '.join(use_cases)}.", param_hint="STEP")
    kind, use_case = use_cases[name]
    command = _read(lambda: kind.model_validate({"person_id": key, **said}))
    done: Aggregate = await use_case(session, command, actor=SYSTEM, clock=SystemClock(), keys=keys)
    return done


def _read(reading: Any) -> Any:
    from pydantic import ValidationError

    try:
        return reading()
    except ValidationError as error:
        first = error.errors()[0]
        raise typer.BadParameter(
            f"{'.'.join(map(str, first['loc']))}: {first['msg']}", param_hint="NAME=VALUE"
        ) from None
