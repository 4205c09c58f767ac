"""The base of this service's tables: they live in a metadata of their own."""

from sqlalchemy import DateTime
from sqlmodel import SQLModel

from shared.database import table_model


class Table(SQLModel):
    """What each table of notifications is derived from."""

    metadata = table_model().metadata


Moment = DateTime(timezone=True)
