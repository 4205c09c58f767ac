"""`registan users`: accounts, without signing in: access to the database is enough."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from deploy.local.home import as_service

if TYPE_CHECKING:
    from pydantic import BaseModel

    from services.registry.models.granted import Grants
    from shared.database import Session
    from shared.settings import ServiceSettings

app = typer.Typer(help="The accounts of those who sign in.", no_args_is_help=True)

T = TypeVar("T")
M = TypeVar("M", bound="BaseModel")
Email = Annotated[str, typer.Argument(help="E-mail address.")]
ARole = Annotated[str, typer.Option("--role", help="viewer, coordinator, editor or admin.")]
Programmes = Annotated[
    list[str] | None, typer.Option("--programme", help="For this programme; may be repeated. Without it, for all.")
]
Countries = Annotated[
    list[str] | None, typer.Option("--country", help="Of a coordinator: ISO code of a country; may be repeated.")
]
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


def read(command: "type[M]", **given: Any) -> "M":
    """A command as it was typed. Raises: BadParameter, which names the option."""
    from pydantic import ValidationError

    try:
        return command.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        option = str(first["loc"][0]).removesuffix("s") if first["loc"] else "--role"
        raise typer.BadParameter(first["msg"].removeprefix("Value error, "), param_hint=option) from None


@app.command()
def add(  # noqa: PLR0917
    email: Email,
    role: ARole,
    name: Annotated[str, typer.Option(help="As it is shown to colleagues.")],
    programme: Programmes = None,
    country: Countries = None,
    language: Annotated[str | None, typer.Option(help="en or ru.")] = None,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read a password from the input.")] = False,
) -> None:
    """Add an account. Without a password, print a one-time link by which its owner sets one."""
    from services.registry.models.user import AddUser
    from services.registry.usecases.accounts.add_user import add_user
    from services.registry.usecases.accounts.one_time_link import one_time_link
    from shared.clock import SystemClock
    from shared.identity import SYSTEM

    password = sys.stdin.readline().rstrip("\n") if password_stdin else None
    rights = {"role": role, "programmes": programme or [], "countries": country or []}
    command = read(AddUser, email=email, name=name, language=language, password=password, **rights)

    async def work(session: "Session", settings: "ServiceSettings") -> str | None:
        user = await add_user(session, command, actor=SYSTEM, clock=SystemClock())
        if password is not None:
            return None
        return await one_time_link(session, user, registry_url=settings.registry_url, clock=SystemClock())

    link = in_registry(work)
    print(f"{email} may sign in as {said(command.grants())}.")
    if link:
        print(f"One-time link, good for 15 minutes: {link}")


@app.command("set-role")
def set_role(email: Email, role: ARole, programme: Programmes = None, country: Countries = None) -> None:
    """Give an account this role instead of what it has, in the programmes named or in all."""
    from services.registry.models.granted import Rights
    from services.registry.usecases.accounts.set_rights import set_rights
    from shared.clock import SystemClock
    from shared.identity import SYSTEM

    rights = read(Rights, role=role, programmes=programme or [], countries=country or [])
    in_registry(lambda session, _settings: set_rights(session, email, rights, actor=SYSTEM, clock=SystemClock()))
    print(f"{email} is {said(rights.grants())} now.")


@app.command()
def link(email: Email) -> None:
    """Print a one-time link for an account; its password, forgotten or leaked, works no more."""
    from services.registry.usecases.accounts.disable_user import user_by_email
    from services.registry.usecases.accounts.one_time_link import forget_password, one_time_link
    from shared.clock import SystemClock
    from shared.identity import SYSTEM

    async def work(session: "Session", settings: "ServiceSettings") -> str:
        user = await user_by_email(session, email)
        await forget_password(session, user, actor=SYSTEM, clock=SystemClock())
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
        rows = [
            user.model_dump(mode="json", include={"id", "email", "name", "role", "grants", "active"}) for user in users
        ]
        print(json.dumps(rows, ensure_ascii=False))
        return
    for user in users:
        print(f"{user.email:<32} {said(user.grants):<24} {'' if user.active else 'disabled':<9} {user.name}")
    if not users:
        print("Nobody yet. Add one with: registan users add EMAIL --role admin --name NAME")


@app.command()
def disable(email: Email) -> None:
    """Let an account in no more; everyone signed in with it is signed out, in every service."""
    from services.registry.usecases.accounts.disable_user import disable_user
    from shared.clock import SystemClock
    from shared.identity import SYSTEM

    in_registry(lambda session, _settings: disable_user(session, email, actor=SYSTEM, clock=SystemClock()))
    print(f"{email} may sign in no more.")


@app.command()
def enable(email: Email) -> None:
    """Let a disabled account in again, with the role it had."""
    from services.registry.usecases.accounts.enable_user import enable_user
    from shared.clock import SystemClock
    from shared.identity import SYSTEM

    in_registry(lambda session, _settings: enable_user(session, email, actor=SYSTEM, clock=SystemClock()))
    print(f"{email} may sign in again.")


def said(grants: "Grants") -> str:
    """`viewer`; `coordinator of KG, TJ in BOMCA`."""
    first = grants[0]
    countries = f" of {', '.join(first.countries)}" if first.countries else ""
    programmes = ", ".join(each.programme for each in grants if each.programme)
    return first.role + countries + (f" in {programmes}" if programmes else "")
