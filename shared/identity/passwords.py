"""Passwords as argon2id hashes (RFC 9106, second recommended option), checked in the same time for unknown accounts.

Hashing takes tens of milliseconds of a processor on purpose; it happens in a thread, so that others are served.
"""

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from shared.errors import DomainError

SHORTEST = 12
LONGEST = 256

_hasher = PasswordHasher()
_NOBODYS = "$argon2id$v=19$m=65536,t=3,p=4$V7NLYgvplvBI6VNdEVCaSg$QviQB184DvX33rv2I0gdgOqEjw8DYWpjUw4zaP4fBw0"
"""Stands in where there is no account: of a password that nobody knows, and as costly to check as a real one."""


class UnsuitablePassword(DomainError):
    """This password cannot be used: choose one of at least 12 characters that is not your e-mail address."""

    slug = "unsuitable-password"


def judge(password: str, *, email: str) -> None:
    """Refuse what would be guessed first. Length counts, not kinds of characters (NIST SP 800-63B §3.1.1).

    Raises:
        UnsuitablePassword: it is too short, too long, or the address itself.
    """
    if not SHORTEST <= len(password) <= LONGEST or password.strip().lower() == email.lower():
        raise UnsuitablePassword(field="password")


async def hash_of(password: str) -> str:
    return await asyncio.to_thread(_hasher.hash, password)


async def matches(password: str, stored: str | None) -> bool:
    """Whether the password is the stored one; takes as long for no stored hash as for a wrong password."""
    return await asyncio.to_thread(_verify, password[: LONGEST * 4], stored)


def _verify(password: str, stored: str | None) -> bool:
    try:
        return _hasher.verify(stored or _NOBODYS, password) and stored is not None
    except VerificationError:
        return False
