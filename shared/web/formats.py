"""How dates, countries and numbers are written in the reader's language (CLDR, by Babel); also as template filters."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

from shared.contracts.fuzzy_dates import FuzzyDate
from shared.countries import country_name
from shared.web.language import _, spoken


def day(value: date) -> str:
    """`17 May 2022`, `17 мая 2022 г.`"""
    return format_date(value, "d MMMM y", locale=_locale())


def moment(value: datetime) -> str:
    """Day and time as the clock of its time zone showed it."""
    return format_datetime(value, "d MMM y, HH:mm", locale=_locale())


def fuzzy(value: FuzzyDate | str | None) -> str:
    """A date as far as it is known: `2022`, `September 2022`, `17 May 2022`, `1–16 May 2022`, `by 16 May 2022`."""
    if value is None:
        return _("date unknown")
    known = FuzzyDate.parse(value) if isinstance(value, str) else value
    if known.precision == "window":
        return _window(known)
    assert known.earliest is not None
    skeleton = {"year": "y", "month": "LLLL y", "day": "d MMMM y"}[known.precision]
    return format_date(known.earliest, skeleton, locale=_locale())


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
        return f"{format_date(first, 'd MMMM', locale=_locale())} – {day(last)}"
    return f"{day(first)} – {day(last)}"


def country(code: str) -> str:
    """`KG` → `Kyrgyzstan`; a code that no list knows stays as it is."""
    return country_name(code, _locale())


def language(code: str) -> str:
    """`ky` → `Kyrgyz`; a code that no list knows stays as it is."""
    return str(_locale().languages.get(code, code))


def number(value: float) -> str:
    return format_decimal(value, locale=_locale())


def _locale() -> Locale:
    # The English of the programme's documents: day before month.
    return Locale("ru") if spoken() == "ru" else Locale("en", "GB")


FILTERS: dict[str, Callable[..., Any]] = {
    "day": day,
    "moment": moment,
    "fuzzy": fuzzy,
    "country": country,
    "language": language,
    "number": number,
}
