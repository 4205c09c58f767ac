"""A text with delimiters as a table: which encoding, which delimiter, and where its quotation marks break.

A comma inside a sentence must not decide how a file is split, so the delimiter is the one under which a row names
columns we know. What is pasted comes from the clipboard, where a quotation mark is a letter like any other, unless it
holds a cell of several lines together.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from io import StringIO
from itertools import islice

from services.registry.sheets.encodings import ENCODINGS, is_clear, read_as, readings
from services.registry.sheets.errors import BrokenQuotes, EmptyFile, NotATable, UnknownEncoding
from services.registry.sheets.tables import HEADER_WITHIN, MOST_COLUMNS, Cell, CellError, IsHeader, Rows, Table
from shared.exports import unmarked
from shared.plain_text import visible_text

csv.field_size_limit(1_000_000)


def read_text(content: bytes, known_columns: IsHeader, encoding: str | None = None) -> Table:
    """A file of text with delimiters as a table.

    Raises:
        EmptyFile, FileTooLarge, NotATable, UnknownEncoding, BrokenQuotes
    """
    text, name, samples = decoded(content, encoding)
    if not text.strip():
        raise EmptyFile
    if re.match(r"\s{0,100}<(!doctype|html|\?xml|table)", text, re.IGNORECASE):
        raise NotATable("It is a web page, whatever its name says.")
    said = re.match(r"sep=(.)\r?\n", text, re.IGNORECASE)
    delimiter = said[1] if said else max(_DELIMITERS, key=lambda each: _columns_named(text, each, known_columns))
    rows = Rows()
    try:
        for number, cells in enumerate(_reader(text, delimiter), start=1):
            if not (said and number == 1):
                rows.add(number, _trimmed(map(_cell, cells)))
    except csv.Error as error:
        raise BrokenQuotes(_place_of_broken_quotes(text, delimiter, error)) from None
    named = _DELIMITERS.get(delimiter, delimiter)
    return Table(rows.kept, f"CSV, {name}, {named}", shifts=True, samples=samples)


def read_pasted(text: str, known_columns: IsHeader) -> Table:
    """What was copied from a sheet, or typed with delimiters.

    Raises:
        EmptyFile, FileTooLarge
    """
    text = visible_text(text)
    if not text.strip():
        raise EmptyFile
    rows = Rows()
    delimiter = "\t" if "\t" in text else max(_DELIMITERS, key=lambda each: _pasted_columns(text, each, known_columns))
    for number, cells in enumerate(clipboard_rows(text, delimiter), start=1):
        rows.add(number, _trimmed(map(_cell, cells)))
    return Table(rows.kept, f"pasted, {_DELIMITERS[delimiter]}", shifts=True)


def clipboard_rows(text: str, delimiter: str = "\t") -> Iterator[list[str]]:
    """Rows as a spreadsheet program copies them: quotation marks hold together only a cell of several lines."""
    cells: list[str] = []
    at, text = 0, text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")
    while at <= len(text):
        end, cell = _quoted(text, at, delimiter) or _bare(text, at, delimiter)
        cells.append(cell)
        if end >= len(text) or text[end] == "\n":
            yield cells
            cells = []
        at = end + 1


def _quoted(text: str, at: int, delimiter: str) -> tuple[int, str] | None:
    """A cell of several lines in quotation marks, those within it doubled."""
    found = _LINES.match(text, at)
    if found is None or "\n" not in found[1] or delimiter in found[1]:
        return None
    end = found.end()
    return (end, found[1].replace('""', '"')) if end == len(text) or text[end] in (delimiter, "\n") else None


_LINES = re.compile(r'"((?:[^"]|""){1,40000})"(?!")')


def _bare(text: str, at: int, delimiter: str) -> tuple[int, str]:
    line = text.find("\n", at)
    line = len(text) if line < 0 else line
    end = text.find(delimiter, at, line)
    end = line if end < 0 else end
    return end, text[at:end]


def decoded(content: bytes, encoding: str | None = None) -> tuple[str, str, tuple[str, ...]]:
    """The text, the name of its encoding, and samples of it where the encoding is not certain.

    Raises:
        NotATable: it is not text.
        UnknownEncoding: it is in another encoding, or in several.
    """
    if encoding is not None:
        text = read_as(content, encoding)
        if text is None:
            raise UnknownEncoding(f"It is not {encoding}.")
        return visible_text(text), encoding, ()
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in content:
        return visible_text(_utf_16(content)), "UTF-16", ()
    try:
        return visible_text(content.decode("utf-8-sig")), "UTF-8", ()
    except UnicodeDecodeError:
        pass
    if foreign := _lines_that_are_not_utf8(content):
        listed = ", ".join(map(str, foreign[:5])) + (" and others" if len(foreign) > 5 else "")
        raise UnknownEncoding(f"Line {listed} is in another encoding than the rest, which is UTF-8.")
    found = readings(content)
    if not found:
        raise UnknownEncoding(f"It is neither UTF-8 nor {', '.join(ENCODINGS.values())}.")
    best = found[0]
    samples = (
        ()
        if is_clear(found)
        else tuple(f"{ENCODINGS[each.encoding]}: {' · '.join(each.samples)}" for each in found[:4])
    )
    return visible_text(best.text), ENCODINGS[best.encoding], samples


def _utf_16(content: bytes) -> str:
    """Raises: NotATable, UnknownEncoding."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        codec = "utf-16"
    else:
        codec = "utf-16-le" if content[1::2].count(0) > content[::2].count(0) else "utf-16-be"
    try:
        text = content.decode(codec)
    except UnicodeDecodeError:
        if codec != "utf-16":
            raise NotATable("It holds bytes that no text has.") from None
        raise UnknownEncoding("It begins like UTF-16, and is not.") from None
    usual = sum(1 for letter in text[:2000] if letter < "\u0600" or "\u2000" <= letter < "\u2200")
    if re.search(r"[\x00-\x08\x0e-\x1f]", text) or usual < 0.9 * len(text[:2000]):
        raise NotATable("It holds bytes that no text has.")
    return text


