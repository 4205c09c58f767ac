"""`registan dead-letters`: what could never be applied, why, and what to do with it."""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.commands.database import database_here
from deploy.commands.kafka import bus_here
from shared.settings import SERVICES, ServiceName

if TYPE_CHECKING:
    from shared.bus.dead_letters import DeadLetter

app = typer.Typer(help="Records that could never be applied.", no_args_is_help=True)

Group = Annotated[str, typer.Argument(help="The consumer group that gave it up, as `list` shows it.")]
Topic = Annotated[str, typer.Argument(help="Its topic, as `list` shows it.")]
Letter = Annotated[int | None, typer.Argument(help="Its number, as `list` shows it.")]
All = Annotated[bool, typer.Option("--all", help="Each open letter of this group and topic.")]


@app.command("list")
def list_letters(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """The open dead letters of all groups, oldest first."""
    found = asyncio.run(_all_open())
    if as_json:
        print(json.dumps([_plain(letter) for letter in found], ensure_ascii=False))
        return
    for letter in found:
        print(f"{letter.group:<20} {letter.topic:<26} {letter.letter:>6}  {letter.at:%Y-%m-%d %H:%M}  {letter.reason}")
    print(f"{len(found)} open." if found else "No dead letters.")


@app.command()
def show(group: Group, topic: Topic, letter: Letter) -> None:
    """One letter with its bytes, its headers and the reason."""
    for chosen in asyncio.run(_chosen(group, topic, letter, every=False)):
        for name, value in _plain(chosen).items():
            print(f"{name:<10} {value}")


@app.command()
def retry(group: Group, topic: Topic, letter: Letter = None, every: All = False) -> None:
    """Let the group that gave it up have it again, after the cause is mended."""
    from shared.bus import dead_letters

    async def work() -> int:
        chosen = await _chosen(group, topic, letter, every)
        for one in chosen:
            await dead_letters.retry(bus_here("settler"), one)
        return len(chosen)

    print(f"{asyncio.run(work())} sent again.")


@app.command()
def discard(group: Group, topic: Topic, letter: Letter = None, every: All = False) -> None:
    """Close a letter. Its bytes stay on the dead-letter topic."""
    from shared.bus import dead_letters

    async def work() -> int:
        chosen = await _chosen(group, topic, letter, every)
        for one in chosen:
            await dead_letters.discard(bus_here("settler"), one)
        return len(chosen)

    print(f"{asyncio.run(work())} discarded.")


@app.command()
def resume(group: Group) -> None:
    """Let a consumer go on that the flood guard has paused."""
    name = group.split(".", maxsplit=1)[0]
    if name not in SERVICES:
        raise typer.BadParameter(f"a group's name starts with its service: {', '.join(SERVICES)}")
    print("It goes on." if asyncio.run(_resume(name, group)) else "It was not paused.")


async def _resume(service: ServiceName, group: str) -> bool:
    from shared.bus.flood_guard import resume as lift

    database = database_here(service)
    try:
        return await lift(database, group)
    finally:
        await database.close()


async def _all_open() -> "list[DeadLetter]":
    from shared.bus import dead_letters

    bus = bus_here("settler")
    found: list[DeadLetter] = []
    for topic, group in await dead_letters.places(bus):
        found += await dead_letters.open_letters(bus, topic=topic, group=group)
    return sorted(found, key=lambda letter: letter.at)


async def _chosen(group: str, topic: str, number: int | None, every: bool) -> "list[DeadLetter]":
    from shared.bus import dead_letters

    if (number is None) != every:
        raise typer.BadParameter("name one letter by its number, or say --all")
    found = await dead_letters.open_letters(bus_here("settler"), topic=topic, group=group)
    chosen = [letter for letter in found if every or letter.letter == number]
    if not chosen:
        raise typer.BadParameter(f"no such open letter of {group} on {topic}: see `registan dead-letters list`")
    return chosen


def _plain(letter: "DeadLetter") -> dict[str, object]:
    """What a person or a program can read; bytes that are no text are shown escaped."""

    def text(raw: bytes | None) -> str | None:
        return None if raw is None else raw.decode(errors="backslashreplace")

    headers: Iterable[tuple[str, bytes | None]] = letter.headers
    return asdict(letter) | {
        "key": text(letter.key),
        "value": text(letter.value),
        "headers": {name: text(raw) for name, raw in headers},
        "at": letter.at.isoformat(),
    }
