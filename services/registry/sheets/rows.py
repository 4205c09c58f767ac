"""A row of a list as what it says: only what it says, because a blank cell means "unknown".

All cells of a row are read, so that a person learns of all its errors at once. What is in the row and belongs to no
column is named.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.registry.sheets import cells
from services.registry.sheets.dates import period
from services.registry.sheets.errors import (
    CellsWithoutHeading,
    FileTooLarge,
    HeadingsAgain,
    LooksLikeARemark,
    MergedAcross,
    MoreCellsThanColumns,
    Note,
    TotalsLeftOut,
    YearOfTheList,
)
from services.registry.sheets.files import Reading as How
from services.registry.sheets.layout import Layout
from services.registry.sheets.sheet import Sheet
from services.registry.sheets.tables import MOST_CELLS, Cell, CellError, Numbered, Table
from services.registry.sheets.vocabulary import plain
from shared.errors import DomainError
from shared.written_dates import DateWithoutYear


@dataclass(frozen=True)
class Problem:
    """What is wrong with a cell of a row, or with the row."""

    error: DomainError
    field: str | None = None
    value: str | None = None


@dataclass
class Reading:
    """A row as it was read.

    Attributes:
        number: as a spreadsheet program shows it.
        code: the row's id, or one made from what the row says, the same each time.
        given: field → value, of what the row says and nothing else.
        assumed: field → value, of what was said for all rows, and holds where nothing is recorded.
    """

    number: int
    code: str = ""
    given: dict[str, Any] = field(default_factory=dict)
    assumed: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    @property
    def title(self) -> str:
        titles: Mapping[str, str] = self.given.get("title") or self.given.get("name") or {}
        return next(iter(titles.values()), "") if isinstance(titles, Mapping) else str(titles)


@dataclass(frozen=True)
class RowsRead:
    """The rows of a list; `notes` tell of rows that were left out."""

    readings: Sequence[Reading]
    notes: Sequence[Note]


def read_rows(table: Table, layout: Layout, sheet: Sheet, how: How | None = None) -> RowsRead:
    """Each row below the header that holds something.

    Raises: FileTooLarge.
    """
    how = how or How()
    reader = _Reader(table, layout, sheet, how)
    readings, totals, again = [], [], []
    for row in with_merged(table, table.rows[layout.header :]):
        if _is_total(row):
            totals.append(f"{row.number} (“{cells.shown(next(filter(None, row.cells)))}”)")
        elif _is_header(row, layout):
            again.append(str(row.number))
        elif (reading := reader.read(row)) is not None:
            readings.append(reading)
    notes: list[Note] = []
    if totals:
        notes.append(TotalsLeftOut(f"{', '.join(totals[:10])}."))
    if again:
        notes.append(HeadingsAgain(f"{', '.join(again[:10])}."))
    return RowsRead(readings, notes)


_TOTAL = re.compile(
    r"(?:всего|итого|итог|в том числе|total|in total|grand total|sum|subtotal|gesamt|summe|insgesamt|jami|жами|жалпы"
    r"|барлығы|бардыгы|баары|ҳамагӣ|jemi)\b[ :.\-–—]{0,5}[\d ., ]{0,20}(?:\w{1,20}\.?)?",
)


def _is_total(row: Numbered) -> bool:
    texts = [cell for cell in row.cells if isinstance(cell, str) and cell.strip()]
    return bool(texts) and _TOTAL.fullmatch(cells.line(texts[0])[:80].casefold()) is not None


def _is_header(row: Numbered, layout: Layout) -> bool:
    texts = [plain(cells.line(cell)) for cell in row.cells if isinstance(cell, str)]
    headings = {plain(heading) for heading in layout.headings if heading}
    return len(texts) > 1 and all(text in headings for text in texts)


def with_merged(table: Table, rows: Sequence[Numbered]) -> Iterator[Numbered]:
    """The rows, each with the value of the merged cells that cover it."""
    numbers = [row.number for row in rows]
    filled: dict[int, dict[int, Cell]] = {}
    work = 0
    for merged in table.merged:
        at = bisect_left(numbers, merged.first_row)
        column = merged.first_column - 1
        if at == len(rows) or numbers[at] != merged.first_row or column >= len(rows[at].cells):
            continue
        value = rows[at].cells[column]
        while at + 1 < len(rows) and numbers[at + 1] <= merged.last_row:
            at += 1
            work += 1
            if work > MOST_CELLS:
                raise FileTooLarge("Its merged cells cover each other too often.")
            filled.setdefault(numbers[at], {})[column] = value
    for row in rows:
        if more := filled.get(row.number):
            width = max(len(row.cells), max(more) + 1)
            whole = [row.cells[at] if at < len(row.cells) else None for at in range(width)]
            for column, value in more.items():
                whole[column] = value if whole[column] is None else whole[column]
            yield Numbered(row.number, whole)
        else:
            yield row


class _Reader:
    """Reads the rows of one list; cells that were read before are not read again, for in a long list most repeat."""

    def __init__(self, table: Table, layout: Layout, sheet: Sheet, how: How) -> None:
        self._table, self._layout, self._sheet, self._how = table, layout, sheet, how
        self._known: dict[tuple[str, type, Cell, str | None], Any] = {}
        self._across = {
            (each.first_row, each.first_column) for each in table.merged if each.first_column < each.last_column
        }
        year = how.everywhere.get("year", "")
        self._year = int(year) if year.isascii() and year.isdigit() and len(year) == 4 else layout.year
        self._everywhere = {
            name: sheet.columns[name].read(value)
            for name, value in how.everywhere.items()
            if name in sheet.columns and value and not sheet.columns[name].dated
        }

    def read(self, row: Numbered) -> Reading | None:
        layout, corrected = self._layout, self._how.corrections.get(row.number, {})
        found = Reading(row.number, notes=list(self._table.row_notes.get(row.number, ())))
        values: dict[str, Any] = {}
        filled = 0
        zone = self._zone(row, corrected)
        for name, position in layout.columns.items():
            column = self._sheet.columns[name]
            cell: Cell = row.cells[position] if position < len(row.cells) else None
            if name in corrected:
                cell = corrected[name]
            if cells.is_blank(cell, column.means):
                continue
            filled += 1
            try:
                values[name] = self._value(name, cell, zone if column.dated else None, found)
            except DomainError as error:
                found.problems.append(Problem(error, name, cells.shown(cell)))
        if not filled and not found.problems:
            return None
        self._name_the_rest(row, found)
        alone = filled == 1 and len(layout.columns) > 2 and not self._sheet.one_cell_is_a_row
        if alone and self._sheet.code not in values and not corrected:
            found.problems = [Problem(LooksLikeARemark(f"It says “{cells.shown(next(filter(None, row.cells)))}”."))]
            return found
        try:
            found.given = self._sheet.together(values)
        except DomainError as error:
            found.problems.append(Problem(error, error.field, None))
        assumed = {name: value for name, value in self._everywhere.items() if name not in values}
        found.assumed = {
            name: value for name, value in self._sheet.together(assumed).items() if name not in found.given
        }
        found.code = values.get(self._sheet.code) or self._sheet.code_made_of({**found.assumed, **found.given})
        return found

    def _value(self, name: str, cell: Cell, zone: str | None, found: Reading) -> Any:
        key = (name, type(cell), cell, zone)
        if key not in self._known:
            column = self._sheet.columns[name]
            if not column.dated:
                self._known[key] = column.read(cell)
            else:
                try:
                    self._known[key] = period(_value_of(cell), zone=zone)
                except DateWithoutYear:
                    if self._year is None:
                        raise
                    found.notes.append(YearOfTheList(f"{cells.shown(cell)}: {self._year}."))
                    return period(_value_of(cell), year=self._year, zone=zone)
        return self._known[key]

    def _zone(self, row: Numbered, corrected: Mapping[str, str]) -> str | None:
        """The time zone of the row, in which a moment has a day."""
        position = self._layout.columns.get("time_zone")
        cell: Cell = row.cells[position] if position is not None and position < len(row.cells) else None
        cell = corrected.get("time_zone", cell)
        written = cell if isinstance(cell, str) and not cells.is_blank(cell) else None
        return cells.line(written or self._how.everywhere.get("time_zone")) or None

    def _name_the_rest(self, row: Numbered, found: Reading) -> None:
        """What stands in the row and under no heading."""
        headings = self._layout.headings
        surplus = [
            cells.shown(cell)
            for position, cell in enumerate(row.cells)
            if not cells.is_blank(cell) and (position >= len(headings) or not headings[position])
        ]
        if surplus and self._table.shifts and len(row.cells) > len(headings):
            error = MoreCellsThanColumns(f"There is no column for “{'”, “'.join(surplus[-5:])}”.")
            found.problems.append(Problem(error, None, surplus[-1]))
        elif surplus:
            found.notes.append(CellsWithoutHeading(f"“{'”, “'.join(surplus[:5])}”."))
        for position in self._layout.columns.values():
            if (row.number, position + 1) in self._across:
                found.notes.append(MergedAcross(f"“{cells.shown(row.cells[position])}”."))


def _value_of(cell: Cell) -> Cell:
    """Raises: CellHoldsAnError."""
    if isinstance(cell, CellError):
        cells.text(cell)
    return cell
