"""Dates as people write them, as fuzzy dates: `17.05.2022`, `17 May 2022`, `май 2022`, `Q4 2022`, `2022`."""

import re
from collections.abc import Callable
from datetime import date, datetime
from functools import cache

from babel import Locale

from services.registry.sheets.errors import DateCanBeReadTwoWays, NotADate
from services.registry.sheets.tables import Cell
from shared.contracts.fuzzy_dates import FuzzyDate

_YEARS = range(1990, 2100)


def fuzzy_date(cell: Cell) -> FuzzyDate:
    """A cell as a date, known as far as it says.

    Raises:
        NotADate, DateCanBeReadTwoWays
    """
    match cell:
        case datetime():
            return FuzzyDate.of(cell.date())
        case date():
            return FuzzyDate.of(cell)
        case int() if not isinstance(cell, bool) and cell in _YEARS:
            return FuzzyDate.parse(str(cell))
        case int() | float():
            raise NotADate(f"The cell holds the number {cell}: give it a date format in the workbook.")
    text = " ".join(str(cell).split()).removesuffix(".").casefold()
    for pattern, read in _FORMS:
        if found := re.fullmatch(pattern, text):
            try:
                known = FuzzyDate.parse(read(*found.groups()))
            except ValueError as error:
                raise NotADate(f"“{cell}”: {error}.") from None
            return known
    raise NotADate(f"“{cell}” cannot be read.")


def _day(day: str, month: str, year: str) -> str:
    return f"{year}-{int(month):02}-{int(day):02}"


def _slashed(first: str, second: str, year: str) -> str:
    """`17/05/2022` can only mean May; `05/06/2022` is read one way in Bishkek and another in Washington."""
    if int(first) > 12 or first == second:
        return _day(first, second, year)
    if int(second) > 12:
        return _day(second, first, year)
    raise DateCanBeReadTwoWays(f"“{first}/{second}/{year}” is {first}.{second} or {second}.{first}.")


def _named_day(day: str, month: str, year: str) -> str:
    return _day(day, str(_month(month)), year)


def _named_month(month: str, year: str) -> str:
    return f"{year}-{_month(month):02}"


def _month(name: str) -> int:
    if name not in _months():
        raise NotADate(f"No month is called “{name}”.")
    return _months()[name]


@cache
def _months() -> dict[str, int]:
    """Names and short names of months in English and Russian, in each case that CLDR has."""
    found: dict[str, int] = {}
    for language in ("en", "ru"):
        for forms in Locale(language).months.values():
            for width in ("wide", "abbreviated"):
                found |= {name.casefold().removesuffix("."): number for number, name in forms[width].items()}
    return found | {"sept": 9, "сент": 9}


def _quarter(number: str, year: str) -> str:
    quarter = {"i": 1, "ii": 2, "iii": 3, "iv": 4}.get(number) or int(number)
    return f"{year}-{quarter * 3 - 2:02}/{year}-{quarter * 3:02}"


_YEAR = r"(\d{4})(?: ?(?:г|год|года|year))?\.?"
_FORMS: tuple[tuple[str, Callable[..., str]], ...] = (
    (r"(\d{4}(?:-\d\d){0,2}(?:/(?:\d{4}(?:-\d\d){0,2}|\.\.))?|\.\./\d{4}(?:-\d\d){0,2})", str),
    (r"(\d{4}-\d\d-\d\d)[t ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?z?", str),
    (r"(\d{1,2})\. ?(\d{1,2})\. ?" + _YEAR, _day),
    (r"(\d{1,2})/(\d{1,2})/(\d{4})", _slashed),
    (r"(?:q|кв\. ?)([1-4]) ?" + _YEAR, _quarter),
    (r"([1-4]|i{1,3}|iv)[ -]?(?:q|кв|кв\.|квартал|quarter) " + _YEAR, _quarter),
    (r"(\d{1,2})(?:st|nd|rd|th)?[ -]([^\W\d]+)\.?,?[ -]" + _YEAR, _named_day),
    (r"([^\W\d]+)\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})", lambda month, day, year: _named_day(day, month, year)),
    (r"([^\W\d]+)\.?,? " + _YEAR, _named_month),
    (r"(\d{1,2})[./](\d{4})", lambda month, year: f"{year}-{int(month):02}"),
    (_YEAR, str),
)
"""What is written → our notation, tried from top to bottom."""
