"""Which column of a table means which field: the layout of a list, found by the names in its header."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.registry.sheets.cells import line
from services.registry.sheets.errors import ColumnTwice, NoRows, WrongColumns
from services.registry.sheets.tables import HEADER_WITHIN, CellError, Row, Table
from services.registry.sheets.vocabulary import COLUMNS, by_word, plain

_FIELDS = by_word(COLUMNS)
_TITLES = ("title", "title_en", "title_ru")


@dataclass(frozen=True)
class Layout:
    """What a table's header says.

    Attributes:
        header: the number of its row.
        columns: field → where it stands in a row, counted from 0.
        names: field → what the column is called in the file.
        unknown: the names of columns that mean nothing to us; they are not imported.
    """

    header: int
    columns: Mapping[str, int]
    names: Mapping[str, str]
    unknown: Sequence[str]


def known_columns(row: Row) -> int:
    """How many of our fields a row names."""
    return len({_FIELDS[name] for name in _names(row) if name in _FIELDS})


def layout_of(table: Table) -> Layout:
    """Find the header.

    Raises:
        WrongColumns: no row names a title and a phase, or an id.
        ColumnTwice, NoRows
    """
    candidates = table.rows[:HEADER_WITHIN]
    number = max(range(len(candidates)), key=lambda each: known_columns(candidates[each]), default=None)
    if number is None or known_columns(candidates[number]) < 2:
        seen = next((row for row in candidates if any(_names(row))), ())
        listed = ", ".join(f"“{name}”" for name in _names(seen)[:8] if name)
        raise WrongColumns(f"The first row with text reads: {listed}." if listed else "All rows are blank.")
    layout = _read(candidates[number], number + 1)
    has_title = any(name in layout.columns for name in _TITLES)
    missing = [name for name, there in (("title", has_title), ("phase", "phase" in layout.columns)) if not there]
    if missing and "code" not in layout.columns:  # with ids, a list may tell more of what is recorded already
        found = ", ".join(f"“{name}”" for name in (*layout.names.values(), *layout.unknown))
        raise WrongColumns(f"Row {layout.header} has no column {', '.join(missing)}; it has {found}.")
    if all(not any(_names(row)) for row in table.rows[layout.header :]):
        raise NoRows
    return layout


def _read(header: Row, number: int) -> Layout:
    columns: dict[str, int] = {}
    names: dict[str, str] = {}
    unknown: list[str] = []
    for position, name in enumerate(_names(header)):
        if not name:
            continue
        written = line(header[position])
        field = _FIELDS.get(name)
        if field is None:
            unknown.append(written)
        elif field in columns:
            raise ColumnTwice(f"“{names[field]}” and “{written}” both mean {field}.")
        else:
            columns[field], names[field] = position, written
    return Layout(number, columns, names, unknown)


def _names(row: Row) -> list[str]:
    return ["" if cell is None or isinstance(cell, CellError) else plain(str(cell)) for cell in row]
