"""Disable an account."""

from sqlmodel import select

from services.registry.models.base import locked
from services.registry.models.user import User, UserNotFound, email_key_of
from services.registry.usecases.accounts.changes import (
    account_changed,
    refuse_unless_administrator,
    refuse_without_administrator,
)
from shared.clock import Clock
from shared.database import Session
from shared.identity import Actor


async def disable_user(session: Session, email: str, *, actor: Actor, clock: Clock) -> User:
    """Let an account in no more, in any service; everyone signed in with it is signed out. Safe to repeat.

    Raises:
        NotAllowed
        UserNotFound: no account has this address.
        NoAdministratorLeft: nobody else could hand out accounts.
    """
    refuse_unless_administrator(actor)
    user = await user_by_email(session, email)
    if user.active and user.role == "admin":
        await refuse_without_administrator(session, user)
    user = await locked(session, User, user.id, actor=actor)
    if user.active:
        before = user.grants
        user.disable(clock.now())
        await account_changed(session, user, "disabled", actor=actor, clock=clock, before=before)
    return user


async def user_by_email(session: Session, email: str) -> User:
    """Raises: UserNotFound."""
    found = (await session.exec(select(User).where(User.email_key == email_key_of(email)))).one_or_none()
    if found is None:
        raise UserNotFound(f"No account has the address {email}.")
    return found
