"""An Excel workbook as a table: what stands in its cells as Excel shows it, read as a stream and never as a rectangle.

No library reads both within bounds and as Excel shows: calamine builds the rectangle around all cells and drops formats
and merged ranges; openpyxl's stream has no merged ranges, hidden rows or comments. So the parts of the archive go
through expat, in pieces, and only what is filled is kept. A document type (entities) is refused.
"""

import posixpath
import re
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from xml.parsers import expat

from services.registry.sheets.errors import (
    CellsBesideTheList,
    CellsWithComments,
    ColumnsHidden,
    FileTooLarge,
    Filtered,
    NotATable,
    Note,
    OtherSheets,
    RowHidden,
    UnknownSheet,
    YearNotShown,
)
from services.registry.sheets.number_formats import BUILT_IN, Format, format_of, plain_number
from services.registry.sheets.tables import (
    HEADER_WITHIN,
    MOST_CELLS,
    MOST_COLUMNS,
    Cell,
    CellError,
    IsHeader,
    Merged,
    Rows,
    SheetSeen,
    Table,
)
from shared.plain_text import visible_text

LARGEST_UNPACKED = 300_000_000  # bytes; a small archive can hold far more than fits into memory
_MOST_PARTS = 10_000
_MOST_SHEETS = 100
_MOST_MERGED = 100_000
_LONGEST_CELL = 40_000  # characters; Excel itself takes 32 767
_NOT_COMPUTED = "formula without a value"
_CHUNK = 1 << 16


def read_workbook(content: bytes, known_columns: IsHeader, sheet: str | None = None) -> Table:
    """The sheet of this name; without a name, the first visible one that has a header we know, or else the first.

    Raises:
        NotATable: it is not a workbook, or it is locked by a password.
        FileTooLarge, UnknownSheet
    """
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            return _read(_Parts(archive), known_columns, sheet)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, RuntimeError, ValueError):
        raise NotATable("It begins like a workbook, and is damaged or locked: get it again.") from None
    except expat.ExpatError as error:
        raise NotATable(f"The workbook cannot be read: {error}.") from None


Attributes = Mapping[str, str]
Start = Callable[[str, Attributes], None]
End = Callable[[str, str], None]
"""Told of the end of an element: its name, and the text in it."""


class _Stop(Exception):
    """Enough was read."""


class _Parts:
    """The parts of the archive, and how much of all of them may still be unpacked."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._names = frozenset(archive.namelist()[: _MOST_PARTS + 1])
        self._left = LARGEST_UNPACKED
        if len(self._names) > _MOST_PARTS:
            raise FileTooLarge("It is an archive of too many parts.")
        if "xl/workbook.xml" not in self._names:
            raise NotATable("It is an archive, but no .xlsx workbook.")

    def __contains__(self, path: str) -> bool:
        return path in self._names

    def parse(self, path: str, start: Start, end: End) -> None:
        """Read a part piece by piece. Names come without their prefixes."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        names: dict[str, str] = {}
        text: list[str] = []
        length = 0

        def local(name: str) -> str:
            found = names.get(name)
            if found is None:
                found = names[name] = name.rpartition(":")[2]
            return found

        def started(name: str, attributes: dict[str, str]) -> None:
            nonlocal length
            text.clear()
            length = 0
            start(local(name), attributes)

        def said(data: str) -> None:
            nonlocal length
            length += len(data)
            if length > _LONGEST_CELL:
                raise FileTooLarge(f"A cell holds more than {_LONGEST_CELL} characters.")
            text.append(data)

        def ended(name: str) -> None:
            end(local(name), "".join(text))
            text.clear()

        def refused(*_about: object) -> None:
            raise NotATable("The workbook carries a document type, which no spreadsheet program writes.")

        parser.StartElementHandler, parser.EndElementHandler = started, ended
        parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = said, refused
        try:
            with self._archive.open(path) as part:
                while piece := part.read(_CHUNK):
                    self._left -= len(piece)
                    if self._left < 0:
                        raise FileTooLarge("It unpacks to more than 300 MB.")
                    parser.Parse(piece, False)
            parser.Parse(b"", True)
        except _Stop:
            pass


@dataclass
class _Book:
    """What the workbook says of all its sheets."""

    sheets: list[SheetSeen] = field(default_factory=list)
    paths: dict[str, str] = field(default_factory=dict)
    since_1904: bool = False
    texts: list[str] = field(default_factory=list)
    formats: list[Format] = field(default_factory=list)


def _read(parts: _Parts, known_columns: IsHeader, sheet: str | None) -> Table:
    book = _book(parts)
    names = [each.name for each in book.sheets]
    if not names:
        raise NotATable("The workbook has no sheet with cells.")
    if sheet is not None and sheet not in names:
        raise UnknownSheet(f"It has {', '.join(names)}.", field="sheet")
    book.texts, book.formats = _shared_texts(parts), _formats(parts)
    seen = [SheetSeen(each.name, each.hidden, _has_list(parts, book, each.name, known_columns)) for each in book.sheets]
    chosen = sheet or _preferred(seen)
    found = _Sheet(book)
    parts.parse(book.paths[chosen], found.start, found.end)
    notes = [*found.notes(), *_comments(parts, book.paths[chosen])]
    others = [each for each in seen if each.name != chosen and each.has_list]
    if others:
        notes.append(OtherSheets(", ".join(f"“{each.name}”" for each in others) + "."))
    return Table(
        found.rows.kept,
        "Excel",
        chosen,
        sheets=seen,
        merged=found.merged,
        notes=notes,
        row_notes=found.row_notes,
    )


