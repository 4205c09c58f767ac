"""Revoke a program's token."""

from sqlmodel import col, select

from services.registry.models.token import Token, TokenNotFound
from services.registry.usecases.accounts.changes import account_changed, refuse_unless_administrator
from shared.clock import Clock
from shared.database import Session
from shared.identity import Actor


async def revoke_token(session: Session, name: str, *, actor: Actor, clock: Clock) -> Token:
    """Let a program in no more, in any service.

    Raises:
        NotAllowed
        TokenNotFound: no token in use has this name.
    """
    refuse_unless_administrator(actor)
    in_use = select(Token).where(Token.name == name, col(Token.active)).with_for_update()
    token = (await session.exec(in_use)).one_or_none()
    if token is None:
        raise TokenNotFound(f"No token in use is named '{name}'.")
    token.revoke(clock.now())
    await account_changed(session, token, "token-revoked", actor=actor, clock=clock, before=token.grants)
    return token
