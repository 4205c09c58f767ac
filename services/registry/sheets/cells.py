"""A cell as a value: texts, words of a vocabulary, lists, countries, numbers of people. Blank means unknown."""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypeVar

from rapidfuzz import process

from services.registry.sheets.errors import (
    CellHoldsAnError,
    NamibiaOrUnknown,
    NotACountry,
    NotANumberOfPeople,
    UnknownWord,
)
from services.registry.sheets.tables import Cell, CellError
from services.registry.sheets.vocabulary import plain
from shared.contracts.activities import HeadcountPrecision
from shared.countries import country_code

W = TypeVar("W", bound=str)

_CYRILLIC = re.compile(r"[Ѐ-ӿ]")
_UNKNOWN = frozenset(
    {
        *(
            "",
            "-",
            "–",
            "—",
            "--",
            "---",
            ".",
            "..",
            "...",
            "…",
            "?",
            "??",
            "???",
            "n/a",
            "na",
            "n.a",
            "n/d",
            "nil",
            "null",
        ),
        *("none", "unknown", "not known", "not available", "tbc", "tbd", "tba", "to be confirmed", "to be decided"),
        *("н/д", "нд", "н.д", "нет", "нет данных", "не изв", "не известно", "неизв", "неизвестно", "уточняется"),
        *("будет уточнено", "не определено", "белгисиз", "noma'lum", "номаълум", "unbekannt", "#n/a"),
    }
)
"""What people write where nothing is known."""

NAMIBIA = ("na",)
_LATIN = re.compile(r"[a-zA-Z]")


def is_blank(cell: Cell, means: Collection[str] = ()) -> bool:
    """Whether nothing is known; `means` are words that mean something in this column."""
    if cell is None or not isinstance(cell, str):
        return cell is None
    word = cell.strip().casefold()
    return (word in _UNKNOWN or word.rstrip(".") in _UNKNOWN) and word not in means


def text(cell: Cell) -> str:
    """What the cell shows, on one line where it is one word, with the paragraphs it has otherwise.

    Raises:
        CellHoldsAnError
    """
    if isinstance(cell, CellError):
        raise CellHoldsAnError(f"It shows {cell.code}.")
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return str(cell).replace("\x00", "").strip()


def line(cell: Cell) -> str:
    """What the cell shows, on one line."""
    return " ".join(text(cell).split())


def in_language(written: str) -> dict[str, str]:
    """A text under the language of its letters: lists mix Russian and English in one column."""
    russian = len(_CYRILLIC.findall(written)) > len(_LATIN.findall(written))
    return {"ru" if russian else "en": written}


def word(cell: Cell, words: Mapping[str, W]) -> W:
    """Our word for what the cell says; `words` is by what people write.

    Raises:
        UnknownWord: with the words that are known, and the one that is meant if it was mistyped.
    """
    written = line(cell)
    if found := words.get(plain(written)):
        return found
    near = process.extractOne(plain(written), words.keys(), score_cutoff=75)
    hint = f"Did you mean “{words[near[0]]}”? " if near else ""
    known = ", ".join(dict.fromkeys(words.values()))
    raise UnknownWord(f"“{written}” is none of them. {hint}Known: {known}.")


def items(cell: Cell) -> tuple[str, ...]:
    """A list separated by semicolons or line ends; each item once, in its order. `"A; B"` is one item."""
    found = (" ".join(_bare(part).split()) for part in _ITEM.findall(text(cell)))
    return tuple(dict.fromkeys(part for part in found if part))


_QUOTED = re.compile(r'"((?:[^"]|"")*)"')
_ITEM = re.compile(r'(?:^|[;\n\r])\s*("(?:[^"]|"")*"(?=\s*(?:[;\n\r]|$))|[^;\n\r]*)')


def _bare(item: str) -> str:
    """An item without the quotation marks that keep it together; others are part of a name."""
    within = found[1] if (found := _QUOTED.fullmatch(item)) else ""
    return within.replace('""', '"') if ";" in within or '""' in within else item


def joined(items: Iterable[str]) -> str:
    """Items as one cell, as `items` reads it; one that holds a semicolon stands in quotation marks."""
    return "; ".join('"{}"'.format(item.replace('"', '""')) if _is_split(item) else item for item in items)


def _is_split(item: str) -> bool:
    return ";" in item or ((found := _QUOTED.fullmatch(item)) is not None and '""' in found[1])


def country(cell: Cell) -> str:
    """Raises: NotACountry, NamibiaOrUnknown."""
    written = line(cell)
    if written.casefold() in NAMIBIA:
        raise NamibiaOrUnknown
    found = country_code(written)
    if found is None:
        raise NotACountry(f"“{written}” is not known.")
    return found


def country_cell(code: str | None) -> str | None:
    """A country as a cell that `country` reads: by its code, where that says nothing else."""
    return "Namibia" if code and code.casefold() in NAMIBIA else code


def country_list(cell: Cell) -> tuple[str, ...]:
    """Countries separated by semicolons, commas, slashes or line ends.

    Raises:
        NotACountry, NamibiaOrUnknown
    """
    written = text(cell)
    if (whole := country_code(written)) and written.casefold() not in NAMIBIA:  # some names hold a comma
        return (whole,)
    parts = [part for part in re.split(r"[;,/\n\r]| и | and ", written) if not is_blank(part, NAMIBIA)]
    return tuple(dict.fromkeys(country(part) for part in parts))


_AT_LEAST = r"(?:over|more than|at least|min|>|>=|≥|более|свыше|больше|не менее|от)\.? ?"
_ABOUT = (
    r"(?:about|around|approx|approximately|ca|circa|some|estimated|~|≈|около|примерно|приблизительно|порядка|ок)\.? ?"
)
_PEOPLE = r" ?(?:people|persons|participants|officers|чел|человек|участников|участника)?\.?"
_COUNTS: tuple[tuple[str, HeadcountPrecision], ...] = (
    (rf"(\d+){_PEOPLE}", "exact"),
    (rf"{_AT_LEAST}(\d+){_PEOPLE}", "at-least"),
    (rf"(\d+) ?\+{_PEOPLE}", "at-least"),
    (rf"{_ABOUT}(\d+){_PEOPLE}", "estimated"),
)


def people(cell: Cell) -> tuple[int, HeadcountPrecision]:
    """How many, and how exactly that is known.

    Raises:
        NotANumberOfPeople
    """
    written = line(cell)[:80].casefold()
    joined = re.sub(r"(?<=\d)[\s,](?=\d{3}\b)", "", written)  # 1 200 and 1,200
    for pattern, precision in _COUNTS:
        if (found := re.fullmatch(pattern, joined)) and len(found[1]) < 10:
            return int(found[1]), precision
    raise NotANumberOfPeople(f"“{line(cell)}” cannot be read as one.")


def shown(cell: Any) -> str:
    """A cell as a person saw it, shortened for a report."""
    seen = cell.code if isinstance(cell, CellError) else str(cell)
    return seen if len(seen) <= 120 else seen[:119] + "…"
