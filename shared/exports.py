"""Lists as files: CSV and XLSX that a spreadsheet opens as what they are, and never as formulas.

A spreadsheet runs a cell that begins like a formula, and cuts lines at the list separator of its own country: `a;=1+1`
becomes a formula wherever lists are separated by semicolons. So a sign of a formula at the beginning of a cell, or
behind any separator, is marked by an apostrophe; quotation marks before it do not count (OWASP, CSV injection). So is
an apostrophe that begins a cell and would be taken for such a mark, as people write it before a number. `unmarked`
takes exactly those apostrophes away again. XLSX says which cell is text, so nothing is marked there.
"""

import csv
import re
from collections.abc import Iterable, Sequence
from datetime import date
from io import BytesIO, StringIO
from typing import Literal

import xlsxwriter

Cell = str | int | float | date | None
FileKind = Literal["csv", "xlsx"]

MEDIA_TYPES: dict[FileKind, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

BOM = "\ufeff"
"""Excel takes a CSV file without it for another encoding."""

_FORMULA = re.compile(r"(?:^|(?<=[;,\t|\n\r]))(?=['\"]*[=+\-@\t\r])|^(?='['\d])")
_MARKED = re.compile(r"(?:^|(?<=[;,\t|\n\r]))'(?=['\"]*[=+\-@\t\r])|^'(?=['\d])")


def marked(text: str) -> str:
    """A text in which no spreadsheet finds a formula: `=1+1` → `'=1+1`."""
    return _FORMULA.sub("'", text)


def unmarked(text: str) -> str:
    """What `marked` was given."""
    return _MARKED.sub("", text)


def csv_line(cells: Iterable[Cell], separator: str = ",") -> str:
    """A line of CSV, each text in quotes."""
    line = StringIO()
    writer = csv.writer(line, delimiter=separator, lineterminator="\r\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(
        ["" if cell is None else cell if isinstance(cell, int | float) else marked(str(cell)) for cell in cells]
    )
    return line.getvalue()


def workbook(name: str, headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A workbook of one sheet, with its heading fixed, filtered and wide enough to be read."""
    target = BytesIO()
    with xlsxwriter.Workbook(
        target, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        sheet = book.add_worksheet(re.sub(r"[\[\]:*?/\\]", " ", name)[:31].strip("' ") or "list")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.set_row(0, None, book.add_format({"bold": True}))
        sheet.freeze_panes(1, 0)
        for index, heading in enumerate(headings):
            sheet.set_column(index, index, min(max(len(heading) + 4, 12), 40))
            sheet.write_string(0, index, heading)
        last = 0
        for last, cells in enumerate(rows, 1):
            for index, cell in enumerate(cells):
                if isinstance(cell, date):
                    sheet.write_datetime(last, index, cell, day)
                elif isinstance(cell, int | float):
                    sheet.write_number(last, index, cell)
                elif cell:
                    sheet.write_string(last, index, cell[:32767])
        sheet.autofilter(0, 0, last, max(len(headings) - 1, 0))
    return target.getvalue()
