"""Sign in with e-mail address and password, slowly enough that guessing is hopeless.

An attempt is written down and committed before the password is looked at, so that a thousand attempts at once are
counted like a thousand in a row. Unknown accounts take as long and answer the same as wrong passwords.
"""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import delete, func
from sqlmodel import col, select

from services.registry.models.sign_in import SignInAttempt, TooManyAttempts, WrongCredentials
from services.registry.models.user import User, email_key_of
from shared.clock import Clock
from shared.database import Database, Session
from shared.identity import passwords

WINDOW = timedelta(minutes=15)
ATTEMPTS_PER_ACCOUNT = 10
ATTEMPTS_PER_ADDRESS = 50  # an office shares one address


async def sign_in(database: Database, email: str, password: str, address: str, *, clock: Clock) -> User:
    """The user whom e-mail address and password belong to.

    Raises:
        TooManyAttempts: for this account, or from this network address.
        WrongCredentials: they do not belong together, or the account is disabled.
    """
    now = clock.now()
    account, origin = _mark(f"account:{email_key_of(email)}"), _mark(f"address:{address}")
    async with database.transaction() as session:
        await session.execute(delete(SignInAttempt).where(col(SignInAttempt.at) <= now - WINDOW))
        session.add_all([SignInAttempt(source=account, at=now), SignInAttempt(source=origin, at=now)])
    async with database.transaction() as session:
        if await _count(session, account, now) > ATTEMPTS_PER_ACCOUNT:
            raise TooManyAttempts
        if await _count(session, origin, now) > ATTEMPTS_PER_ADDRESS:
            raise TooManyAttempts
        user = (await session.exec(select(User).where(User.email_key == email_key_of(email)))).one_or_none()
    right = await passwords.matches(password, user.password_hash if user else None)
    if user is None or not right or not user.active:
        raise WrongCredentials
    async with database.transaction() as session:
        await session.execute(delete(SignInAttempt).where(col(SignInAttempt.source) == account))
    return user


async def _count(session: Session, source: str, now: datetime) -> int:
    query = select(func.count()).where(SignInAttempt.source == source, SignInAttempt.at > now - WINDOW)
    return (await session.exec(query)).one()


def _mark(source: str) -> str:
    return hashlib.sha256(source.encode()).hexdigest()
