"""How dates, countries and numbers are written in the reader's language (CLDR, by Babel); also as template filters."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

from shared.contracts.fuzzy_dates import FuzzyDate
from shared.countries import country_name
from shared.web.language import _, locale


def day(value: date) -> str:
    """`17 May 2022`, `17 мая 2022`"""
    return format_date(value, "d MMMM y", locale=locale())


def moment(value: datetime) -> str:
    """Day and time as the clock of its time zone showed it."""
    return format_datetime(value, "d MMM y, HH:mm", locale=locale())


def fuzzy(value: FuzzyDate | str | None) -> str:
    """A date as far as it is known: `2022`, `September 2022`, `17 May 2022`, `1–16 May 2022`, `by 16 May 2022`."""
    known = _known(value)
    if known is None:
        return _("date unknown")
    if known.precision == "window":
        return _window(known)
    assert known.earliest is not None
    skeleton = {"year": "y", "month": "LLLL y", "day": "d MMMM y"}[known.precision]
    return format_date(known.earliest, skeleton, locale=locale())


def _known(value: FuzzyDate | str | None) -> FuzzyDate | None:
    return FuzzyDate.parse(value) if isinstance(value, str) else value


def _window(window: FuzzyDate) -> str:
    if window.earliest is None:
        assert window.latest is not None
        return _("by %s") % day(window.latest)
    if window.latest is None:
        return _("from %s") % day(window.earliest)
    return span(window.earliest, window.latest)


def span(first: date, last: date) -> str:
    """`17 May 2022`, `17–19 May 2022`, `30 May – 2 June 2022`."""
    if first == last:
        return day(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{day(last)}"
    if first.year == last.year:
        return f"{format_date(first, 'd MMMM', locale=locale())} – {day(last)}"
    return f"{day(first)} – {day(last)}"


def dates(starts: FuzzyDate | str | None, ends: FuzzyDate | str | None) -> str:
    """The days of something that lasts, as far as they are known."""
    starts, ends = _known(starts), _known(ends)
    if starts is None:
        return fuzzy(None) if ends is None else _("until %s") % fuzzy(ends)
    if ends is None or ends == starts:
        return fuzzy(starts)
    if starts.day and ends.day:
        return span(starts.day, ends.day)
    if ends.precision == "window" and ends.earliest and ends.latest:
        window = span(ends.earliest, ends.latest)
        return _("%(starts)s until some day of %(window)s") % {"starts": fuzzy(starts), "window": window}
    return f"{fuzzy(starts)} – {fuzzy(ends)}"


def day_short(value: date) -> str:
    """The heading of a day's column: `17 May`."""
    return format_date(value, "d MMM", locale=locale())


def country(code: str) -> str:
    """`KG` → `Kyrgyzstan`; a code that no list knows stays as it is."""
    return country_name(code, locale())


def language(code: str) -> str:
    """`ky` → `Kyrgyz`; a code that no list knows stays as it is."""
    return str(locale().languages.get(code, code))


def number(value: float) -> str:
    return format_decimal(value, locale=locale())


FILTERS: dict[str, Callable[..., Any]] = {
    "day": day,
    "day_short": day_short,
    "dates": dates,
    "moment": moment,
    "fuzzy": fuzzy,
    "country": country,
    "language": language,
    "number": number,
}
