"""Where tables are declared: each service has a metadata of its own, and what all services keep is in a shared one.

Two services may both have a table called `activity`; with one global metadata they could not live in one test process.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Column, MetaData, Select, Table, Text, bindparam, cast, column, func, select
from sqlalchemy.dialects.postgresql import JSONB
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


def table_of(model: type[SQLModel]) -> Table:
    """The table of a model, for statements that are about rows and not about objects."""
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table


def given(columns: Iterable[Column[Any]]) -> Select[*tuple[object, ...]]:
    """Rows with these columns that a statement is given as one JSON array, its parameter `rows`.

    One statement for a batch of any length: row by row through the driver takes several times as long.
    """
    rows = (
        func.jsonb_to_recordset(cast(bindparam("rows", type_=Text), JSONB))
        .table_valued(*(column(c.name, c.type) for c in columns), name="given")
        .render_derived(with_types=True)
    )
    return select(*rows.c)
