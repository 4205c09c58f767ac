"""Where tables are declared: each service has a metadata of its own, and what all services keep is in a shared one.

Two services may both have a table called `activity`; with one global metadata they could not live in one test process.
"""

from sqlalchemy import MetaData
from sqlmodel import SQLModel

_NAMES = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

shared_tables = MetaData(naming_convention=_NAMES)
"""The tables of the bus and of identity: the same in each service's database, migrated by `shared/database/history`."""


def table_model() -> type[SQLModel]:
    """A base class for one service's tables: `Table = table_model()`, then `class Activity(Table, table=True)`."""

    class Table(SQLModel):
        metadata = MetaData(naming_convention=_NAMES)

    return Table