def _preferred(seen: Sequence[SheetSeen]) -> str:
    """Visible before hidden, and with a list before without."""
    return min(seen, key=lambda each: (each.hidden and not each.has_list, not each.has_list, each.hidden)).name


def _has_list(parts: _Parts, book: _Book, name: str, known_columns: IsHeader) -> bool:
    beginning = _Sheet(book, rows=HEADER_WITHIN)
    parts.parse(book.paths[name], beginning.start, beginning.end)
    return max((known_columns(row.cells) for row in beginning.rows.kept), default=0) >= 2


def _book(parts: _Parts) -> _Book:
    book = _Book()
    relations = _relations(parts, "xl/workbook.xml")

    def start(name: str, attributes: Attributes) -> None:
        if name == "workbookPr":
            book.since_1904 = attributes.get("date1904", "0") in ("1", "true")
        elif name == "sheet" and len(book.sheets) < _MOST_SHEETS:
            relation = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "id"), "")
            path, kind = relations.get(relation, ("", ""))
            if path in parts and kind.endswith("/worksheet"):
                title = attributes.get("name", "")
                book.sheets.append(SheetSeen(title, attributes.get("state", "visible") != "visible"))
                book.paths[title] = path

    parts.parse("xl/workbook.xml", start, _nothing)
    return book


def _relations(parts: _Parts, path: str) -> dict[str, tuple[str, str]]:
    """Id → path in the archive and kind, of what a part refers to."""
    folder, _, name = path.rpartition("/")
    listed = f"{folder}/_rels/{name}.rels"
    found: dict[str, tuple[str, str]] = {}

    def start(tag: str, attributes: Attributes) -> None:
        if tag == "Relationship":
            target = attributes.get("Target", "")
            whole = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
            found[attributes.get("Id", "")] = (whole, attributes.get("Type", ""))

    if listed in parts:
        parts.parse(listed, start, _nothing)
    return found


def _shared_texts(parts: _Parts) -> list[str]:
    path = "xl/sharedStrings.xml"
    texts: list[str] = []
    runs: list[str] = []
    skipped = False

    def start(name: str, _attributes: Attributes) -> None:
        nonlocal skipped
        if name == "si":
            runs.clear()
        elif name == "rPh":  # how a word is pronounced, shown above it
            skipped = True

    def end(name: str, text: str) -> None:
        nonlocal skipped
        if name == "t" and not skipped:
            runs.append(text)
        elif name == "rPh":
            skipped = False
        elif name == "si":
            if len(texts) >= MOST_CELLS:
                raise FileTooLarge(f"It has more than {MOST_CELLS} texts.")
            texts.append(_unescaped("".join(runs)))

    if path in parts:
        parts.parse(path, start, end)
    return texts


def _formats(parts: _Parts) -> list[Format]:
    path = "xl/styles.xml"
    own: dict[int, str] = {}
    formats: list[Format] = []
    within = ""

    def start(name: str, attributes: Attributes) -> None:
        nonlocal within
        if name == "numFmt" and len(own) < 10_000:
            own[_number(attributes.get("numFmtId", ""))] = attributes.get("formatCode", "General")
        elif name in ("cellXfs", "cellStyleXfs"):
            within = name
        elif name == "xf" and within == "cellXfs" and len(formats) < 100_000:
            number = _number(attributes.get("numFmtId", "0"))
            formats.append(format_of(own.get(number) or BUILT_IN.get(number, "General")))

    if path in parts:
        parts.parse(path, start, _nothing)
    return formats


_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_GENERAL = Format("general")


