"""The base of this service's tables, which live in a metadata of their own, and how a batch of rows gets into one."""

import sqlalchemy
from sqlalchemy import DateTime, Select, Text, bindparam, cast, column, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import SQLModel

from shared.database import table_model


class Table(SQLModel):
    """What each table of notifications is derived from."""

    metadata = table_model().metadata


Moment = DateTime(timezone=True)


def table_of(model: type[Table]) -> sqlalchemy.Table:
    """The table of a model, for statements that are about rows and not about objects."""
    table: sqlalchemy.Table = model.__table__  # type: ignore[attr-defined]
    return table


def given(table: sqlalchemy.Table) -> Select[*tuple[object, ...]]:
    """The rows of a table that a statement is given as one JSON array, its parameter `rows`."""
    rows = (
        func.jsonb_to_recordset(cast(bindparam("rows", type_=Text), JSONB))
        .table_valued(*(column(c.name, c.type) for c in table.columns), name="given")
        .render_derived(with_types=True)
    )
    return select(*rows.c)
