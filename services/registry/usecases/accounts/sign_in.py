"""Sign in with e-mail address and password, slowly enough that guessing is hopeless, and so that nobody can keep
another one out.

Each wrong password makes the next try of the same account from the same network address wait longer; a
person who comes from elsewhere waits for nothing. From an address with many wrong passwords, for whatever accounts,
each answer takes a moment more, but none is refused: an office shares one address. An attempt is written down and
committed before the password is looked at, so that a thousand attempts at once are counted like a thousand in a row; a
refused one is not counted. Unknown accounts take as long and answer the same as wrong passwords.
"""

import asyncio
import hashlib
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, text
from sqlmodel import col, select

from services.registry.models.sign_in import SignInAttempt, TooManyAttempts, WrongCredentials
from services.registry.models.user import User, email_key_of
from shared.clock import Clock
from shared.database import Database, Session
from shared.identity import passwords

WINDOW = timedelta(hours=1)
FREE = 5  # tries before one has to wait
LONGEST = timedelta(minutes=5)
MANY_FROM_ADDRESS = 50
A_MOMENT = 1.0  # seconds
_SKEW = timedelta(
    minutes=1
)  # between the clocks of two machines; what lies further ahead, a clock that was wrong wrote


async def sign_in(database: Database, email: str, password: str, address: str, *, clock: Clock) -> User:
    """The user of this e-mail address and password.

    Raises:
        TooManyAttempts: of this account, from this network address; it says how long to wait.
        WrongCredentials: they do not belong together, or the account is disabled.
    """
    now, account = clock.now(), email_key_of(email)
    here, origin = _mark(f"{account} from {address}"), _mark(f"address:{address}")
    async with database.transaction() as session:
        at = col(SignInAttempt.at)
        await session.execute(delete(SignInAttempt).where(or_(at <= now - WINDOW, at > now + _SKEW)))
        await session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:here, 0))"), {"here": here})
        failures, last = await _failures(session, here, now)
        delay = delay_after(failures)
        if last is not None and delay and (wait := last + delay - now) > timedelta(0):
            raise TooManyAttempts(wait)
        session.add_all([SignInAttempt(source=here, at=now), SignInAttempt(source=origin, at=now)])
        many, _ = await _failures(session, origin, now)
        user = (await session.exec(select(User).where(User.email_key == account))).one_or_none()
    if many > MANY_FROM_ADDRESS:
        await asyncio.sleep(A_MOMENT)
    right = await passwords.matches(password, user.password_hash if user else None)
    if user is None or not right or not user.active:
        raise WrongCredentials
    async with database.transaction() as session:
        await session.execute(delete(SignInAttempt).where(col(SignInAttempt.source) == here))
    return user


def delay_after(failures: int) -> timedelta:
    """How long to wait after so many wrong passwords: nothing at first, then a second, two, four …"""
    if failures < FREE:
        return timedelta(0)
    return min(timedelta(seconds=2 ** min(failures - FREE, 30)), LONGEST)


async def _failures(session: Session, source: str, now: datetime) -> tuple[int, datetime | None]:
    """How many there were lately, and when the last one was."""
    query = select(func.count(), func.max(col(SignInAttempt.at))).where(
        SignInAttempt.source == source, SignInAttempt.at > now - WINDOW
    )
    number, last = (await session.exec(query)).one()
    return number, last


def _mark(source: str) -> str:
    return hashlib.sha256(source.encode()).hexdigest()
