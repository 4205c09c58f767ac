"""An account: a person of the programme's staff who signs in. Personal, so it never leaves the registry.

What the other services need of it, role and whether it is active, leaves as `Access`, without name and address.
"""

from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Self
from uuid import UUID

from pydantic import AwareDatetime, StringConstraints
from sqlalchemy import BigInteger, DateTime, Text
from sqlmodel import Field

from services.registry.models.base import Line, Table
from services.registry.models.granted import Granted, Rights, lesser
from shared.contracts.access import Access
from shared.errors import DomainError, NotFound
from shared.identifiers import new_id
from shared.web.language import Language

# Looser than a participant's address: an installation on one machine has `admin@localhost`.
LoginEmail = Annotated[str, StringConstraints(pattern=r"^[^@\s<>,;]+@[^@\s<>,;]+$", max_length=254)]


class UserNotFound(NotFound):
    """There is no account with this e-mail address."""

    slug = "user-not-found"


class EmailTaken(DomainError):
    """There is an account with this e-mail address already."""

    status = 409
    slug = "email-taken"


class AddUser(Rights):
    """A new account. Without a password its owner comes in by a one-time link and sets one."""

    email: LoginEmail
    name: Line
    language: Language | None = None
    password: str | None = None


class User(Granted, Table, table=True):
    """An account."""

    __tablename__: ClassVar[str] = "user"
    not_found = UserNotFound

    id: UUID = Field(primary_key=True)
    email: str = Field(sa_type=Text)
    email_key: str = Field(sa_type=Text, unique=True)
    name: str = Field(sa_type=Text)
    language: Language | None = Field(default=None, sa_type=Text)
    password_hash: str | None = Field(default=None, sa_type=Text)
    active: bool = True
    sessions_since: AwareDatetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    sessions_from_version: int | None = Field(default=None, sa_type=BigInteger)

    @classmethod
    def added(cls, command: AddUser, password_hash: str | None, at: datetime) -> Self:
        return cls(
            id=new_id(),
            email=command.email,
            email_key=email_key_of(command.email),
            name=command.name,
            grants=command.grants(),
            role=lesser(command.grants()),
            language=command.language,
            password_hash=password_hash,
            created_at=at,
            updated_at=at,
        )

    def disable(self, at: datetime) -> None:
        """Let the account in no more, and nobody who is in stay."""
        self.active = False
        self.end_sessions(at)

    def enable(self, at: datetime) -> None:
        """Let the account in again."""
        self.active = True
        self.changed(at)

    def set_rights(self, rights: Rights, at: datetime) -> None:
        self.grant(rights)
        self.changed(at)

    def set_password(self, password_hash: str | None, at: datetime) -> None:
        """Everyone signed in with the old one is signed out; `None` leaves the one-time link as the only way in."""
        self.password_hash = password_hash
        self.end_sessions(at)

    def end_sessions(self, at: datetime) -> None:
        """Sessions that began before are over. Time never runs backwards here, even where a clock does."""
        if self.sessions_since and at <= self.sessions_since:
            at = self.sessions_since + timedelta(microseconds=1)
        self.sessions_since = at
        self.changed(at)
        self.sessions_from_version = self.version

    def access(self) -> Access:
        return Access(
            id=self.id,
            kind="user",
            role=self.role,
            grants=self.grants,
            active=self.active,
            sessions_since=self.sessions_since,
            sessions_from_version=self.sessions_from_version,
            version=self.version,
            created_at=self.created_at,
            updated_at=self.updated_at,
        )


def email_key_of(email: str) -> str:
    """An address as it is looked up: however it is capitalised."""
    return email.strip().casefold()
