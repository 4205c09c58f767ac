"""A file as it came, told apart by its bytes: names are changed by hand, and a browser's media type is a guess."""

from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict

from services.registry.sheets.errors import EmptyFile, FileTooLarge, NotATable
from services.registry.sheets.tables import LARGEST_FILE, IsHeader, Table
from services.registry.sheets.texts import read_pasted, read_text
from services.registry.sheets.workbooks import read_workbook


class Reading(BaseModel):
    """How a person wants a list to be read, where it does not say so itself.

    Attributes:
        sheet: the name of a sheet of a workbook.
        encoding: of a text, by its name.
        columns: heading → our field, or nothing for a column that is not to be read.
        everywhere: field → what holds for new rows that leave it blank: the phase of the whole list, its year.
        corrections: row → field → what the cell should say.
        pasted: the content was copied to the clipboard, as UTF-8.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    sheet: str | None = None
    encoding: str | None = None
    columns: dict[str, str] = {}
    everywhere: dict[str, str] = {}
    corrections: dict[int, dict[str, str]] = {}
    pasted: bool = False


@dataclass(frozen=True)
class ImportedFile:
    """A file somebody wants to import."""

    name: str
    content: bytes
    how: Reading = field(default_factory=Reading)


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
    if file.how.pasted:
        return read_pasted(file.content.decode(errors="replace"), known_columns)
    for beginning, sentence in _BEGINNINGS.items():
        if file.content.startswith(beginning):
            raise NotATable(sentence)
    if file.content.startswith(b"PK"):
        return read_workbook(file.content, known_columns, file.how.sheet)
    return read_text(file.content, known_columns, file.how.encoding)
