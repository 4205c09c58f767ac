"""The base of this service's tables: they live in a metadata of their own."""

from datetime import UTC, datetime

from sqlalchemy import DateTime
from sqlmodel import SQLModel

from shared.database import table_model


class Table(SQLModel):
    """What each table of notifications is derived from."""

    metadata = table_model().metadata


Moment = DateTime(timezone=True)


def in_utc(moment: datetime) -> datetime:
    """A moment as the table keeps it; one that UTC has no year for stands at the end of what it has."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC) if moment.year == 1 else datetime.max.replace(tzinfo=UTC)
