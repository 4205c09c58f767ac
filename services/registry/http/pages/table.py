"""Rows of text as Excel writes and reads them: what is copied from a sheet, and what is saved as CSV."""

import csv
from collections.abc import Iterable
from io import StringIO
from typing import Any

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def row_of_text(cells: Iterable[Any], separator: str) -> str:
    """A line of CSV. A text that Excel would take for a formula, and run, is marked as text (OWASP, CSV injection)."""
    line = StringIO()
    csv.writer(line, delimiter=separator, lineterminator="\r\n").writerow(
        [f"'{cell}" if isinstance(cell, str) and cell.startswith(_STARTS_A_FORMULA) else cell for cell in cells]
    )
    return line.getvalue()


def pasted_rows(text: str) -> list[tuple[int, list[str]]]:
    """What was copied from a sheet: the number of each row that is not blank, and its cells.

    Excel separates cells by tabs, and puts a cell with a line break in quotes. A list without any tab was typed, and is
    read as cells between semicolons.
    """
    separator = "\t" if "\t" in text else ";"
    rows: list[tuple[int, list[str]]] = []
    for number, cells in enumerate(csv.reader(StringIO(text), delimiter=separator), 1):
        trimmed = [" ".join(cell.split()) for cell in cells]
        if any(trimmed):
            rows.append((number, trimmed))
    return rows
