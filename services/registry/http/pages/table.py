"""Rows of text that were copied from a sheet."""

import csv
from io import StringIO


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
