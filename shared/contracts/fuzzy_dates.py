"""A date as far as it is known: a year, a month, a day, or a window.

Real records say "2012" or "before 17 May". Rounding them to a day would invent a fact, so the text is kept as it is
(the notation of ISO 8601-2, level 0) and compared through the earliest and the latest day it can mean.
"""

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Literal

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

Precision = Literal["year", "month", "day", "window"]

_POINT = r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?"
_PATTERN = rf"^({_POINT}|({_POINT}|\.\.)/({_POINT}|\.\.))$"
_KEPT = 4096  # a programme's days repeat from event to event, and a fuzzy date never changes


@dataclass(frozen=True, slots=True)
class FuzzyDate:
    """A date known to a precision: `2012`, `2022-09`, `2022-05-17`, `2022-05-01/2022-05-16`, `../2022-05-16`.

    Attributes:
        text: the notation, as it is stored and sent.
        earliest: the first day it can mean; `None` for a window open to the past.
        latest: the last day it can mean; `None` for a window open to the future.
    """

    text: str
    earliest: date | None
    latest: date | None

    @classmethod
    def parse(cls, text: str) -> "FuzzyDate":
        """Read the notation.

        Raises:
            ValueError: the text is not a year, month, day or window, names no day of the calendar, or is a window that
                ends before it starts.
        """
        return _parse(text.strip())

    @classmethod
    def of(cls, day: date) -> "FuzzyDate":
        return cls(day.isoformat(), day, day)

    @property
    def precision(self) -> Precision:
        if "/" in self.text:
            return "window"
        precisions: dict[int, Precision] = {4: "year", 7: "month", 10: "day"}
        return precisions[len(self.text)]

    @property
    def day(self) -> date | None:
        """The day itself where it is known to the day."""
        return self.earliest if self.earliest == self.latest else None

    def __str__(self) -> str:
        return self.text

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            _validate,
            serialization=core_schema.plain_serializer_function_ser_schema(str, return_schema=core_schema.str_schema()),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {
            "type": "string",
            "pattern": _PATTERN,
            "description": "A date as far as it is known (ISO 8601-2): year, month, day, or a window `from/to`.",
            "examples": ["2012", "2022-09", "2022-05-17", "2022-05-01/2022-05-16", "../2022-05-16"],
        }


def _validate(value: Any) -> FuzzyDate:
    if isinstance(value, FuzzyDate):
        return value
    if isinstance(value, str):
        return FuzzyDate.parse(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return FuzzyDate.of(value)
    raise ValueError("a date is written as text: 2022, 2022-09, 2022-05-17 or 2022-05-01/2022-05-16")


@lru_cache(_KEPT)
def _parse(text: str) -> FuzzyDate:
    if not re.match(_PATTERN, text):
        raise ValueError(f"'{text}' is not a date: write 2022, 2022-09, 2022-05-17 or 2022-05-01/2022-05-16")
    if "/" not in text:
        return FuzzyDate(text, *_span(text))
    first, last = text.split("/")
    earliest = None if first == ".." else _span(first)[0]
    latest = None if last == ".." else _span(last)[1]
    if earliest is None and latest is None:
        raise ValueError("a window that is open on both sides says nothing: leave the date empty")
    if earliest is not None and latest is not None and latest < earliest:
        raise ValueError(f"the window '{text}' ends before it starts")
    return FuzzyDate(text, earliest, latest)


def _span(point: str) -> tuple[date, date]:
    """The first and the last day that a year, a month or a day can mean."""
    parts = [int(part) for part in point.split("-")]
    try:
        match parts:
            case [year]:
                return date(year, 1, 1), date(year, 12, 31)
            case [year, month]:
                return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
            case _:
                day = date(*parts)
                return day, day
    except (ValueError, calendar.IllegalMonthError) as error:
        raise ValueError(f"'{point}' is not in the calendar: {error}") from None
