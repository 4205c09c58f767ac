"""A file that somebody wants to import, kept from the dry run until it is accepted, and then what the import did.

It lies in the database and not on a disk, because the next request may reach another process. Old ones are removed.
"""

from typing import Any, ClassVar
from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.registry.models.base import Table
from shared.errors import NotFound


class UploadNotFound(NotFound):
    """The uploaded file is no longer kept: choose it again."""

    slug = "upload-not-found"


class Upload(Table, table=True):
    """A file as it came; `result` is what importing it did, from then on without the content."""

    __tablename__: ClassVar[str] = "upload"

    id: UUID = Field(primary_key=True)
    actor_id: UUID
    name: str = Field(sa_type=Text)
    programme: str = Field(sa_type=Text)
    sheet: str | None = Field(default=None, sa_type=Text)
    content: bytes = Field(sa_type=LargeBinary)
    result: Any = Field(default=None, sa_type=JSONB(none_as_null=True), nullable=True)
    created_at: AwareDatetime = Field(index=True)
