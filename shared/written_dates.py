"""Dates as people write them: the one reader for lists, forms and filters, in the languages of the programmes.

`17.05.2022`, `17 May 2022`, `май 2022`, `4 кв. 2022`, `17–19 мая 2022`, `30 Nov – 2 Dec 2022`. What is not certain is
refused with the way out and never guessed. Events carry only the notation of `shared.contracts.fuzzy_dates`, which
stays strict. No pattern here runs over more than `_LONGEST` characters.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Annotated
from zoneinfo import ZoneInfo

from babel import Locale
from pydantic import BeforeValidator

from shared.contracts.fuzzy_dates import FuzzyDate
from shared.errors import DomainError
from shared.plain_text import plain_text

_LONGEST = 80


class DateError(DomainError, ValueError):
    # Without a docstring: its kinds say what is wrong. A ValueError too, so that pydantic names the field.

    def __init__(self, case: str = "", *, field: str | None = None) -> None:
        """The detail is the case together with the way out, which is the second half of the docstring."""
        way_out = self.title().partition(": ")[2]
        whole = case if not case or way_out in case else f"{case.removesuffix('.')}: {way_out}"
        super().__init__(whole, field=field)


class NotADate(DateError):
    """This is not a date: write 17.05.2022, 2022-05-17, May 2022, Q4 2022, 2022 or 17–19 May 2022."""

    slug = "not-a-date"


class DateCanBeReadTwoWays(DateError):
    """Day and month cannot be told apart: write the date as 17.05.2022 or 2022-05-17."""

    slug = "date-can-be-read-two-ways"


class DateWithoutYear(DateError):
    """The date has no year: write the year as well, like 17 May 2022."""

    slug = "date-without-year"


class InstantWithoutZone(DateError):
    """This is a moment in another time zone, so the day is not certain: write the day itself, like 2022-05-17."""

    slug = "instant-without-zone"


@dataclass(frozen=True, slots=True)
class Period:
    """The first and the last day as far as they are known; `ends` is nothing where only one date was written."""

    starts: FuzzyDate
    ends: FuzzyDate | None = None


def read_date(text: str, *, year: int | None = None, zone: str | None = None) -> FuzzyDate:
    """One date; what is written as a range becomes a window.

    Raises:
        NotADate, DateCanBeReadTwoWays, DateWithoutYear, InstantWithoutZone
    """
    period = read_period(text, year=year, zone=zone)
    if period.ends is None:
        return period.starts
    first, last = period.starts.earliest, period.ends.latest
    return FuzzyDate.parse(f"{first}/{last}")


@lru_cache(4096)
def read_period(text: str, *, year: int | None = None, zone: str | None = None) -> Period:
    """When something takes place: one date, or the first and the last.

    Args:
        year: that of a date which is written without one; without it such a date is refused.
        zone: the time zone in which the day of a moment like `2022-12-31T18:00:00Z` is meant.

    Raises:
        NotADate, DateCanBeReadTwoWays, DateWithoutYear, InstantWithoutZone
    """
    written = plain_text(text)
    if not written or len(written) > _LONGEST:
        raise NotADate(f"“{written[:_LONGEST]}” cannot be read as a date.")
    plain = _plain(written)
    if (known := _notation(plain)) is not None:
        return Period(known)
    if (moment := _moment(plain, zone)) is not None:
        return Period(moment)
    point = _point(plain)
    if point is not None:
        return Period(_known(point, written, year))
    for left, right in _halves(plain):
        first, last = _point(left), _point(right)
        if first is not None and last is not None and (joined := _joined(first, last, year)) is not None:
            return _period(*joined, written, year)
    raise NotADate(f"“{written}” cannot be read as a date.")


def _first_day(value: object) -> object:
    return read_date(value).earliest if isinstance(value, str) and value.strip() else value


def _last_day(value: object) -> object:
    return read_date(value).latest if isinstance(value, str) and value.strip() else value


FirstDay = Annotated[date, BeforeValidator(_first_day)]
"""Where a filter begins: the first day of what a person typed, `2022-Q4` for example."""

LastDay = Annotated[date, BeforeValidator(_last_day)]
"""Where a filter ends: the last day of what a person typed."""


@dataclass(frozen=True, slots=True)
class _Point:
    """What one side of a date says; `months` are several where it is a quarter or a half of a year."""

    year: int | None = None
    months: tuple[int, ...] = ()
    day: int | None = None
    number: int | None = None  # a day, or the number of a month: the other side decides

    @property
    def month(self) -> int | None:
        return self.months[0] if self.months else None


_DASHES = re.compile(r"[‐‑‒–—―−]")
_WEEKDAYS = re.compile(
    r"^(?:(?:mon|tues?|wed(?:nes)?|thur?s?|fri|sat(?:ur)?|sun)(?:day)?"
    r"|понедельник|вторник|среда|четверг|пятница|суббота|воскресенье|пн|вт|ср|чт|пт|сб|вс"
    r"|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag)\.?,? "
)
_FROM = re.compile(r"^(?:from|between|с|со|von|vom|начиная с) (?:the )?(?=\d|\w)")
_TO = r"(?:to|till|until|through|and|по|до|и|bis|und|дейин|gacha)"


def _plain(text: str) -> str:
    """What is compared: one case, one kind of dash, no weekday, no full stop at the end."""
    folded = _DASHES.sub("-", text.casefold().replace("ё", "е"))
    folded = _WEEKDAYS.sub("", folded)
    return folded.rstrip(" ,;").removeprefix("the ")


def _notation(text: str) -> FuzzyDate | None:
    """The notation of events."""
    try:
        return FuzzyDate.parse(text)
    except ValueError as error:
        if re.fullmatch(r"\d{4}-\d\d(-\d\d)?(/\d{4}(-\d\d(-\d\d)?)?)?", text):
            raise NotADate(f"{str(error)[:1].upper()}{str(error)[1:]}.") from None
        return None


_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)[t ](\d{1,2}:\d\d(?::\d\d(?:\.\d{1,9})?)?) ?(z|utc|gmt|[+-]\d\d:?\d\d)?", re.ASCII
)
_CLOCK = re.compile(r"(\d{1,2}\.\d{1,2}\.\d{4}),? \d{1,2}:\d\d(?::\d\d)?", re.ASCII)


def _moment(text: str, zone: str | None) -> FuzzyDate | None:
    """A day with a time of day. With an offset it is a moment, whose day depends on the place."""
    if clock := _CLOCK.fullmatch(text):
        return _known(_dotted(clock[1]), text, None)
    found = _MOMENT.fullmatch(text)
    if found is None:
        return None
    day, clock_time, offset = found.groups()
    known = _notation(day)
    if offset is None:
        return known
    if zone is None:
        raise InstantWithoutZone(f"“{text.upper()}” is a moment, and its place has no time zone here.")
    offset = "+00:00" if offset in ("z", "utc", "gmt") else offset
    hours, _, rest = clock_time.partition(":")
    try:
        moment = datetime.fromisoformat(f"{day}T{hours:0>2}:{rest.partition('.')[0]}{offset}")
        return FuzzyDate.of(moment.astimezone(ZoneInfo(zone)).date())
    except (ValueError, OSError, OverflowError):
        raise NotADate(f"“{text.upper()}” is no moment of the calendar.") from None


_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
_ORDINALS = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "1st": 1,
    "2nd": 2,
    "3rd": 3,
    "4th": 4,
    "первый": 1,
    "второй": 2,
    "третий": 3,
    "четвертый": 4,
    "первое": 1,
    "второе": 2,
    "erstes": 1,
    "zweites": 2,
    "drittes": 3,
    "viertes": 4,
}
_NUMBER = rf"([1-4]|i{{1,3}}|iv|{'|'.join(_ORDINALS)})(?:-?(?:й|ый|ой|ий|е|ое|го))?\.?"
_QUARTER = r"(?:q|qtr|quarter|кв|квартал|квартала|квартале|quartal|chorak|чорак|чейрек|чейреги|тоқсан)\.?"
_HALF = r"(?:h|half|пол|полугодие|полугодия|пг|halbjahr|yarim yillik)\.?"
_YEAR = r"(\d{4})(?:[ -]?(?:г|гг|год|года|году|year|ж|жыл|жылы|жылдын|жылдың|yil|yilning|й|йил|сол|соли))?\.?"
_PARTS = tuple(
    (re.compile(pattern.replace("PART", part)), several, order)
    for part, several in ((_QUARTER, 3), (_HALF, 6))
    for pattern, order in (
        (rf"{_YEAR}[ ,/-]*PART ?-?{_NUMBER}", "year"),
        (rf"{_YEAR}[ ,/-]*{_NUMBER}[ -]?PART", "year"),
        (rf"PART ?-?{_NUMBER}[ ,/-]*(?:of )?{_YEAR}", "number"),
        (rf"{_NUMBER}[ -]?PART[ ,/-]*(?:of )?{_YEAR}", "number"),
        (rf"PART ?-?{_NUMBER}", "alone"),
        (rf"{_NUMBER}[ -]?PART", "alone"),
    )
)


def _part_of_year(text: str) -> _Point | None:
    """A quarter or a half of a year."""
    for pattern, several, order in _PARTS:
        if found := pattern.fullmatch(text):
            groups = list(found.groups())
            year, number = (groups[0], groups[1]) if order == "year" else (groups[-1], groups[0])
            which = _ROMAN.get(number) or _ORDINALS.get(number) or int(number)
            if which * several > 12:
                return None
            months = tuple(range((which - 1) * several + 1, which * several + 1))
            return _Point(int(year) if order != "alone" else None, months)
    return None


_DOTTED = re.compile(r"(\d{1,2})\. ?(\d{1,2})(?:\. ?" + _YEAR + r"|\.)?")
_DOTTED_MONTH = re.compile(r"(\d{1,2})[./]" + _YEAR)
_YEAR_FIRST = re.compile(r"(\d{4})[./](\d{1,2})[./](\d{1,2})")
_ISO_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)
_SLASHED = re.compile(r"(\d{1,2})([/-])(\d{1,2})\2(\d{4})")
_DAY = re.compile(r"(\d{1,2})(?:st|nd|rd|th|-?(?:е|го|ое|ого|чи|чы|чу|чү))?\.?")
_ONLY_YEAR = re.compile(_YEAR)
_WORD = re.compile(r"[^\W\d_]+(?:['ʻʼ‘’][^\W\d_]+)?|\d+")
_FILLERS = (
    "of the st nd rd th am den г год года году е го ое ого числа"
    " ж жыл жылы жылдын жылдың күнү күні yil yili yilning kuni й йил йилнинг куни сол соли"
)
_NOISE = frozenset(_FILLERS.split())


def _point(text: str) -> _Point | None:
    """One side of a date, or a whole one; nothing where it is something else."""
    text = text.strip(" ,;")
    if (part := _part_of_year(text)) is not None:
        return part
    if (dotted := _dotted(text)) is not None:
        return dotted
    if found := _DAY.fullmatch(text):
        return _Point(number=int(found[1]))
    if found := _ONLY_YEAR.fullmatch(text):
        return _Point(int(found[1]))
    return _in_words(text)


def _dotted(text: str) -> _Point | None:
    if found := _DOTTED.fullmatch(text):
        year = int(found[3]) if found[3] else None
        return _Point(year, (int(found[2]),), int(found[1]))
    if found := _DOTTED_MONTH.fullmatch(text):
        return _Point(int(found[2]), (int(found[1]),))
    if found := _YEAR_FIRST.fullmatch(text) or _ISO_DAY.fullmatch(text):
        return _Point(int(found[1]), (int(found[2]),), int(found[3]))
    if found := _SLASHED.fullmatch(text):
        return _slashed(int(found[1]), int(found[3]), int(found[4]))
    return None


def _slashed(first: int, second: int, year: int) -> _Point:
    """`17/05/2022` can only mean May; `05/06/2022` is read one way in Bishkek and another in Washington."""
    if first > 12 or first == second:
        return _Point(year, (second,), first)
    if second > 12:
        return _Point(year, (first,), second)
    raise DateCanBeReadTwoWays(f"“{first:02}/{second:02}/{year}” is {first:02}.{second:02} or {second:02}.{first:02}.")


def _in_words(text: str) -> _Point | None:
    """A month by its name, with a day and a year in any order; every word has to mean something."""
    if not re.fullmatch(r"[\w .,'ʻʼ‘’-]+", text):
        return None
    year: int | None = None
    months: list[int] = []
    days: list[int] = []
    for word in _WORD.findall(text):
        if word.isdigit():
            number = int(word)
            if len(word) == 4 and year is None:
                year = number
            elif len(word) <= 2:
                days.append(number)
            else:
                return None
        elif (month := _month(word)) is not None:
            months.append(month)
        elif word not in _NOISE:
            return None
    if len(months) > 1 or len(days) > 1 or (not months and not days):
        return None
    return _Point(year, tuple(months), days[0] if days else None)


_ENDINGS = ("ында", "инде", "унда", "нын", "нин", "нун", "да", "де", "ta", "da", "ning", "ы", "и", "у", "ү", "і", "i")
_ALSO = {
    "sept": 9,
    "сент": 9,
    "jänner": 1,
    "feber": 2,
    "maerz": 3,
    "mrz": 3,
    "oktyabr": 10,
    "sentyabr": 9,
    "ноябр": 11,
    "декабр": 12,
    "октябр": 10,
    "сентябр": 9,
    "феврал": 2,
    "январ": 1,
    "апрел": 4,
    "июн": 6,
}


def _month(word: str) -> int | None:
    known = _months()
    if word in known:
        return known[word]
    for ending in _ENDINGS:
        stem = word.removesuffix(ending)
        if stem != word and len(stem) > 2 and stem in known:
            return known[stem]
    return None


@cache
def _months() -> dict[str, int]:
    """Names and short names of months, in each case that CLDR has. A name that two languages use for different
    months would be left out."""
    found: dict[str, set[int]] = {}
    for language in ("en", "ru", "ky", "uz", "uz_Cyrl", "de", "kk", "tg", "tk"):
        for forms in Locale.parse(language).months.values():
            for width in ("wide", "abbreviated"):
                for number, name in forms[width].items():
                    plain = unicodedata.normalize("NFC", name).casefold().replace("ё", "е").removesuffix(".")
                    if len(plain) > 2 and not plain.isdigit():
                        found.setdefault(plain, set()).add(number)
    return {name: numbers.pop() for name, numbers in found.items() if len(numbers) == 1} | _ALSO


_JOINTS = tuple(re.compile(pattern) for pattern in (rf" {_TO} (?:the )?", r"\.\.\.?|…", r" - ", r" ?- ?", r" ?[&/] ?"))


def _halves(text: str) -> Iterator[tuple[str, str]]:
    """The two sides of what may be a range, at each place where it can be divided."""
    whole = _FROM.sub("", text)
    for joint in _JOINTS:
        for found in joint.finditer(whole):
            if whole[: found.start()] and whole[found.end() :]:
                yield whole[: found.start()], whole[found.end() :]


def _joined(first: _Point, last: _Point, year: int | None) -> tuple[_Point, _Point] | None:
    """Both sides completed by each other: `17` and `19 May 2022`; `May 17` and `19, 2022`; `28 Dec` and `2 Jan 2023`.

    Nothing, where they cannot be two ends of one range.
    """
    first, last = _settled(first, last), _settled(last, first)
    if not first.months and not last.months:  # of years alone
        return (first, last) if first.year and last.year and first.day is None and last.day is None else None
    first = first if first.months else replace(first, months=last.months)
    last = last if last.months else replace(last, months=first.months)
    if (first.day is None) != (last.day is None):
        return None
    if first.year is None and last.year is None and year is not None:
        first = replace(first, year=year)
    wraps = (first.months, first.day or 0) > (last.months, last.day or 0)
    if first.year is None and last.year is not None:
        first = replace(first, year=last.year - wraps)
    elif last.year is None and first.year is not None:
        last = replace(last, year=first.year + wraps)
    return first, last


def _settled(one: _Point, other: _Point) -> _Point:
    """A bare number is a day where the other side has one, else the number of a month."""
    if one.number is None:
        return one
    if other.day is None and other.number is None and other.months and not one.months:
        return replace(one, months=(one.number,), number=None)
    return replace(one, day=one.number, number=None)


def _period(first: _Point, last: _Point, written: str, year: int | None) -> Period:
    starts, ends = _known(first, written, year), _known(last, written, year)
    if starts == ends:
        return Period(starts)
    if starts.earliest and ends.latest and ends.latest < starts.earliest:
        raise NotADate(f"“{written}” ends before it starts.")
    return Period(starts, ends)


def _known(point: _Point | None, written: str, year: int | None) -> FuzzyDate:
    if point is None or point.number is not None or (point.day is not None and not point.months):
        raise NotADate(f"“{written}” cannot be read as a date.")
    in_year = point.year if point.year is not None else year
    if in_year is None:
        raise DateWithoutYear(f"“{written}” has no year.")
    for month in point.months:
        if not 1 <= month <= 12:
            raise NotADate(f"“{written}” names month {month}.")
    try:
        match point.months, point.day:
            case (), _:
                return FuzzyDate.parse(f"{in_year:04}")
            case (month,), None:
                return FuzzyDate.parse(f"{in_year:04}-{month:02}")
            case (month,), int(day):
                return FuzzyDate.of(date(in_year, month, day))
            case months, _:
                return FuzzyDate.parse(f"{in_year:04}-{months[0]:02}/{in_year:04}-{months[-1]:02}")
    except ValueError as error:
        raise NotADate(f"“{written}” is not in the calendar: {error}.") from None
    raise NotADate(f"“{written}” cannot be read as a date.")


__all__ = [
    "DateCanBeReadTwoWays",
    "DateError",
    "DateWithoutYear",
    "FirstDay",
    "InstantWithoutZone",
    "LastDay",
    "NotADate",
    "Period",
    "read_date",
    "read_period",
]
