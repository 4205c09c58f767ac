"""A link that signs its reader in, once: for a new account, for who forgot a password, and for a first start.

The secret stands in the fragment of the address. Browsers do not send fragments, so it is in no log of ours or of a
proxy and in no Referer; the page sends it by POST when the reader presses the button, so that a mail scanner that
follows links uses none up.
"""

from sqlalchemy import delete
from sqlmodel import col

from services.registry.models.base import locked
from services.registry.models.sign_in import LinkIsOver, SignInLink
from services.registry.models.user import User
from services.registry.usecases.accounts.changes import account_changed, refuse_unless_administrator
from shared.clock import Clock
from shared.database import Session
from shared.identity import SYSTEM, Actor, tokens

PATH = "/registry/sign-in/link"


async def one_time_link(session: Session, user: User, *, registry_url: str, clock: Clock) -> str:
    """The address of a page that signs the user in; good once, for 15 minutes."""
    secret = tokens.new_link_secret()
    now = clock.now()
    await session.execute(delete(SignInLink).where(col(SignInLink.expires_at) <= now))
    await session.flush()
    session.add(SignInLink.made(user.id, tokens.digest(secret), now))
    return f"{registry_url.rstrip('/')}{PATH}#{secret}"


async def forget_password(session: Session, user: User, *, actor: Actor, clock: Clock) -> None:
    """Leave the link as the only way in, until a new password is set. Raises: NotAllowed"""
    refuse_unless_administrator(actor)
    user = await locked(session, User, user.id, actor=actor)
    user.set_password(None, clock.now())
    await account_changed(session, user, "link-made", actor=actor, clock=clock, before=user.grants)


async def redeem_link(session: Session, secret: str, *, clock: Clock) -> User:
    """The user a link signs in. The link is used up, if the transaction commits.

    Raises:
        LinkIsOver: it was used, or is too old, or never was one, or the account is disabled.
    """
    query = delete(SignInLink).where(col(SignInLink.secret_hash) == tokens.digest(secret))
    used = (await session.execute(query.returning(col(SignInLink.user_id), col(SignInLink.expires_at)))).one_or_none()
    if used is None or used.expires_at <= clock.now():
        raise LinkIsOver
    user = await locked(session, User, used.user_id, actor=SYSTEM)
    if not user.active:
        raise LinkIsOver
    return user
