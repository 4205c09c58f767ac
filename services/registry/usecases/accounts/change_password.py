"""Set or change one's own password."""

from uuid import UUID

from services.registry.models.base import Command, locked
from services.registry.models.sign_in import WrongCredentials
from services.registry.models.user import User
from shared.clock import Clock
from shared.database import Session
from shared.identity import SYSTEM, passwords
from shared.identity.access import record_access


class ChangePassword(Command):
    """`current` is not asked of an account that has none, because its owner came in by a one-time link."""

    current: str | None = None
    password: str


class WrongPassword(WrongCredentials):
    """This is not your current password."""

    status = 422
    slug = "wrong-password"


async def change_password(session: Session, user_id: UUID, command: ChangePassword, *, clock: Clock) -> User:
    """Give an account another password. All its sessions end, in every service.

    Raises:
        UserNotFound: the account is gone.
        WrongPassword: `current` is not the password it has now.
        UnsuitablePassword: the new one is too easily guessed.
    """
    user = await locked(session, User, user_id, actor=SYSTEM)
    if user.password_hash is not None and not await passwords.matches(command.current or "", user.password_hash):
        raise WrongPassword(field="current")
    passwords.judge(command.password, email=user.email)
    user.set_password(await passwords.hash_of(command.password), clock.now())
    await record_access(session, user.access())
    return user
