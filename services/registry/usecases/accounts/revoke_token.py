"""Revoke a program's token."""

from sqlmodel import col, select

from services.registry.models.token import Token, TokenNotFound
from shared.clock import Clock
from shared.database import Session
from shared.identity.access import record_access


async def revoke_token(session: Session, name: str, *, clock: Clock) -> Token:
    """Let a program in no more, in any service.

    Raises:
        TokenNotFound: no token in use has this name.
    """
    in_use = select(Token).where(Token.name == name, col(Token.active)).with_for_update()
    token = (await session.exec(in_use)).one_or_none()
    if token is None:
        raise TokenNotFound(f"No token in use is named '{name}'.")
    token.revoke(clock.now())
    await record_access(session, token.access())
    return token
