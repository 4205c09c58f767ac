"""A table as it was read: rows of cells, each with the number under which a spreadsheet program shows it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from services.registry.sheets.errors import FileTooLarge
from shared.contracts.fuzzy_dates import FuzzyDate

LARGEST_FILE = 20_000_000  # bytes
MOST_ROWS = 50_000
HEADER_WITHIN = 30
"""Rows that are looked through for the names of the columns: above them there may be a title, a logo, a remark."""


@dataclass(frozen=True, slots=True)
class CellError:
    """What a formula left in a cell instead of a value: `#REF!`."""

    code: str


Cell = str | int | float | bool | date | datetime | CellError | FuzzyDate | None
Row = Sequence[Cell]
IsHeader = Callable[[Row], int]
"""How many columns that we know a row names."""


@dataclass(frozen=True)
class Table:
    """What stands in a file.

    Attributes:
        rows: all rows from the first of the file or sheet on; a row's number is its place, counted from 1.
        form: what it was read as, in words for the report: `CSV, UTF-8, comma`.
        sheet: the sheet's name, where there are sheets.
    """

    rows: Sequence[Row]
    form: str
    sheet: str | None = None


def refuse_too_many(rows: int) -> None:
    """Raises: FileTooLarge."""
    if rows > MOST_ROWS + HEADER_WITHIN:
        raise FileTooLarge(f"It has more than {MOST_ROWS} rows.")
