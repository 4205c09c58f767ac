"""A row of a list as what it says of an activity: only what it says, because a blank cell means "unknown".

All cells of a row are read, so that a person learns of all its errors at once.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.registry.sheets import cells
from services.registry.sheets.dates import period
from services.registry.sheets.errors import WomenWithoutTotal
from services.registry.sheets.layout import Layout
from services.registry.sheets.tables import Cell, Row, Table
from services.registry.sheets.vocabulary import DELIVERIES, GENERAL, KINDS, SCOPES, STATUSES, YES_NO, by_word, plain
from shared.errors import DomainError


@dataclass(frozen=True)
class Problem:
    """What is wrong with a cell of a row, or with the row."""

    error: DomainError
    field: str | None = None
    value: str | None = None


@dataclass
class Reading:
    """A row as it was read.

    Attributes:
        number: as a spreadsheet program shows it.
        code: the activity's code: the row's id, or one made from what the row says, the same each time.
        given: field → value, of what the row says and nothing else.
    """

    number: int
    code: str = ""
    given: dict[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def title(self) -> str:
        return next(iter(self.given.get("title", {}).values()), "")


def read_rows(table: Table, layout: Layout) -> Iterator[Reading]:
    """Each row below the header that is not blank."""
    read: _Read = {}
    for number, row in enumerate(table.rows[layout.header :], start=layout.header + 1):
        if not all(cells.is_blank(cell) for cell in row):
            yield _reading(number, row, layout, read)


_Read = dict[tuple[str, type, Cell, str | None], Any]
"""Cells that were read before: in a long list most of them repeat."""


def _reading(number: int, row: Row, layout: Layout, read: _Read) -> Reading:
    reading = Reading(number)
    values: dict[str, Any] = {}
    zone = _zone(row, layout)
    for name, position in layout.columns.items():
        cell = row[position] if position < len(row) else None
        if cells.is_blank(cell):
            continue
        known = (name, type(cell), cell, zone)
        try:
            if known not in read:
                read[known] = period(cell, zone=zone) if name in _DAYS else _READERS[name](cell)
            values[name] = read[known]
        except DomainError as error:
            reading.problems.append(Problem(error, name, cells.shown(cell)))
    broken = {problem.field for problem in reading.problems}
    if "women" in values and "participants" not in values.keys() | broken:
        reading.problems.append(Problem(WomenWithoutTotal(), "women", str(values["women"])))
    reading.given = _as_fields(values)
    reading.code = values.get("code") or _code_made_of(reading.given)
    return reading


def _as_fields(values: dict[str, Any]) -> dict[str, Any]:
    """The cells that belong together, put together: texts by language, a place, a headcount."""
    values = {name: value for name, value in values.items() if name != "code"}
    for name in ("title", "description"):
        texts = cells.in_language(values.pop(name)) if name in values else {}
        texts |= {language: values.pop(key) for language in ("en", "ru") if (key := f"{name}_{language}") in values}
        if texts:
            values[name] = texts
    values |= _days(values)
    if "participants" in values:
        total, precision = values.pop("participants")
        values["headcount"] = {"total": total, "precision": precision}
        if "women" in values:
            values["headcount"]["women"] = values["women"]
    values.pop("women", None)
    return values


def _days(values: Mapping[str, Any]) -> dict[str, Any]:
    """First and last day. A range in one column says both; a range in the column of last days is a window."""
    found: dict[str, Any] = {}
    if first := values.get("starts"):
        found["starts"] = first.starts
        if first.ends and "ends" not in values:
            found["ends"] = first.ends
    if last := values.get("ends"):
        found["ends"] = last.ends or last.starts
    return found


def _zone(row: Row, layout: Layout) -> str | None:
    """The time zone of the row, in which a moment has a day."""
    position = layout.columns.get("time_zone")
    cell = row[position] if position is not None and position < len(row) else None
    return cells.line(cell) if isinstance(cell, str) and not cells.is_blank(cell) else None


def _code_made_of(given: Mapping[str, Any]) -> str:
    """A code for a row without an id, so that importing the list again meets the same activity."""
    named = [str(given.get(name, "")) for name in ("title", "kind", "starts", "city", "host_country")]
    return (
        f"{given.get('phase', '')}-{given.get('kind', '')}-{hashlib.sha256('|'.join(named).encode()).hexdigest()[:10]}"
    )


def _component(cell: Cell) -> str:
    written = cells.line(cell)
    return "general" if plain(written) in GENERAL else written


def _women(cell: Cell) -> int:
    return cells.people(cell)[0]


_DAYS = ("starts", "ends")
_KINDS, _SCOPES, _DELIVERIES = by_word(KINDS), by_word(SCOPES), by_word(DELIVERIES)
_STATUSES, _YES_NO = by_word(STATUSES), by_word(YES_NO)

_READERS: Mapping[str, Callable[[Cell], Any]] = {
    "code": cells.line,
    "title": cells.line,
    "title_en": cells.line,
    "title_ru": cells.line,
    "description": cells.text,
    "description_en": cells.text,
    "description_ru": cells.text,
    "kind": lambda cell: cells.word(cell, _KINDS),
    "phase": cells.line,
    "component": _component,
    "scope": lambda cell: cells.word(cell, _SCOPES),
    "delivery": lambda cell: cells.word(cell, _DELIVERIES),
    "status": lambda cell: cells.word(cell, _STATUSES),
    "status_reason": cells.line,
    "starts": period,
    "ends": period,
    "time_zone": cells.line,
    "city": cells.line,
    "host_country": cells.country,
    "beneficiary_countries": cells.country_list,
    "participants": cells.people,
    "women": _women,
    "co_organisers": cells.items,
    "expert_organisations": cells.items,
    "series": cells.line,
    "outputs": cells.items,
    "sources": cells.items,
    "protected": lambda cell: cells.word(cell, _YES_NO) == "yes",
}
"""Column → how its cells are read; the columns are those of `vocabulary.COLUMNS`."""
