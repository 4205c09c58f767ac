"""An Excel workbook as tables: values as Excel shows them, the cached ones where there are formulas.

calamine reads a failed formula as an empty cell, and an empty cell means "unknown" here; so the errors are looked up
in the sheet's own XML. Older `.xls` files are refused, because there they could not be told apart.
"""

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Any
from xml.sax.saxutils import unescape

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum

from services.registry.sheets.errors import FileTooLarge, NotATable, UnknownSheet
from services.registry.sheets.tables import HEADER_WITHIN, Cell, CellError, IsHeader, Table, refuse_too_many

LARGEST_UNPACKED = 300_000_000  # bytes; a small archive can hold far more than fits into memory

_LAST_COLUMN = 200  # what stands further right is no list of ours


def read_workbook(content: bytes, known_columns: IsHeader, sheet: str | None = None) -> Table:
    """The sheet of this name; without a name, the first that has a header we know, or else the first.

    Raises:
        NotATable: it is not a workbook, or it is locked by a password.
        FileTooLarge, UnknownSheet
    """
    _refuse_what_bursts(content)
    try:
        with CalamineWorkbook.from_filelike(BytesIO(content)) as workbook:
            names = [each.name for each in workbook.sheets_metadata if each.typ == SheetTypeEnum.WorkSheet]
            if sheet is not None and sheet not in names:
                raise UnknownSheet(f"It has {', '.join(names)}.", field="sheet")
            chosen = sheet or _first_with_header(workbook, names, known_columns)
            rows = _rows(workbook.get_sheet_by_name(chosen))
    except (CalamineError, ValueError) as error:
        raise NotATable(f"The workbook cannot be read: {error}.") from None
    for row, column, code in _errors(content, chosen):
        if row < len(rows) and column < len(rows[row]):
            rows[row][column] = CellError(code)
    return Table(rows, "Excel", chosen)


def _refuse_what_bursts(content: bytes) -> None:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise NotATable("It begins like a workbook, and is damaged: get it again.") from None
    if sum(member.file_size for member in members) > LARGEST_UNPACKED:
        raise FileTooLarge("It unpacks to more than 300 MB.")
    if "xl/workbook.xml" not in {member.filename for member in members}:
        raise NotATable("It is an archive, but no .xlsx workbook.")


def _first_with_header(workbook: CalamineWorkbook, names: list[str], known_columns: IsHeader) -> str:
    if not names:
        raise NotATable("The workbook has no sheet with cells.")

    def named(name: str) -> int:
        beginning = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False, nrows=HEADER_WITHIN)
        return max((known_columns([_cell(value) for value in row]) for row in beginning), default=0)

    return next((name for name in names if named(name) >= 2), names[0])


def _rows(sheet: CalamineSheet) -> list[list[Cell]]:
    refuse_too_many(sheet.total_height)
    return [[_cell(value) for value in row[:_LAST_COLUMN]] for row in sheet.to_python(skip_empty_area=False)]


def _cell(value: Any) -> Cell:
    match value:
        case "":
            return None
        case float() if value.is_integer():
            return int(value)
        case time() | timedelta():
            return str(value)  # no column of ours holds a time of day: the column's own error will say so
        case str() | int() | float() | bool() | date() | datetime():
            return value
    return str(value)


_CELL = re.compile(rb'<(?:\w+:)?c\b(?=[^>]*\bt="e")[^>]*\br="([A-Z]+)(\d+)"[^>]*>(.*?)</(?:\w+:)?c>', re.DOTALL)
_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]*)</")
_SHEET = re.compile(r"<(?:\w+:)?sheet\b[^>]*>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\b[^>]*>")


def _errors(content: bytes, sheet: str) -> Iterator[tuple[int, int, str]]:
    """Row and column, counted from 0, and code of each failed formula of a sheet."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        path = _path_of(archive, sheet)
        if path is None:
            return
        for column, row, inner in _CELL.findall(archive.read(path)):
            value = _VALUE.search(inner)
            yield int(row) - 1, _column_number(column.decode()), value[1].decode() if value else "#ERROR"


def _path_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """Where in the archive a sheet lies: its name leads to a relation, the relation to a path."""
    relations: dict[str, str] = {}
    for tag in _RELATION.findall(archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")):
        relations[_attribute(tag, "Id")] = _attribute(tag, "Target")
    for tag in _SHEET.findall(archive.read("xl/workbook.xml").decode("utf-8", "replace")):
        if _attribute(tag, "name") == sheet:
            target = relations.get(_attribute(tag, r"\w+:id"), "")
            path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            return path if path in archive.namelist() else None
    return None


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'\s{name}="([^"]*)"', tag)
    return unescape(found[1], {"&quot;": '"', "&apos;": "'"}) if found else ""


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
