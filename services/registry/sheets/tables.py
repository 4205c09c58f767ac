"""A table as it was read: rows of cells, each with the number under which a spreadsheet program shows it.

Only rows that hold something are kept, so that one stray cell far down or far to the right costs nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from services.registry.sheets.errors import FileTooLarge, Note
from shared.contracts.fuzzy_dates import FuzzyDate

LARGEST_FILE = 20_000_000  # bytes
MOST_ROWS = 50_000
MOST_COLUMNS = 200
MOST_CELLS = 2_000_000
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


@dataclass(frozen=True, slots=True)
class Numbered:
    """A row with the number that a spreadsheet program shows."""

    number: int
    cells: Row


@dataclass(frozen=True, slots=True)
class Merged:
    """Cells that are shown as one, numbered from 1; the value stands in the first."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


@dataclass(frozen=True, slots=True)
class SheetSeen:
    """A sheet of a workbook."""

    name: str
    hidden: bool = False
    has_list: bool = False


@dataclass(frozen=True)
class Table:
    """What stands in a file.

    Attributes:
        rows: those that hold something, in their order.
        form: what it was read as, in words for the report: `CSV, UTF-8, comma`.
        sheet: the sheet's name, where there are sheets; `sheets` are all of them.
        notes: what stands in the file and is not in the rows.
        row_notes: the same of a row, by its number.
        shifts: whether a cell too many means that the cells before it have moved, as in a text with delimiters.
        samples: some texts as they were decoded, where the encoding is not certain.
    """

    rows: Sequence[Numbered]
    form: str
    sheet: str | None = None
    sheets: Sequence[SheetSeen] = ()
    merged: Sequence[Merged] = ()
    notes: Sequence[Note] = ()
    row_notes: Mapping[int, Sequence[Note]] = field(default_factory=dict)
    shifts: bool = False
    samples: Sequence[str] = ()


class Rows:
    """Rows as they are gathered, with the bounds kept while they grow."""

    def __init__(self) -> None:
        self.kept: list[Numbered] = []
        self._cells = 0

    def add(self, number: int, cells: Sequence[Cell]) -> None:
        """Raises: FileTooLarge."""
        if not any(cell is not None for cell in cells):
            return
        self._cells += len(cells)
        if len(self.kept) >= MOST_ROWS + HEADER_WITHIN:
            raise FileTooLarge(f"It has more than {MOST_ROWS} rows.")
        if self._cells > MOST_CELLS:
            raise FileTooLarge(f"It has more than {MOST_CELLS} cells.")
        self.kept.append(Numbered(number, cells))
