"""Add an account."""

from sqlalchemy.exc import IntegrityError

from services.registry.models.user import AddUser, EmailTaken, User
from services.registry.usecases.accounts.changes import account_changed, refuse_unless_administrator
from shared.clock import Clock
from shared.database import Session
from shared.identity import Actor, passwords


async def add_user(session: Session, command: AddUser, *, actor: Actor, clock: Clock) -> User:
    """Let somebody sign in from now on, in every service.

    Raises:
        NotAllowed
        EmailTaken: the address has an account, perhaps a disabled one.
        UnsuitablePassword: the password is too easily guessed.
    """
    refuse_unless_administrator(actor)
    password_hash = None
    if command.password is not None:
        passwords.judge(command.password, email=command.email)
        password_hash = await passwords.hash_of(command.password)
    user = User.added(command, password_hash, clock.now())
    session.add(user)
    try:
        await account_changed(session, user, "added", actor=actor, clock=clock)
    except IntegrityError as error:
        if "uq_user_email_key" in str(error.orig):
            raise EmailTaken(field="email") from None
        raise
    return user
