"""`registan users`: accounts, from where nobody has to be signed in; whoever reaches the database may do this."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from deploy.local.home import as_service

if TYPE_CHECKING:
    from shared.database import Session
    from shared.settings import ServiceSettings

app = typer.Typer(help="The accounts of those who sign in.", no_args_is_help=True)

T = TypeVar("T")
Email = Annotated[str, typer.Argument(help="E-mail address.")]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


def in_registry(work: "Callable[[Session, ServiceSettings], Awaitable[T]]") -> T:
    """Do something in one transaction on the registry's database."""
    from shared.database import Database
    from shared.settings import ServiceSettings, load

    async def run() -> T:
        settings = load(ServiceSettings, "registry")
        database = Database(settings.database_url.get_secret_value())
        try:
            async with database.transaction() as session:
                return await work(session, settings)
        finally:
            await database.close()

    with as_service("registry"):
        return asyncio.run(run())


@app.command()
def add(
    email: Email,
    role: Annotated[str, typer.Option(help="viewer, editor or admin.")],
    name: Annotated[str, typer.Option(help="As it is shown to colleagues.")],
    language: Annotated[str | None, typer.Option(help="en or ru.")] = None,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read a password from the input.")] = False,
) -> None:
    """Add an account. Without a password, print a one-time link by which its owner sets one."""
    from pydantic import ValidationError

    from services.registry.models.user import AddUser
    from services.registry.usecases.accounts.add_user import add_user
    from services.registry.usecases.accounts.one_time_link import one_time_link
    from shared.clock import SystemClock

    password = sys.stdin.readline().rstrip("\n") if password_stdin else None
    given = {"email": email, "role": role, "name": name, "language": language, "password": password}
    try:
        command = AddUser.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        raise typer.BadParameter(first["msg"], param_hint=str(first["loc"][-1])) from None

    async def work(session: "Session", settings: "ServiceSettings") -> str | None:
        user = await add_user(session, command, clock=SystemClock())
        if password is not None:
            return None
        return await one_time_link(session, user, registry_url=settings.registry_url, clock=SystemClock())

    link = in_registry(work)
    print(f"{email} may sign in as {role}.")
    if link:
        print(f"One-time link, good for 15 minutes: {link}")


@app.command()
def link(email: Email) -> None:
    """Print a one-time link for an account; its password, forgotten or leaked, works no more."""
    from services.registry.usecases.accounts.disable_user import user_by_email
    from services.registry.usecases.accounts.one_time_link import forget_password, one_time_link
    from shared.clock import SystemClock

    async def work(session: "Session", settings: "ServiceSettings") -> str:
        user = await user_by_email(session, email)
        await forget_password(session, user, clock=SystemClock())
        return await one_time_link(session, user, registry_url=settings.registry_url, clock=SystemClock())

    print(f"One-time link, good for 15 minutes: {in_registry(work)}")


@app.command("list")
def list_users(as_json: AsJson = False) -> None:
    """Who may sign in, and who may no more."""
    from sqlmodel import col, select

    from services.registry.models.user import User

    async def work(session: "Session", _settings: "ServiceSettings") -> list[User]:
        return list(await session.exec(select(User).order_by(col(User.email_key))))

    users = in_registry(work)
    if as_json:
        rows = [user.model_dump(mode="json", include={"id", "email", "name", "role", "active"}) for user in users]
        print(json.dumps(rows, ensure_ascii=False))
        return
    for user in users:
        print(f"{user.email:<32} {user.role:<7} {'' if user.active else 'disabled':<9} {user.name}")
    if not users:
        print("Nobody yet. Add one with: registan users add EMAIL --role admin --name NAME")


@app.command()
def disable(email: Email) -> None:
    """Let an account in no more; whoever is signed in with it is out, in every service."""
    from services.registry.usecases.accounts.disable_user import disable_user
    from shared.clock import SystemClock

    in_registry(lambda session, _settings: disable_user(session, email, clock=SystemClock()))
    print(f"{email} may sign in no more.")
