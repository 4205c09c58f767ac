"""A text with delimiters as a table: which encoding, which delimiter, and where its quotation marks break.

A comma inside a sentence must not decide how a file is split, so the delimiter is the one under which a row names
columns we know.
"""

import csv
import re
from collections.abc import Iterator
from io import StringIO
from itertools import islice

from services.registry.sheets.errors import BrokenQuotes, EmptyFile, NotATable, UnknownEncoding
from services.registry.sheets.tables import HEADER_WITHIN, MOST_ROWS, IsHeader, Row, Table, refuse_too_many


def read_text(content: bytes, known_columns: IsHeader) -> Table:
    """A text with delimiters as a table.

    Raises:
        EmptyFile, FileTooLarge, NotATable, UnknownEncoding, BrokenQuotes
    """
    text, encoding = decoded(content)
    if not text.strip():
        raise EmptyFile
    if re.match(r"\s*<(!doctype|html|\?xml|table)", text, re.IGNORECASE):
        raise NotATable("It is a web page, whatever its name says.")
    delimiter = max(_DELIMITERS, key=lambda each: _columns_named(text, each, known_columns))
    try:
        rows: list[Row] = list(islice(_reader(text, delimiter), MOST_ROWS + HEADER_WITHIN + 1))
    except csv.Error as error:
        raise BrokenQuotes(_place_of_broken_quotes(text, delimiter, error)) from None
    refuse_too_many(len(rows))
    return Table(rows, f"CSV, {encoding}, {_DELIMITERS[delimiter]}")


def decoded(content: bytes) -> tuple[str, str]:
    """The text and the name of its encoding: UTF-8, UTF-16 with a byte order mark, or Windows-1251.

    Windows-1251 gives a letter to nearly each byte, so a text is taken for it only when what comes out looks like
    Russian, and only when no part of it is UTF-8.

    Raises:
        NotATable: it is not text.
        UnknownEncoding: it is in another encoding, or in several.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return content.decode("utf-16"), "UTF-16"
        except UnicodeDecodeError:
            raise UnknownEncoding("It begins like UTF-16, and is not.") from None
    if b"\x00" in content:
        raise NotATable("It holds bytes that no text has.")
    try:
        return content.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError:
        pass
    if foreign := _lines_that_are_not_utf8(content):
        listed = ", ".join(map(str, foreign[:5])) + (" and others" if len(foreign) > 5 else "")
        raise UnknownEncoding(f"Line {listed} is in another encoding than the rest, which is UTF-8.")
    text = content.decode("cp1251", errors="replace")
    if not _looks_russian(text):
        raise UnknownEncoding("It is neither UTF-8 nor Windows-1251.")
    return text, "Windows-1251"


_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
_UTF8_LETTER = re.compile(rb"[\xc3-\xd4][\x80-\xbf]|[\xe1-\xe3][\x80-\xbf]{2}")
_FOREIGN_WORD = re.compile(r"[^\W\d_]*[^\x00-\x7f\W\d_][^\W\d_]*")
_RUSSIAN_WORD = re.compile(r"[А-ЯЁІЇҐЄ]?[а-яёіїґє]+|[А-ЯЁІЇҐЄ]+")


def _lines_that_are_not_utf8(content: bytes) -> list[int]:
    """Their numbers, where other lines with letters beyond ASCII are UTF-8."""
    foreign, native = [], 0
    for number, line in enumerate(content.splitlines(), start=1):
        try:
            line.decode("utf-8")
            native += _UTF8_LETTER.search(line) is not None
        except UnicodeDecodeError:
            foreign.append(number)
    return foreign if native else []


def _looks_russian(text: str) -> bool:
    """Whether nearly all words with other than Latin letters are written as Russian words are.

    Other encodings read as this one give words in mixed scripts (Latvian) or with capitals inside (KOI8-R).
    """
    words = _FOREIGN_WORD.findall(text)
    russian = sum(_RUSSIAN_WORD.fullmatch(word) is not None for word in words)
    return "\ufffd" not in text and russian >= 0.9 * len(words)


def _reader(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)


def _columns_named(text: str, delimiter: str, known_columns: IsHeader) -> int:
    most = 0
    try:
        for row in islice(_reader(text, delimiter), HEADER_WITHIN):
            most = max(most, known_columns(row))
    except csv.Error:
        pass  # what was read up to here counts; reading the whole file says where it breaks
    return most


def _place_of_broken_quotes(text: str, delimiter: str, error: csv.Error) -> str:
    row = 0
    try:
        for row, _cells in enumerate(_reader(text, delimiter), start=1):  # noqa: B007
            pass
    except csv.Error:
        pass
    return f"It breaks in row {row + 1} ({error})."
