"""What signing in leaves behind: one-time links that are still good, and attempts that slow the next one down."""

import math
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import BigInteger, DateTime, Identity, Index, Text
from sqlmodel import Field

from services.registry.models.base import Table
from shared.errors import DomainError

LINK_LIFETIME = timedelta(minutes=15)


class WrongCredentials(DomainError):
    """E-mail address and password do not belong together, or the account is disabled."""

    status = 401
    slug = "wrong-credentials"


class LinkIsOver(DomainError):
    """This link was used already, or is older than 15 minutes: ask for a new one."""

    status = 401
    slug = "link-is-over"


class TooManyAttempts(DomainError):
    """There were too many wrong passwords: wait a moment before the next try, at most five minutes, or use a one-time link."""  # noqa: E501

    status = 429
    slug = "too-many-attempts"

    def __init__(self, wait: timedelta) -> None:
        super().__init__()
        self.headers = {"retry-after": str(math.ceil(wait.total_seconds()))}


class SignInLink(Table, table=True):
    """A way in that works once. The row goes when the link is used, so it cannot be used twice even at once."""

    __tablename__: ClassVar[str] = "sign_in_link"

    secret_hash: str = Field(primary_key=True, sa_type=Text)
    user_id: UUID = Field(foreign_key="user.id")
    expires_at: AwareDatetime = Field(sa_type=DateTime(timezone=True))

    @classmethod
    def made(cls, user_id: UUID, secret_hash: str, at: datetime) -> "SignInLink":
        return cls(secret_hash=secret_hash, user_id=user_id, expires_at=at + LINK_LIFETIME)


class SignInAttempt(Table, table=True):
    """Somebody tried a password: for which account from which address, as hashes, for an hour."""

    __tablename__: ClassVar[str] = "sign_in_attempt"
    __table_args__ = (Index("ix_sign_in_attempt_source_at", "source", "at"), Index("ix_sign_in_attempt_at", "at"))

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger, sa_column_args=(Identity(always=True),))
    source: str = Field(sa_type=Text)
    at: AwareDatetime = Field(sa_type=DateTime(timezone=True))
