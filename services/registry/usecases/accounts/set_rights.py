"""Change what an account may do where."""

from services.registry.models.base import locked
from services.registry.models.granted import Rights
from services.registry.models.user import User
from services.registry.usecases.accounts.changes import (
    account_changed,
    refuse_unless_administrator,
    refuse_without_administrator,
)
from services.registry.usecases.accounts.disable_user import user_by_email
from shared.clock import Clock
from shared.database import Session
from shared.identity import Actor


async def set_rights(session: Session, email: str, rights: Rights, *, actor: Actor, clock: Clock) -> User:
    """Give an account these rights instead of those it has. It holds from the next request on, in every service.

    Raises:
        NotAllowed
        UserNotFound: no account has this address.
        NoAdministratorLeft: nobody else could hand out accounts.
    """
    refuse_unless_administrator(actor)
    user = await user_by_email(session, email)
    if user.active and user.role == "admin" and not (rights.role == "admin" and not rights.programmes):
        await refuse_without_administrator(session, user)
    user = await locked(session, User, user.id, actor=actor)
    before = user.grants
    if before != rights.grants():
        user.set_rights(rights, clock.now())
        await account_changed(session, user, "rights-changed", actor=actor, clock=clock, before=before)
    return user
