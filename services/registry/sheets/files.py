"""A file as it came, told apart by its bytes: names are changed by hand, and a browser's media type is a guess."""

from dataclasses import dataclass

from services.registry.sheets.errors import EmptyFile, FileTooLarge, NotATable
from services.registry.sheets.tables import LARGEST_FILE, IsHeader, Table
from services.registry.sheets.texts import read_text
from services.registry.sheets.workbooks import read_workbook


@dataclass(frozen=True)
class ImportedFile:
    """A file somebody wants to import; `sheet` names one sheet of a workbook."""

    name: str
    content: bytes
    sheet: str | None = None


_BEGINNINGS = {
    b"\xd0\xcf\x11\xe0": "It is an old .xls workbook, or one locked by a password.",
    b"%PDF": "It is a PDF.",
    b"{\\rtf": "It is a text document.",
    b"\x89PNG": "It is a picture.",
    b"\xff\xd8\xff": "It is a picture.",
}


def read_table(file: ImportedFile, known_columns: IsHeader) -> Table:
    """The table in a file.

    Raises:
        EmptyFile, FileTooLarge, NotATable, UnknownEncoding, BrokenQuotes, UnknownSheet
    """
    if not file.content:
        raise EmptyFile
    if len(file.content) > LARGEST_FILE:
        raise FileTooLarge(f"It has {len(file.content) / 1e6:.1f} MB; {LARGEST_FILE / 1e6:.0f} MB can be taken.")
    for beginning, sentence in _BEGINNINGS.items():
        if file.content.startswith(beginning):
            raise NotATable(sentence)
    if file.content.startswith(b"PK"):
        return read_workbook(file.content, known_columns, file.sheet)
    return read_text(file.content, known_columns)
