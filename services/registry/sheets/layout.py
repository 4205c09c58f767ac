"""Which column of a table means which field: the layout of a list, found by the names in its header.

Headings may stand over two rows, the upper one merged over several columns (`Dates` over `Start` and `End`).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from services.registry.sheets.cells import line
from services.registry.sheets.errors import (
    ColumnTwice,
    NoRows,
    Note,
    RowsAboveTheHeadings,
    UnknownColumn,
    WrongColumns,
)
from services.registry.sheets.sheet import Sheet
from services.registry.sheets.tables import HEADER_WITHIN, CellError, Numbered, Row, Table
from services.registry.sheets.vocabulary import plain

_COUNTERS = frozenset({"№", "no", "nr", "n", "#", "№ п/п", "п/п", "no.", "№№"})
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


@dataclass(frozen=True)
class Layout:
    """What a table's header says.

    Attributes:
        header: how many of the table's rows end with the header.
        columns: field → where it stands in a row, counted from 0.
        names: field → what the column is called in the file.
        headings: what stands above each column.
        unknown: the names of columns that mean nothing to us; they are not imported.
        year: the one year that the title of the list names.
    """

    header: int
    columns: Mapping[str, int]
    names: Mapping[str, str]
    headings: Sequence[str]
    unknown: Sequence[str]
    year: int | None = None
    notes: Sequence[Note] = field(default_factory=tuple)


def knows(sheet: Sheet) -> Callable[[Row], int]:
    """How many fields of the sheet a row names."""
    return lambda row: len({found for name in _texts(row) if (found := sheet.field_called(name))})


def layout_of(table: Table, sheet: Sheet, chosen: Mapping[str, str] | None = None) -> Layout:
    """Find the header.

    Args:
        chosen: heading → field, as a person has said; nothing where the column is not to be read.

    Raises:
        WrongColumns: no row names a column that is needed, or an id.
        ColumnTwice, NoRows, UnknownColumn
    """
    by_hand = {plain(heading): name for heading, name in (chosen or {}).items()}
    if unknown := sorted({name for name in by_hand.values() if name} - sheet.columns.keys()):
        raise UnknownColumn(f"Nothing is called {', '.join(unknown)}.")
    found = _header(table, sheet, by_hand)
    if found is None:
        listed = ", ".join(f"“{name}”" for name in _first_texts(table)[:8])
        case = f"The first row with text reads: {listed}." if listed else "All rows are blank."
        raise WrongColumns(case, headings=_first_texts(table))
    length, headings = found
    layout = _read(table, sheet, by_hand, length, headings)
    missing = [group[0] for group in sheet.needed if not any(name in layout.columns for name in group)]
    if missing and sheet.code not in layout.columns:  # with ids, a list may tell more of what is recorded already
        listed = ", ".join(f"“{name}”" for name in (*layout.names.values(), *layout.unknown))
        case = f"Row {table.rows[length - 1].number} has no column {', '.join(missing)}; it has {listed}."
        raise WrongColumns(case, headings=[heading for heading in headings if heading])
    if length == len(table.rows):
        raise NoRows
    return layout


def _header(table: Table, sheet: Sheet, by_hand: Mapping[str, str]) -> tuple[int, list[str]] | None:
    """How many rows end with the header, and its headings: of one row, or of two where that names more columns."""
    best: tuple[int, int, list[str]] | None = None
    rows = table.rows[:HEADER_WITHIN]
    for at, row in enumerate(rows):
        one = _texts(row.cells)
        readings = [(at + 1, one)]
        if at + 1 < len(rows):
            readings.append((at + 2, _over_two_rows(table, row, rows[at + 1], sheet)))
        for length, headings in readings:
            named = len({name for heading in headings if (name := _field(heading, sheet, by_hand))})
            named += sum(1 for heading in headings if by_hand.get(plain(heading)) == "")
            if best is None or named > best[0]:
                best = named, length, headings
    if best is None or best[0] < (1 if by_hand else sheet.fewest):
        return None
    _named, length, headings = best
    if best[0] == 1 and not by_hand and any(heading and not sheet.field_called(heading) for heading in headings):
        return None  # one word among others that mean nothing: it is a row of the list
    return length, headings


def _over_two_rows(table: Table, upper: Numbered, lower: Numbered, sheet: Sheet) -> list[str]:
    """What two rows say together: the lower heading, with the upper one before it where it spans several columns."""
    above, below = _texts(upper.cells), _texts(lower.cells)
    width = max(len(above), len(below))
    above += [""] * (width - len(above))
    below += [""] * (width - len(below))
    spanned = dict[int, str]()
    for merged in table.merged:
        if merged.first_row == upper.number and merged.last_column > merged.first_column:
            first = merged.first_column - 1
            spanned |= dict.fromkeys(
                range(first, min(merged.last_column, width)), above[first] if first < width else ""
            )
    headings = []
    for at in range(width):
        over = spanned.get(at, above[at])
        if not below[at]:
            headings.append(over)
        elif not over or not sheet.field_called(f"{over} {below[at]}"):
            headings.append(below[at] if sheet.field_called(below[at]) or not over else over)
        else:
            headings.append(f"{over} {below[at]}")
    return headings


def _read(table: Table, sheet: Sheet, by_hand: Mapping[str, str], length: int, headings: Sequence[str]) -> Layout:
    columns: dict[str, int] = {}
    names: dict[str, str] = {}
    unknown: list[str] = []
    for position, heading in enumerate(headings):
        name = _field(heading, sheet, by_hand)
        if not heading or name == "" or (name is None and plain(heading) in _COUNTERS):
            continue
        if name is None:
            unknown.append(heading)
        elif name in columns:
            raise ColumnTwice(f"“{names[name]}” and “{heading}” both mean {name}.")
        else:
            columns[name], names[name] = position, heading
    above = [text for row in table.rows[: length - 1] for text in _texts(row.cells) if text and text not in headings]
    notes = [RowsAboveTheHeadings(f"{' · '.join(above)[:200]}.")] if above else []
    years = {int(year) for text in (*above, table.sheet or "") for year in _YEAR.findall(text[:500])}
    return Layout(length, columns, names, list(headings), unknown, years.pop() if len(years) == 1 else None, notes)


def _field(heading: str, sheet: Sheet, by_hand: Mapping[str, str]) -> str | None:
    return by_hand[plain(heading)] if plain(heading) in by_hand else sheet.field_called(heading)


def _first_texts(table: Table) -> list[str]:
    return [text for text in _texts(table.rows[0].cells) if text] if table.rows else []


def _texts(row: Row) -> list[str]:
    return ["" if cell is None or isinstance(cell, CellError) else line(cell)[:200] for cell in row]
