"""A machine's token: a program of ours or of another programme that uses the API. Only its secret's hash is kept."""

from datetime import datetime
from typing import ClassVar, Self
from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import DateTime, Index, Text, text
from sqlmodel import Field

from services.registry.models.base import Line, Table
from services.registry.models.granted import Granted, Rights, lesser
from shared.contracts.access import Access
from shared.errors import DomainError, NotFound
from shared.identifiers import new_id


class TokenNotFound(NotFound):
    """There is no token of this name."""

    slug = "token-not-found"


class TokenNameTaken(DomainError):
    """A token of this name is in use: revoke it first, or choose another name."""

    status = 409
    slug = "token-name-taken"


class CreateToken(Rights):
    """A token named after the program that will use it."""

    name: Line
    expires_at: AwareDatetime | None = None


class Token(Granted, Table, table=True):
    """A token."""

    __tablename__: ClassVar[str] = "token"
    __table_args__ = (Index("uq_token_name", "name", unique=True, postgresql_where=text("active")),)
    not_found = TokenNotFound

    id: UUID = Field(primary_key=True)
    name: str = Field(sa_type=Text)
    secret_hash: str = Field(sa_type=Text, unique=True)
    active: bool = True
    expires_at: AwareDatetime | None = Field(default=None, sa_type=DateTime(timezone=True))

    @classmethod
    def created(cls, command: CreateToken, secret_hash: str, at: datetime) -> Self:
        return cls(
            id=new_id(),
            name=command.name,
            grants=command.grants(),
            role=lesser(command.grants()),
            secret_hash=secret_hash,
            expires_at=command.expires_at,
            created_at=at,
            updated_at=at,
        )

    def revoke(self, at: datetime) -> None:
        self.active = False
        self.changed(at)

    def access(self) -> Access:
        return Access(
            id=self.id,
            kind="token",
            role=self.role,
            grants=self.grants,
            active=self.active,
            token_hash=self.secret_hash,
            expires_at=self.expires_at,
            version=self.version,
            created_at=self.created_at,
            updated_at=self.updated_at,
        )
