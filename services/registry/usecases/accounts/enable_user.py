"""Enable an account that was disabled."""

from services.registry.models.base import locked
from services.registry.models.user import User
from services.registry.usecases.accounts.changes import account_changed, refuse_unless_administrator
from services.registry.usecases.accounts.disable_user import user_by_email
from shared.clock import Clock
from shared.database import Session
from shared.identity import Actor


async def enable_user(session: Session, email: str, *, actor: Actor, clock: Clock) -> User:
    """Let an account in again, with the rights it had. Sessions of before stay over. Safe to repeat.

    Raises:
        NotAllowed
        UserNotFound: no account has this address.
    """
    refuse_unless_administrator(actor)
    user = await user_by_email(session, email)
    user = await locked(session, User, user.id, actor=actor)
    if not user.active:
        user.enable(clock.now())
        await account_changed(session, user, "enabled", actor=actor, clock=clock, before=())
    return user
