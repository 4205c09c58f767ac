"""Sign out: a signed session cannot be taken back, so all sessions of the account end, wherever they are open."""

from uuid import UUID

from services.registry.models.base import locked
from services.registry.models.user import User
from shared.clock import Clock
from shared.database import Session
from shared.identity import SYSTEM
from shared.identity.access import record_access


async def end_sessions(session: Session, user_id: UUID, *, clock: Clock) -> None:
    """Raises: UserNotFound."""
    user = await locked(session, User, user_id, actor=SYSTEM)
    user.end_sessions(clock.now())
    await record_access(session, user.access())
