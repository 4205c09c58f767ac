"""Requests that were answered, so that a repeated one is answered alike instead of done twice.

A row is claimed in the transaction that does the work: a client that repeats the request waits for the row, and
finds the answer, or, where the first one failed, does the work. The request itself is not kept, only its fingerprint.
"""

from typing import Any, ClassVar
from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.registry.models.base import Table


class AnsweredRequest(Table, table=True):
    """The answer to a request with an `Idempotency-Key`."""

    __tablename__: ClassVar[str] = "answered_request"

    actor_id: UUID = Field(primary_key=True)
    key: str = Field(primary_key=True, sa_type=Text)
    fingerprint: str = Field(sa_type=Text)
    created_at: AwareDatetime = Field(index=True)
    status: int | None = None
    headers: dict[str, str] = Field(default={}, sa_type=JSONB)
    body: Any = Field(default=None, sa_type=JSONB(none_as_null=True), nullable=True)
