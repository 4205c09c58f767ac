"""The accounts of an installation."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlmodel import col, select

from services.registry.models.token import Token
from services.registry.models.user import User
from shared.database import Session


async def all_users(session: Session) -> Sequence[User]:
    """Every account, those in use first, by address."""
    return (await session.exec(select(User).order_by(col(User.active).desc(), col(User.email_key)))).all()


async def account_names(session: Session, accounts: Collection[UUID]) -> dict[UUID, str]:
    """What people and machines are called; an account that is no longer known is not in it."""
    users = await session.exec(select(User.id, User.name).where(col(User.id).in_(accounts)))
    tokens = await session.exec(select(Token.id, Token.name).where(col(Token.id).in_(accounts)))
    return {**dict(users.all()), **dict(tokens.all())}
