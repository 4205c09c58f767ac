"""The journal: every event there ever was, who caused it and why. The source of truth; it holds nothing personal.

Rows are only ever added: a trigger refuses everything else. `position` is the order of insertion, in which the events
of one aggregate stand in the order of their versions, because each locks its row before it is written down. The state
is `json`, which keeps the text as it was written: the feed gives the bytes that Kafka has.
"""

from typing import Any, ClassVar
from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import BigInteger, Identity, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSON
from sqlmodel import Field

from services.registry.models.base import Table
from shared.identity.actors import ActorKind


class JournalEntry(Table, table=True):
    """One event."""

    __tablename__: ClassVar[str] = "journal"
    __table_args__ = (UniqueConstraint("topic", "key", "sequence", name="uq_journal_topic_key_sequence"),)

    position: int | None = Field(
        default=None, primary_key=True, sa_type=BigInteger, sa_column_args=(Identity(always=True),)
    )
    event_id: UUID
    topic: str = Field(sa_type=Text)
    type: str = Field(sa_type=Text)
    key: str = Field(sa_type=Text)
    sequence: int
    programme: str = Field(sa_type=Text)
    time: AwareDatetime
    actor_id: UUID
    actor_kind: ActorKind = Field(sa_type=Text)
    reason: str | None = Field(default=None, sa_type=Text)
    data: dict[str, Any] = Field(sa_type=JSON)
