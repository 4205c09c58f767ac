"""Disable an account."""

from sqlmodel import select

from services.registry.models.base import locked
from services.registry.models.user import User, UserNotFound, email_key_of
from shared.clock import Clock
from shared.database import Session
from shared.identity.access import record_access


async def disable_user(session: Session, email: str, *, clock: Clock) -> User:
    """Let an account in no more, in any service; whoever is signed in with it is out. Safe to repeat.

    Raises:
        UserNotFound: no account has this address.
    """
    user = await user_by_email(session, email)
    user = await locked(session, User, user.id)
    if user.active:
        user.disable(clock.now())
        await record_access(session, user.access())
    return user


async def user_by_email(session: Session, email: str) -> User:
    """Raises: UserNotFound."""
    found = (await session.exec(select(User).where(User.email_key == email_key_of(email)))).one_or_none()
    if found is None:
        raise UserNotFound(f"No account has the address {email}.")
    return found