class _Sheet:
    """The cells of a sheet as they come by.

    Args:
        rows: stop after so many that hold something.
    """

    def __init__(self, book: _Book, *, rows: int | None = None) -> None:
        self.rows = Rows()
        self.merged: list[Merged] = []
        self.row_notes: dict[int, list[Note]] = defaultdict(list)
        self._book = book
        self._enough = rows
        self._row = 0
        self._hidden_row = False
        self._cells: dict[int, Cell] = {}
        self._column = 0
        self._kind, self._style = "n", 0
        self._value: str | None = None
        self._formula = False
        self._runs: list[str] = []
        self._hidden_columns: list[str] = []
        self._beside: list[str] = []
        self._filter: str | None = None

    def start(self, name: str, attributes: Attributes) -> None:
        match name:
            case "c":
                self._start_cell(attributes)
            case "f":
                self._formula = True
            case "row":
                self._row = _number(attributes.get("r", ""), self._row + 1)
                self._hidden_row = attributes.get("hidden", "0") in ("1", "true")
                self._cells, self._column = {}, 0
            case "mergeCell":
                self._merge(attributes.get("ref", ""))
            case "autoFilter":
                self._filter = attributes.get("ref", "")
            case "col" if attributes.get("hidden", "0") in ("1", "true"):
                first, last = _number(attributes.get("min", "")), _number(attributes.get("max", ""))
                if 1 <= first <= MOST_COLUMNS:
                    letters = _letters(first)
                    self._hidden_columns.append(letters if last <= first else f"{letters}–{_letters(last)}")

    def end(self, name: str, text: str) -> None:
        match name:
            case "v":
                self._value = text
            case "t" if self._kind == "inlineStr":
                self._runs.append(text)
            case "c":
                self._end_cell()
            case "row":
                self._end_row()

    def notes(self) -> list[Note]:
        notes: list[Note] = []
        if self._hidden_columns:
            notes.append(ColumnsHidden(f"{', '.join(self._hidden_columns[:20])}."))
        if self._beside:
            notes.append(CellsBesideTheList(f"{', '.join(self._beside[:10])}."))
        if self._filter and any(isinstance(note, RowHidden) for each in self.row_notes.values() for note in each):
            notes.append(Filtered(f"{self._filter[:40]}."))
        return notes

    def _start_cell(self, attributes: Attributes) -> None:
        found = _REFERENCE.fullmatch(attributes.get("r", ""))
        self._column = _column_number(found[1]) if found else self._column + 1
        self._kind, self._style = attributes.get("t", "n"), _number(attributes.get("s", "0"))
        self._value, self._formula, self._runs = None, False, []

    def _end_cell(self) -> None:
        cell = self._cell()
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            return
        if self._column > MOST_COLUMNS:
            self._beside.append(f"{_letters(self._column)}{self._row}")
        else:
            self._cells[self._column] = cell

    def _cell(self) -> Cell:  # noqa: PLR0911  a table of what a cell's type means
        value = self._value
        if self._formula and not value and self._kind != "str":
            return CellError(_NOT_COMPUTED)
        if self._kind == "inlineStr":
            return _unescaped("".join(self._runs))
        if value is None or value == "":
            return None
        match self._kind:
            case "s":
                number = _number(value, -1)
                return self._book.texts[number] if 0 <= number < len(self._book.texts) else CellError("#REF!")
            case "str":
                return _unescaped(value)
            case "b":
                return value in ("1", "true")
            case "e":
                return CellError(value[:40])
            case "d":
                return datetime.fromisoformat(value.strip().removesuffix("Z"))
        return self._as_shown(float(value))

    def _as_shown(self, number: float) -> Cell:
        formats = self._book.formats
        chosen = formats[self._style] if 0 <= self._style < len(formats) else _GENERAL
        if chosen.shows == "day-without-year":
            cell = chosen.cell(number, since_1904=self._book.since_1904)
            self.row_notes[self._row].append(YearNotShown(f"{_letters(self._column)}{self._row}: {cell}."))
            return cell
        if number != number or number in (float("inf"), float("-inf")):  # noqa: PLR0124  not a number
            return CellError("#NUM!")
        return (
            chosen.cell(number, since_1904=self._book.since_1904) if chosen.shows != "general" else plain_number(number)
        )

    def _end_row(self) -> None:
        if not self._cells:
            return
        width = max(self._cells)
        self.rows.add(self._row, [self._cells.get(column) for column in range(1, width + 1)])
        if self._hidden_row:
            self.row_notes[self._row].append(RowHidden())
        if self._enough is not None and len(self.rows.kept) >= self._enough:
            raise _Stop

    def _merge(self, reference: str) -> None:
        first, _, last = reference.partition(":")
        ends = _REFERENCE.fullmatch(first), _REFERENCE.fullmatch(last)
        if ends[0] and ends[1] and len(self.merged) < _MOST_MERGED:
            (left, top), (right, bottom) = ends[0].groups(), ends[1].groups()
            self.merged.append(Merged(int(top), _column_number(left), int(bottom), _column_number(right)))


def _comments(parts: _Parts, path: str) -> list[Note]:
    """Where comments hang; what they say is not read."""
    at: dict[str, None] = {}

    def start(name: str, attributes: Attributes) -> None:
        if name in ("comment", "threadedComment") and len(at) < 1000:
            at[attributes.get("ref", "")] = None

    for target, kind in _relations(parts, path).values():
        if kind.rpartition("/")[2].casefold() in ("comments", "threadedcomment") and target in parts:
            parts.parse(target, start, _nothing)
    return [CellsWithComments(f"{', '.join(list(at)[:10])}{' …' if len(at) > 10 else ''}.")] if at else []


def _nothing(_name: str, _text: str) -> None:
    pass


def _unescaped(text: str) -> str:
    """A text of the file as the person sees it; `_x000D_` is how a workbook writes a control character."""
    if "_x" in text:
        text = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text).replace("\r\n", "\n").replace("\r", "\n")
    return visible_text(text)


def _number(text: str, otherwise: int = 0) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else otherwise


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _letters(column: int) -> str:
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