_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_UTF8_LETTER = re.compile(rb"[\xc3-\xd4][\x80-\xbf]|[\xe1-\xe3][\x80-\xbf]{2}")
_KEPT_AS_TEXT = re.compile(r'="((?:[^"]|""){0,40000})"')


def _cell(written: str) -> Cell:
    """A cell of a text. `="007"` and a leading apostrophe keep Excel from taking a text for a number or a formula."""
    text = written.strip()
    if text.startswith("="):
        kept = _KEPT_AS_TEXT.fullmatch(text)
        return kept[1].replace('""', '"') if kept else CellError("formula without a value")
    return unmarked(text) or None


def _trimmed(cells: Iterable[Cell]) -> list[Cell]:
    """The cells up to the last that holds something."""
    kept = list(islice(cells, MOST_COLUMNS))
    while kept and kept[-1] is None:
        kept.pop()
    return kept


def _lines_that_are_not_utf8(content: bytes) -> list[int]:
    """Their numbers, where other lines with letters beyond ASCII are UTF-8."""
    foreign, native = [], 0
    for number, line in enumerate(content.splitlines(), start=1):
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
            native += _UTF8_LETTER.search(line) is not None
        except UnicodeDecodeError:
            foreign.append(number)
    return foreign if native else []


def _reader(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)


def _columns_named(text: str, delimiter: str, known_columns: IsHeader) -> int:
    most = 0
    try:
        for row in islice(_reader(text, delimiter), HEADER_WITHIN):
            most = max(most, known_columns(row[:MOST_COLUMNS]))
    except csv.Error:
        pass  # what was read up to here counts; reading the whole file says where it breaks
    return most


def _pasted_columns(text: str, delimiter: str, known_columns: IsHeader) -> int:
    rows = islice(clipboard_rows(text[:100_000], delimiter), HEADER_WITHIN)
    return max((known_columns(row[:MOST_COLUMNS]) for row in rows), default=0)


def _place_of_broken_quotes(text: str, delimiter: str, error: csv.Error) -> str:
    row = 0
    try:
        for row, _cells in enumerate(_reader(text, delimiter), start=1):  # noqa: B007
            pass
    except csv.Error:
        pass
    return f"It breaks in row {row + 1} ({error})."
