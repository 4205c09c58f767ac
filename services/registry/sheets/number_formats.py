"""What Excel shows for a number: `007`, `2.10`, `35%`, `over 30`, or a date known to the day, the month or the year.

A format is a small program (ECMA-376 Part 1, 18.8.31). What lists use of it is carried out: sections by sign, digits,
decimals, thousands, percent, texts in quotes, dates. A format beyond that (fractions, exponents, conditions) shows the
number itself.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

from services.registry.sheets.tables import Cell, CellError
from shared.contracts.fuzzy_dates import FuzzyDate

Shows = Literal["day", "day-without-year", "month", "year", "time", "number", "general"]

BUILT_IN = {
    0: "General",
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    9: "0%",
    10: "0.00%",
    14: "mm-dd-yy",
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    **dict.fromkeys((18, 19, 20, 21, 45, 46, 47), "h:mm"),
    22: "m/d/yy h:mm",
    **dict.fromkeys(range(27, 37), "yyyy-mm-dd"),
    37: "#,##0",
    38: "#,##0",
    39: "#,##0.00",
    40: "#,##0.00",
    49: "@",
    **dict.fromkeys(range(50, 59), "yyyy-mm-dd"),
}
"""The formats that a workbook names by number alone."""

_LONGEST = 255  # characters of a format; Excel itself takes no more
_SIGNS = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]|General|.', re.IGNORECASE | re.DOTALL)
_DIGITS = "0#?"
_LAST_DAY = 2_958_465  # 9999-12-31


@dataclass(frozen=True, slots=True)
class Format:
    """What a format does with a number."""

    shows: Shows
    sections: tuple[tuple[str, ...], ...] = ()

    def cell(self, number: float, *, since_1904: bool) -> Cell:
        """The value of a cell as it is shown."""
        match self.shows:
            case "general":
                return plain_number(number)
            case "number":
                shown = _rendered(self.sections, number)
                plain = plain_number(number)
                return plain if shown is None or shown == str(plain) else shown
            case "time":
                seconds = round(number % 1 * 86_400)
                return f"{seconds // 3600:02}:{seconds // 60 % 60:02}"
        day = _day(number, since_1904)
        if day is None:
            return CellError("#####")
        if self.shows in ("year", "month"):
            return FuzzyDate.parse(f"{day.year:04}" if self.shows == "year" else f"{day.year:04}-{day.month:02}")
        return day


def plain_number(number: float) -> int | float:
    """A number as Excel keeps it: 15 digits, and a whole one without decimals."""
    rounded = float(f"{number:.15g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 1e15 else rounded


def _day(number: float, since_1904: bool) -> date | None:
    whole = int(number // 1)
    if since_1904:
        whole += 1462
    if not 1 <= whole <= _LAST_DAY or whole == 60:  # 29 February 1900, which Excel has and the calendar has not
        return None
    return date(1899, 12, 31 if whole < 60 else 30) + timedelta(days=whole)


@lru_cache(1024)
def format_of(code: str) -> Format:
    """What the code of a format means."""
    if len(code) > _LONGEST:
        return Format("general")
    signs = _SIGNS.findall(code)
    if any(sign.casefold() == "general" for sign in signs) or signs == ["@"]:
        return Format("general")
    letters = "".join(sign.casefold() for sign in signs if len(sign) == 1 or sign.startswith("["))
    clock = "h" in letters or "s" in re.sub(r"\[[^\]]*\]", "", letters) or "[m" in letters
    bare = re.sub(r"\[[^\]]*\]", "", letters).partition(";")[0]
    has_year, has_day = "y" in bare or "e" in bare.replace("e+", "").replace("e-", ""), "d" in bare
    if has_year or has_day or ("m" in bare and not clock):
        if has_day:
            return Format("day" if has_year else "day-without-year")
        return Format("month" if "m" in bare and not (clock and not has_year) else "year")
    if clock:
        return Format("time")
    sections = _sections(signs)
    return Format("number", sections) if sections else Format("general")


def _sections(signs: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The parts for positive, negative and no numbers; nothing where a part is beyond what is carried out."""
    sections: list[list[str]] = [[]]
    for sign in signs:
        if sign == ";":
            sections.append([])
        elif sign.startswith("["):
            if re.match(r"\[[<>=]", sign):
                return ()
            if currency := re.match(r"\[\$([^-\]]*)", sign):
                sections[-1].append(f'"{currency[1]}"')
        elif sign[0] not in "_*":
            sections[-1].append(sign)
    for section in sections[:3]:
        bare = [sign for sign in section if len(sign) == 1]
        if "/" in bare and any(each in bare for each in "?#"):
            return ()
        if "E" in bare or "e" in bare:
            return ()
    return tuple(map(tuple, sections[:3]))


def _rendered(sections: tuple[tuple[str, ...], ...], number: float) -> str | None:
    section, below = sections[0], number < 0
    if number < 0 and len(sections) > 1:
        section, below = sections[1], False
    elif number == 0 and len(sections) > 2:
        section = sections[2]
    shown = _section(section, abs(number))
    return f"-{shown}" if below and shown is not None else shown


def _section(section: Sequence[str], number: float) -> str | None:
    """A number in one part of a format: its digits fill the places from the right, what stands between stays."""
    places = [at for at, sign in enumerate(section) if sign in _DIGITS]
    if not places:
        return "".join(map(_literal, section)).strip() or None
    first, last = places[0], places[-1]
    point = next((at for at, sign in enumerate(section) if sign == "." and at > first - 2), None)
    whole = [at for at in places if point is None or at < point]
    decimals = [at for at in places if point is not None and at > point]
    commas = [at for at, sign in enumerate(section) if sign == ","]
    grouped = any(whole and whole[0] < at < whole[-1] for at in commas)
    scaled = sum(1 for at in commas if at > (whole[-1] if whole else last))
    value = number * 100 ** sum(sign == "%" for sign in section) / 1000**scaled
    if value >= 1e15:
        return None
    digits, _, fraction = f"{value:.{len(decimals)}f}".partition(".")
    digits = "" if digits == "0" and not any(section[at] == "0" for at in whole) else digits
    shown: dict[int, str] = {}
    rest = f"{int(digits):,}" if grouped and digits else digits
    for at in reversed(whole):
        if rest:
            taken = 2 if grouped and len(rest) > 1 and rest[-2] == "," else 1
            shown[at], rest = rest[-taken:], rest[:-taken]
        else:
            shown[at] = "0" if section[at] == "0" else ""
    if whole:
        shown[whole[0]] = rest + shown[whole[0]]
    kept = len(fraction)
    while kept and section[decimals[kept - 1]] != "0" and fraction[kept - 1] == "0":
        kept -= 1
    shown |= {at: fraction[n] if n < kept else "" for n, at in enumerate(decimals)}
    if point is not None:
        shown[point] = "." if kept or any(section[at] == "0" for at in decimals) else ""
    text = (shown.get(at, "" if sign == "," else _literal(sign)) for at, sign in enumerate(section))
    return "".join(text).strip()


def _literal(sign: str) -> str:
    if sign.startswith('"'):
        return sign[1:-1]
    return sign[1:] if sign.startswith("\\") else sign
