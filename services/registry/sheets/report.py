"""What an import would do, row by row, before anything is written: for the page, the API and the command line alike.

`token` stands for everything the report says. Who accepts the report gives it back, so that what is written is exactly
what was shown.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

Outcome = Literal["new", "likely-duplicate", "changed", "unchanged", "error"]
"""A likely duplicate may be new as well: a person has to say which."""

Choice = Literal["import", "skip", "same", "correct", "keep"]
"""What to do with a row: `import` it as it is; `skip` it; `same` records it and merges it into its match, which takes
over its sources; `correct` makes its match what the row says; `keep` takes all but what a colleague has changed."""


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True)


class Finding(_Said):
    """What is wrong with a cell, or with the row."""

    column: str | None = Field(description="The column as the file calls it; absent when it is the whole row.")
    field: str | None = Field(default=None, description="Our name of the column, under which it can be corrected.")
    value: str | None = Field(description="What the cell says.")
    problem: str = Field(description="Stable for machines.")
    reason: str = Field(description="What is wrong this time.")
    remedy: str = Field(description="What is wrong in general, and what to do.")


class FieldChange(_Said):
    """What a row would change of what is recorded; nothing stands for unknown."""

    field: str
    before: str | None
    after: str | None
    conflict: bool = Field(
        default=False, description="A colleague changed it; the list still says what was recorded before."
    )


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
    says: dict[str, str] = Field(default={}, description="What a new row would record, by field.")
    changes: tuple[FieldChange, ...] = ()
    errors: tuple[Finding, ...] = ()
    remarks: tuple[str, ...] = ()
    notes: tuple[Finding, ...] = Field(default=(), description="What was seen in the row and is not simply a value.")
    asks: tuple[Choice, ...] = Field(default=(), description="One of these has to be chosen before it is accepted.")
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
    total: int = Field(default=0, description="How many rows there are, where only some of them are shown.")
    noun: str = "activities"
    notes: tuple[Finding, ...] = Field(default=(), description="What was seen in the file and is in no row.")
    sheets: tuple[str, ...] = Field(default=(), description="The sheets of the workbook; one is read at a time.")
    hidden_sheets: tuple[str, ...] = ()
    samples: tuple[str, ...] = Field(
        default=(), description="How the text reads in each encoding it may be in; choose one where there are any."
    )
    fields: tuple[str, ...] = Field(default=(), description="What a column can be mapped to by hand.")
    token: str = Field(description="Send it back to accept exactly this.")


class ImportedRow(_Said):
    """What became of a row."""

    row: int
    outcome: Literal["created", "changed", "merged"]
    code: str
    id: UUID
    title: str = ""
    version: int = Field(default=1, description="Of the record, right after the import.")
    before: int | None = Field(default=None, description="Its version before the import, where there was one.")


class Imported(_Said):
    """What an import did."""

    created: int
    changed: int
    merged: int = Field(description="Created, and merged into their match at once.")
    unchanged: int
    left_out: tuple[int, ...] = Field(description="Rows that were skipped, or have errors.")
    rows: tuple[ImportedRow, ...] = Field(description="What was written.")


class Obstacle(_Said):
    """What was built on a row since, so that undoing the import would lose it."""

    problem: str = Field(description="Stable for machines.")
    reason: str = Field(description="What stands in the way this time.")
    remedy: str = Field(description="What stands in the way in general, and what to do.")


class UndoingRow(_Said):
    """What undoing an import would do with a row: nothing, where somebody has taken it out already."""

    row: ImportedRow
    what: Literal["taken-out", "restored", "nothing"]
    obstacles: tuple[Obstacle, ...] = ()


class Undoing(_Said):
    """What undoing an import would do."""

    rows: tuple[UndoingRow, ...]
    taken_out: int
    restored: int
    in_the_way: int = Field(description="How many rows something was built on; nothing is undone while there are any.")
    told: int = Field(description="How many people may have been told of it: these get a mail about what is true then.")
    token: str = Field(description="Send it back to undo exactly this.")


class Undone(_Said):
    """What undoing an import did, who did it and when."""

    taken_out: int
    restored: int
    at: AwareDatetime
    actor_id: UUID


def counts_of(rows: Sequence[RowReport]) -> dict[Outcome, int]:
    found = Counter(row.outcome for row in rows)
    outcomes: tuple[Outcome, ...] = ("new", "likely-duplicate", "changed", "unchanged", "error")
    return {outcome: found[outcome] for outcome in outcomes}


def token_of(programme: str, rows: Sequence[RowReport]) -> str:
    return hashlib.sha256(programme.encode() + _ROWS.dump_json(list(rows))).hexdigest()


_ROWS: TypeAdapter[list[RowReport]] = TypeAdapter(list[RowReport])
