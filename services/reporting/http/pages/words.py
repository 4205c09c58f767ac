"""What reporting's words are called on a page, in the reader's language.

The lists are functions, because the language belongs to the request. What is not known is said to be so.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta

from babel.dates import get_quarter_names
from babel.numbers import format_percent

from services.reporting.figures.figure import Figure, Unknown
from services.reporting.rules import Rule
from services.reporting.subjects.released import HIDDEN
from shared.errors import DomainError
from shared.web import formats, vocabulary
from shared.web.language import _, locale, ngettext, pgettext

kinds = vocabulary.kinds
scopes = vocabulary.scopes
deliveries = vocabulary.deliveries
text = vocabulary.text
output_kinds = vocabulary.output_kinds
output_statuses = vocabulary.output_statuses


def genders() -> dict[str, str]:
    return {
        "female": _("women"),
        "male": _("men"),
        "other": _("other"),
        "not-female": _("not women"),
    }


def countries(codes: Iterable[str]) -> list[tuple[str, str]]:
    return sorted(((code, formats.country(code)) for code in codes), key=lambda pair: pair[1])


def dimensions() -> dict[str, str]:
    return {
        "programme": _("Programme"),
        "phase": _("Phase"),
        "component": _("Component"),
        "kind": _("Kind"),
        "scope": _("Scope"),
        "delivery": _("Delivery"),
        "status": _("Status"),
        "country": _("Beneficiary country"),
        "year": _("Year"),
        "quarter": _("Quarter"),
        "month": _("Month"),
        "gender": _("Gender"),
        "participant-country": _("Country of participants"),
        "organisation": _("Organisation"),
    }


def filters() -> dict[str, str]:
    return {**dimensions(), "from": _("From"), "to": _("To"), "as_of": _("As known on")}


def period(first: date | None, last: date | None) -> str:
    """A period in words: a quarter or a year by its name, where it is one."""
    if first is None and last is None:
        return _("all time")
    if first is None or last is None:
        word = _("since %s") if last is None else pgettext("period", "until %s")
        return word % formats.day(first or last or date.min)
    if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31):
        return str(first.year) if first.year == last.year else f"{first.year}–{last.year}"
    whole = first.day == 1 and (last + timedelta(days=1)).day == 1 and first.year == last.year
    if whole and (first.month % 3, last.month - first.month) == (1, 2):
        return _quarter(f"{first.year}-Q{last.month // 3}")
    if whole and first.month == last.month:
        return formats.fuzzy(f"{first:%Y-%m}")
    return formats.span(first, last)


def refused(error: DomainError) -> str:
    """Why a question cannot be asked, in the reader's language."""
    return _(error.title())


def value_of(dimension: str, value: str | None) -> str:
    """A value of a dimension, as people say it."""
    if value is None:
        return _("not known")
    if value == HIDDEN:
        return _("hidden, because numbers are small")
    return _VALUES.get(dimension, str)(value)


def _component(code: str) -> str:
    return _("for all components") if code == "general" else f"{_('Component')} {code}"


def _quarter(text: str) -> str:
    year, number = text.split("-Q")
    return f"{get_quarter_names(locale=locale())[int(number)]} {year}"


_VALUES: Mapping[str, Callable[[str], str]] = {
    "phase": lambda value: f"{_('Phase')} {value}",
    "component": _component,
    "kind": lambda value: (kinds() | output_kinds()).get(value, value),
    "status": lambda value: output_statuses().get(value, value),
    "scope": lambda value: scopes().get(value, value),
    "delivery": lambda value: deliveries().get(value, value),
    "country": formats.country,
    "participant-country": formats.country,
    "quarter": _quarter,
    "month": formats.fuzzy,
    "gender": lambda value: genders().get(value, value),
}


def shown(value: int | float | None, rule: Rule) -> str:
    """A figure's value; of a share, in per cent."""
    if value is None:
        return "–"
    return format_percent(value, locale=locale()) if rule.counting.is_share else formats.number(value)


def may_belong(unknown: Unknown) -> str:
    """`41 more may belong: 28 of unknown day, 14 of unknown component`."""
    reasons = {
        "day": _("%s of unknown day"),
        "phase": _("%s of unknown phase"),
        "component": _("%s of unknown component"),
        "scope": _("%s of unknown scope"),
        "delivery": _("%s of unknown delivery"),
        "country": _("%s of unknown country"),
        "name": _("%s known only as a number"),
    }
    if not unknown.number:
        return ""
    parts = [reasons[reason] % formats.number(n) for reason, n in unknown.reasons.items() if n]
    several = sum(n or 0 for n in unknown.reasons.values()) - unknown.number
    if parts and several > 0:
        parts.append(_overlap(len(parts), several))
    more = ngettext("%(num)d more may belong", "%(num)d more may belong", unknown.number) % {"num": unknown.number}
    return f"{more}: {', '.join(parts)}" if parts else more


def _overlap(reasons: int, several: int) -> str:
    """Why the numbers for each reason are more than their total."""
    if reasons == 2:
        return ngettext("%(num)d is both", "%(num)d are both", several) % {"num": several}
    return _("some of them for several of these reasons")


def contradictions(figure: Figure) -> str:
    """In how many activities head count and names do not fit together."""
    if not figure.contradictions:
        return ""
    return ngettext(
        "In %(num)d activity the head count and the names contradict each other: see which, and correct one of them.",
        "In %(num)d activities the head count and the names contradict each other: see which, and correct one of them.",
        figure.contradictions,
    ) % {"num": figure.contradictions}


def silent(unknown: Unknown) -> str:
    """How many activities tell no number of people."""
    if not unknown.activities:
        return ""
    return ngettext(
        "The number of people is unknown for %(num)d activity.",
        "The number of people is unknown for %(num)d activities.",
        unknown.activities,
    ) % {"num": unknown.activities}
