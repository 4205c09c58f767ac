"""The order in which events are read over HTTP, and who may read them.

A serial number is given before its transaction commits, so a reader who remembers the highest number would miss what
commits late. So an event is given its place in the feed only after it was committed, by one at a time
(`services/registry/feed/numbering.py`): places have no gaps, never move, and follow the versions of a key.
"""

from datetime import datetime
from typing import Annotated, ClassVar, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, field_validator
from sqlalchemy import BigInteger, DateTime, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field as Column

from services.registry.models.base import Command, Line, Table
from shared.contracts import PUBLIC
from shared.errors import DomainError, NotFound
from shared.identifiers import new_id

_PUBLIC = {topic.name for topic in PUBLIC}


class FeedPlace(Table, table=True):
    """Where an event stands among those of its topic; a trigger of the journal makes the row.

    Attributes:
        position: of the journal, which no row ever leaves.
        number: 1, 2, 3 … of its topic; none until it was committed and numbered.
    """

    __tablename__: ClassVar[str] = "feed"
    __table_args__ = (
        Index("uq_feed_topic_number", "topic", "number", unique=True),
        Index("ix_feed_waiting", "position", postgresql_where=text("number IS NULL")),
    )

    position: int = Column(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    topic: str = Column(sa_type=Text)
    number: int | None = Column(default=None, sa_type=BigInteger)


class SubscriberNotFound(NotFound):
    """There is no subscriber of this name."""

    slug = "subscriber-not-found"


class SubscriberNameTaken(DomainError):
    """A subscriber of this name is there: revoke it first, or choose another name."""

    status = 409
    slug = "subscriber-name-taken"


class AddSubscriber(Command):
    """A system of another programme that reads topics over HTTP."""

    name: Line
    contact: Annotated[Line, Field(description="The mail address that is told of changes. It stays in this table.")]
    topics: Annotated[tuple[str, ...], Field(min_length=1)]

    @field_validator("topics")
    @classmethod
    def _public(cls, topics: tuple[str, ...]) -> tuple[str, ...]:
        for topic in topics:
            if topic not in _PUBLIC:
                raise ValueError(f"{topic} is no public topic: choose among {', '.join(sorted(_PUBLIC))}")
        return tuple(sorted(set(topics)))


class Subscriber(Table, table=True):
    """Who may read which topics; of the token only the hash is kept."""

    __tablename__: ClassVar[str] = "subscriber"
    __table_args__ = (
        Index("uq_subscriber_name", "name", unique=True, postgresql_where=text("revoked_at IS NULL")),
        Index("uq_subscriber_secret_hash", "secret_hash", unique=True),
    )

    id: UUID = Column(primary_key=True)
    name: str = Column(sa_type=Text)
    contact: str | None = Column(sa_type=Text)
    topics: list[str] = Column(sa_type=ARRAY(Text))
    secret_hash: str = Column(sa_type=Text)
    created_at: AwareDatetime = Column(sa_type=DateTime(timezone=True))
    revoked_at: AwareDatetime | None = Column(default=None, sa_type=DateTime(timezone=True))

    @classmethod
    def added(cls, command: AddSubscriber, secret_hash: str, at: datetime) -> Self:
        return cls(
            id=new_id(),
            name=command.name,
            contact=command.contact,
            topics=list(command.topics),
            secret_hash=secret_hash,
            created_at=at,
        )

    def revoke(self, at: datetime) -> None:
        """Nothing is read with its token any more, and there is nobody left to tell of changes."""
        self.revoked_at = at
        self.contact = None
