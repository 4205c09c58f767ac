"""What an import would do, row by row, before anything is written: for the page, the API and the command line alike.

`token` stands for everything the report says. Who accepts the report gives it back, so that what is written is exactly
what was shown.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

Outcome = Literal["new", "likely-duplicate", "changed", "unchanged", "error"]
"""A likely duplicate is new as well, and is imported unless the person says otherwise."""

Choice = Literal["import", "skip", "same"]
"""What to do with a row: `same` imports it and merges it into its match, which takes over its sources."""


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True)


class Finding(_Said):
    """What is wrong with a cell, or with the row."""

    column: str | None = Field(description="The column as the file calls it; absent when it is the whole row.")
    value: str | None = Field(description="What the cell says.")
    problem: str = Field(description="Stable for machines.")
    reason: str = Field(description="What is wrong this time.")
    remedy: str = Field(description="What is wrong in general, and what to do.")


class FieldChange(_Said):
    """What a row would change of what is recorded; nothing stands for unknown."""

    field: str
    before: str | None
    after: str | None


class Match(_Said):
    """What a row resembles: a recorded activity (`id`), or an earlier row of the file (`row`)."""

    likeness: int = Field(description="Percent.")
    code: str
    title: str
    starts: str | None
    id: UUID | None = None
    row: int | None = None


class RowReport(_Said):
    """What will become of a row."""

    row: int = Field(description="As a spreadsheet program numbers it.")
    outcome: Outcome
    code: str
    title: str
    starts: str | None = None
    changes: tuple[FieldChange, ...] = ()
    errors: tuple[Finding, ...] = ()
    remarks: tuple[str, ...] = ()
    match: Match | None = None
    told: int = Field(default=0, description="How many people will be written to because of this row.")


class ImportReport(_Said):
    """What an import would do."""

    file: str
    form: str = Field(description="What the file was read as.")
    sheet: str | None
    programme: str
    columns: dict[str, str] = Field(description="The field of each column that is read, by the column's name.")
    unknown_columns: tuple[str, ...] = Field(description="Columns that mean nothing here and are not imported.")
    counts: dict[Outcome, int]
    told: int = Field(description="How many people will be written to.")
    rows: tuple[RowReport, ...]
    token: str = Field(description="Send it back to accept exactly this.")


class ImportedRow(_Said):
    """What became of a row."""

    row: int
    outcome: Literal["created", "changed", "merged"]
    code: str
    id: UUID


class Imported(_Said):
    """What an import did."""

    created: int
    changed: int
    merged: int = Field(description="Created, and merged into their match at once.")
    unchanged: int
    left_out: tuple[int, ...] = Field(description="Rows that were skipped, or have errors.")
    rows: tuple[ImportedRow, ...] = Field(description="What was written.")


def counts_of(rows: Sequence[RowReport]) -> dict[Outcome, int]:
    found = Counter(row.outcome for row in rows)
    outcomes: tuple[Outcome, ...] = ("new", "likely-duplicate", "changed", "unchanged", "error")
    return {outcome: found[outcome] for outcome in outcomes}


def token_of(programme: str, rows: Sequence[RowReport]) -> str:
    return hashlib.sha256(programme.encode() + _ROWS.dump_json(list(rows))).hexdigest()


_ROWS: TypeAdapter[list[RowReport]] = TypeAdapter(list[RowReport])
