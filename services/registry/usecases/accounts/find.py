"""The accounts of an installation."""

from collections.abc import Sequence

from sqlmodel import col, select

from services.registry.models.user import User
from shared.database import Session


async def all_users(session: Session) -> Sequence[User]:
    """Every account, those in use first, by address."""
    return (await session.exec(select(User).order_by(col(User.active).desc(), col(User.email_key)))).all()
