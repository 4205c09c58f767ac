"""`registan tokens`: what programs use the API with. A token's secret is printed once and kept nowhere."""

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.commands.users import ARole, AsJson, Countries, Programmes, in_registry, read, said

if TYPE_CHECKING:
    from services.registry.models.token import Token
    from shared.database import Session
    from shared.settings import ServiceSettings

app = typer.Typer(help="The tokens of programs that use the API.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The program that uses it.")]


@app.command()
def create(
    name: Name,
    role: ARole,
    programme: Programmes = None,
    country: Countries = None,
    days: Annotated[int | None, typer.Option(min=1, help="Stop working after so many days.")] = None,
) -> None:
    """Create a token and print its secret, this once."""
    from services.registry.models.token import CreateToken
    from services.registry.usecases.accounts.create_token import create_token
    from shared.clock import SystemClock
    from shared.identity import SYSTEM

    expires_at = datetime.now(UTC) + timedelta(days=days) if days else None
    rights = {"role": role, "programmes": programme or [], "countries": country or []}
    command = read(CreateToken, name=name, expires_at=expires_at, **rights)

    async def work(session: "Session", _settings: "ServiceSettings") -> str:
        return (await create_token(session, command, actor=SYSTEM, clock=SystemClock()))[1]

    print(in_registry(work))


@app.command("list")
def list_tokens(as_json: AsJson = False) -> None:
    """The tokens there are and were; never their secrets."""
    from sqlmodel import col, select

    from services.registry.models.token import Token

    async def work(session: "Session", _settings: "ServiceSettings") -> "list[Token]":
        return list(await session.exec(select(Token).order_by(col(Token.name), col(Token.created_at))))

    found = in_registry(work)
    if as_json:
        rows = [token.model_dump(mode="json", exclude={"secret_hash"}) for token in found]
        print(json.dumps(rows, ensure_ascii=False))
        return
    for token in found:
        until = f"until {token.expires_at:%Y-%m-%d}" if token.expires_at else ""
        print(f"{token.name:<32} {said(token.grants):<24} {'' if token.active else 'revoked':<8} {until}")
    if not found:
        print("None yet. Create one with: registan tokens create NAME --role viewer")


@app.command()
def revoke(name: Name) -> None:
    """Let a token in no more, in any service."""
    from services.registry.usecases.accounts.revoke_token import revoke_token
    from shared.clock import SystemClock
    from shared.identity import SYSTEM

    in_registry(lambda session, _settings: revoke_token(session, name, actor=SYSTEM, clock=SystemClock()))
    print(f"{name} is revoked.")
