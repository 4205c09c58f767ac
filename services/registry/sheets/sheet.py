"""What a noun needs to be read from a list, as one declaration: its columns, and how their cells belong together."""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from services.registry.sheets import cells
from services.registry.sheets.tables import Cell
from services.registry.sheets.vocabulary import by_word, plain

LANGUAGES = ("en", "ru", "ky", "kk", "uz", "tg", "tk", "lv", "de")
"""The languages that texts may have a column of their own for."""


@dataclass(frozen=True)
class Column:
    """A field as a column of a list.

    Attributes:
        read: a cell → its value; raises a DomainError that says what is wrong.
        names: what people call the column, besides the field's own name.
        dated: it says when; one cell may say both the first and the last day.
        means: words that mean something here and elsewhere that nothing is known, like `no`.
    """

    read: Callable[[Cell], Any]
    names: Sequence[str] = ()
    dated: bool = False
    means: Collection[str] = ()


def called(names: str) -> tuple[str, ...]:
    """What people call a column, as one text: `name | название`."""
    return tuple(names.split(" | "))


def in_languages(name: str, read: Callable[[Cell], Any], languages: Sequence[str] = LANGUAGES) -> Mapping[str, Column]:
    """A text as a column for each language: `title_en`, called `title en` or `title (en)`."""
    words = name.replace("_", " ")
    return {
        f"{name}_{language}": Column(read, (f"{words} {language}", f"{words} ({language})")) for language in languages
    }


def by_language(values: dict[str, Any], *names: str) -> None:
    """Put the cells of a text together: the one under no language, and those of each language."""
    for name in names:
        texts = cells.in_language(values.pop(name)) if name in values else {}
        texts |= {language: values.pop(key) for language in LANGUAGES if (key := f"{name}_{language}") in values}
        if texts:
            values[name] = texts


def digest_of(given: Mapping[str, Any], *names: str) -> str:
    """The same for the same row each time: for a code where a list has none."""
    return hashlib.sha256("|".join(str(given.get(name, "")) for name in names).encode()).hexdigest()[:10]


@dataclass(frozen=True)
class Sheet:
    """A noun as a list.

    Attributes:
        columns: field → its column.
        needed: of each group, one column has to be there, unless the rows name what is recorded already.
        code: the column that names what is recorded already.
        together: field → value as the cells say → as the noun's own fields.
        fewest: how many columns a row has to name to be taken for the header.
        one_cell_is_a_row: a row with one cell filled says enough; otherwise it looks like a remark below the list.
        code_made_of: a code for a row without one, the same each time for the same row.
    """

    noun: str
    columns: Mapping[str, Column]
    needed: Sequence[Sequence[str]]
    code: str
    together: Callable[[dict[str, Any]], dict[str, Any]]
    fewest: int = 2
    one_cell_is_a_row: bool = False
    code_made_of: Callable[[Mapping[str, Any]], str] = field(default=lambda _given: "")

    @cached_property
    def fields(self) -> Mapping[str, str]:
        """What a column may be called → its field."""
        return by_word({name: column.names for name, column in self.columns.items()})

    def field_called(self, heading: str) -> str | None:
        """The field that a heading means: `Название / Title`, `Дата (дд.мм.гггг)`, `3. City *`."""
        name = plain(heading)
        if (found := self.fields.get(name)) or not name:
            return found
        bare = plain(_without_remark(name))
        if found := self.fields.get(bare):
            return found
        parts = {self.fields.get(plain(part)) for part in _halves(bare)} - {None}
        return parts.pop() if len(parts) == 1 else None


def _without_remark(name: str) -> str:
    """A heading without its number and what stands in brackets."""
    head, bracket, rest = name.partition("(")
    if bracket and ")" in rest:
        name = head + rest.partition(")")[2]
    number, dot, rest = name.partition(".")
    return rest if dot and number.strip().isdigit() else name


def _halves(name: str) -> list[str]:
    for sign in ("/", "|", "\n"):
        if sign in name:
            return name.split(sign)
    return []
