"""Lists as people send them, made for a test: CSV in an encoding, Excel workbooks with whatever a cell can hold."""

import csv
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from io import BytesIO, StringIO
from random import Random
from typing import Any

import xlsxwriter

from services.registry.sheets.files import ImportedFile, read_table
from services.registry.sheets.layout import Layout, knows, layout_of
from services.registry.sheets.rows import Reading, read_rows
from services.registry.sheets.tables import Table
from services.registry.usecases.activities.sheet import SHEET

HEADER = (
    *("id", "title", "title_ru", "kind", "phase", "component", "scope", "delivery", "starts", "ends"),
    *("city", "host_country", "beneficiary_countries", "participants", "women"),
    *("co_organisers", "expert_affiliations", "outputs", "source_url_or_seed"),
)
ROW: Mapping[str, str] = {
    "id": "sample-1",
    "title": "Sample workshop on risk analysis",
    "kind": "workshop",
    "phase": "1",
    "component": "1",
    "starts": "2026-09-14",
    "ends": "2026-09-16",
    "host_country": "KG",
    "beneficiary_countries": "KG",
    "source_url_or_seed": "https://example.org/1",
}


def row(**changes: str) -> dict[str, str]:
    """A good row of the layout of `activities.csv`, for programme SAMPLE."""
    return {**ROW, **changes}


def csv_text(rows: Sequence[Mapping[str, str]], header: Sequence[str] = HEADER, delimiter: str = ",") -> str:
    out = StringIO()
    writer = csv.DictWriter(out, header, restval="", delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def csv_file(*rows: Mapping[str, str], encoding: str = "utf-8") -> ImportedFile:
    return ImportedFile("list.csv", csv_text(rows).encode(encoding))


def workbook(sheets: Mapping[str, Sequence[Sequence[Any]]]) -> ImportedFile:
    """An Excel workbook. A cell is a value, a date, or a formula with its cached value: `("=A1", "#REF!")`."""
    out = BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    as_date = book.add_format({"num_format": "dd.mm.yyyy"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                if isinstance(cell, date):
                    sheet.write_datetime(number, column, cell, as_date)
                elif isinstance(cell, tuple):
                    sheet.write_formula(number, column, cell[0], None, cell[1])
                elif cell is not None:
                    sheet.write(number, column, cell)
    book.close()
    return ImportedFile("list.xlsx", out.getvalue())


def table_of(file: ImportedFile) -> Table:
    return read_table(file, knows(SHEET))


def readings_of(file: ImportedFile) -> list[Reading]:
    table = table_of(file)
    return list(read_rows(table, layout_of(table, SHEET), SHEET, file.how).readings)


def layout_in(file: ImportedFile) -> Layout:
    return layout_of(table_of(file), SHEET)


def many(rows: int, *, seed: int = 1) -> ImportedFile:
    """A long list of synthetic activities over ten years, the same for the same seed."""
    chance = Random(seed)  # noqa: S311  nothing is kept secret by it
    topics = ("risk analysis", "document security", "dog handling", "valuation", "profiling", "food safety")
    written = []
    for number in range(rows):
        first = date(2016, 1, 1) + timedelta(days=chance.randrange(3650))
        country = chance.choice(("KG", "KZ", "TJ", "TM", "UZ"))
        kind = chance.choice(("workshop", "training", "meeting"))
        written.append(
            row(
                id=f"sample-{number}",
                title=f"Sample {kind} {number} on {chance.choice(topics)} and {chance.choice(topics)}, {country}",
                kind=kind,
                starts=first.isoformat(),
                ends=(first + timedelta(days=2)).isoformat(),
                city=chance.choice(("Bishkek", "Almaty", "")),
                host_country=country,
                beneficiary_countries=country,
                participants=str(chance.randrange(5, 40)),
                co_organisers="Sample organisation; Other sample",
                source_url_or_seed=f"https://example.org/{number}",
            )
        )
    return ImportedFile("many.csv", csv_text(written).encode())
