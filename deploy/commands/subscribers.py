"""`registan subscribers`: systems of other programmes that read topics over HTTP. A token is printed once."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.commands.users import AsJson, in_registry, read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from services.registry.models.feed import Subscriber
    from shared.database import Session
    from shared.settings import ServiceSettings

app = typer.Typer(help="Systems of other programmes that read topics.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The system that reads.")]


@app.command()
def add(
    name: Name,
    topic: Annotated[list[str], typer.Option(help="A public topic that it may read; may be repeated.")],
    contact: Annotated[str, typer.Option(help="The mail address that is told of changes.")],
) -> None:
    """Let a subscriber in and print its token, this once."""
    from services.registry.models.feed import AddSubscriber
    from services.registry.usecases.subscribers.add import add_subscriber
    from shared.clock import SystemClock
    from shared.identity import SYSTEM

    command = read(AddSubscriber, name=name, topics=topic, contact=contact)

    async def work(session: "Session", _settings: "ServiceSettings") -> str:
        return (await add_subscriber(session, command, actor=SYSTEM, clock=SystemClock()))[1]

    print(in_registry(work))


@app.command("list")
def list_subscribers(as_json: AsJson = False) -> None:
    """Who reads what; never their tokens."""
    from services.registry.usecases.subscribers.find import list_subscribers as all_of_them

    async def work(session: "Session", _settings: "ServiceSettings") -> "Sequence[Subscriber]":
        return await all_of_them(session)

    found = in_registry(work)
    if as_json:
        rows = [subscriber.model_dump(mode="json", exclude={"secret_hash"}) for subscriber in found]
        print(json.dumps(rows, ensure_ascii=False))
        return
    for subscriber in found:
        state = f"revoked {subscriber.revoked_at:%Y-%m-%d}" if subscriber.revoked_at else subscriber.contact
        print(f"{subscriber.name:<32} {state or '':<32} {', '.join(subscriber.topics)}")
    if not found:
        print("None yet. Let one in with: registan subscribers add NAME --topic registan.activities.v1 --contact …")


@app.command()
def revoke(name: Name) -> None:
    """Let a subscriber read nothing more; streams that are open end within seconds."""
    from services.registry.usecases.subscribers.revoke import revoke_subscriber
    from shared.clock import SystemClock
    from shared.identity import SYSTEM

    in_registry(lambda session, _settings: revoke_subscriber(session, name, actor=SYSTEM, clock=SystemClock()))
    print(f"{name} is revoked.")
