"""Dates in the words of a mail, as far as they are known: a day that nobody has fixed is not invented."""

from datetime import date

from babel import Locale
from babel.dates import format_date

from shared.contracts.activities import Activity
from shared.contracts.fuzzy_dates import FuzzyDate

LOCALES = {"en": Locale("en", "GB"), "ru": Locale("ru")}  # the programme's English puts the day before the month

_PHRASES = {
    "en": {
        "unknown": "the dates are not known yet",
        "year": "in {} (the days are not known yet)",
        "month": "in {} (the days are not known yet)",
        "window": "between {} and {} (the exact days are not known yet)",
        "no-later": "by {}",
        "no-earlier": "from {} on",
        "from-to": "{} – {}",
    },
    "ru": {
        "unknown": "даты пока не известны",
        "year": "{} (точные дни пока не известны)",
        "month": "{} (точные дни пока не известны)",
        "window": "в период с {} по {} (точные дни пока не известны)",
        "no-later": "не позднее {}",
        "no-earlier": "не ранее {}",
        "from-to": "{} – {}",
    },
}


def days_of(activity: Activity) -> tuple[date, date] | None:
    """First and last day, where both are known to the day."""
    if activity.starts is None or activity.starts.day is None:
        return None
    last = activity.ends.day if activity.ends else activity.starts.day
    return (activity.starts.day, last) if last else None


def when(activity: Activity, language: str) -> str:
    """`14–16 September 2026`, `in September 2026 (the days are not known yet)`, …"""
    days = days_of(activity)
    if days:
        return _span(*days, language)
    starts, ends = activity.starts, activity.ends
    if starts is None and ends is None:
        return _PHRASES[language]["unknown"]
    if starts is None or ends is None or starts == ends:
        only = starts or ends
        assert only is not None
        return _no_later(only, language) if starts is None else _as_far_as_known(only, language)
    return _PHRASES[language]["from-to"].format(_name(starts, language), _name(ends, language))


def _span(first: date, last: date, language: str) -> str:
    if first == last:
        return _day(first, language)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{_day(last, language)}"
    if first.year == last.year:
        return f"{format_date(first, 'd MMMM', LOCALES[language])} – {_day(last, language)}"
    return f"{_day(first, language)} – {_day(last, language)}"


def _as_far_as_known(known: FuzzyDate, language: str) -> str:
    phrases = _PHRASES[language]
    match known.earliest, known.latest:
        case None, date() as latest:
            return phrases["no-later"].format(_day(latest, language))
        case date() as earliest, None:
            return phrases["no-earlier"].format(_day(earliest, language))
        case date() as earliest, date() as latest if known.precision == "window":
            return phrases["window"].format(_day(earliest, language), _day(latest, language))
    if known.precision in ("year", "month"):
        return phrases[known.precision].format(_name(known, language))
    return _name(known, language)


def _no_later(ends: FuzzyDate, language: str) -> str:
    assert ends.latest or ends.earliest
    if ends.latest is None:
        return _as_far_as_known(ends, language)
    return _PHRASES[language]["no-later"].format(_day(ends.latest, language))


def _name(known: FuzzyDate, language: str) -> str:
    """The date alone: `2026`, `September 2026`, `14 September 2026`, `1–16 May 2022`."""
    if known.precision == "window":
        first, last = known.earliest, known.latest
        return _span(first, last, language) if first and last else _as_far_as_known(known, language)
    assert known.earliest is not None
    if known.precision == "day":
        return _day(known.earliest, language)
    year_mark = " г." if language == "ru" else ""
    return format_date(known.earliest, {"year": "y", "month": "LLLL y"}[known.precision], LOCALES[language]) + year_mark


def _day(day: date, language: str) -> str:
    return format_date(day, "long", LOCALES[language])
