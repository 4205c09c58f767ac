"""A file that somebody wants to import, kept from the dry run until it is accepted, and then what the import did.

It lies in the database and not on a disk, because the next request may reach another process. Those that nobody
imports are removed; what an import did is kept, so that it can be undone as long as nothing was built on it.
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
    """A file as it came, with what examining it found out; the content goes when it is imported, what that did stays.

    Attributes:
        noun: what it is a list of.
        reading: how a person wants it to be read.
        report, page: what importing it would do, as JSON: of all rows, and of those that a page shows.
        done, total: how many rows are examined, of how many.
        result: what importing it did.
        undone: what undoing that did.
        activity_id: whose participants it is a list of.
    """

    __tablename__: ClassVar[str] = "upload"

    id: UUID = Field(primary_key=True)
    actor_id: UUID
    name: str = Field(sa_type=Text)
    programme: str = Field(sa_type=Text)
    sheet: str | None = Field(default=None, sa_type=Text)
    noun: str = Field(default="activities", sa_type=Text)
    reading: Any = Field(default={}, sa_type=JSONB)
    content: bytes = Field(sa_type=LargeBinary)
    report: bytes | None = Field(default=None, sa_type=LargeBinary)
    page: bytes | None = Field(default=None, sa_type=LargeBinary)
    done: int = 0
    total: int = 0
    result: Any = Field(default=None, sa_type=JSONB(none_as_null=True), nullable=True)
    undone: Any = Field(default=None, sa_type=JSONB(none_as_null=True), nullable=True)
    activity_id: UUID | None = Field(default=None, index=True)
    created_at: AwareDatetime = Field(index=True)
