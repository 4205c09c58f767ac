"""Dates in the words of a mail, as far as they are known: a day that nobody has fixed is not invented."""

from datetime import date

from shared.contracts.activities import Activity
from shared.contracts.fuzzy_dates import FuzzyDate
from shared.web import formats
from shared.web.language import _, pgettext, speaking


def days_of(activity: Activity) -> tuple[date, date] | None:
    """First and last day, where both are known to the day."""
    if activity.starts is None or activity.starts.day is None:
        return None
    last = activity.ends.day if activity.ends else activity.starts.day
    return (activity.starts.day, last) if last else None


def when(activity: Activity, language: str) -> str:
    """`14–16 September 2026`, `in September 2026 (the days are not known yet)`, …"""
    with speaking(language):
        if days := days_of(activity):
            return formats.span(*days)
        starts, ends = activity.starts, activity.ends
        if starts is None and ends is None:
            return _("the dates are not known yet")
        if starts is None or ends is None or starts == ends:
            return _as_far_as_known(ends, no_later=True) if starts is None else _as_far_as_known(starts)
        return f"{formats.fuzzy(starts)} – {formats.fuzzy(ends)}"


def _as_far_as_known(known: FuzzyDate | None, *, no_later: bool = False) -> str:
    """One date alone; `no_later` where it is the end of what has no known beginning."""
    assert known
    if known.latest and (no_later or not known.earliest):
        return pgettext("mail", "by %s") % formats.day(known.latest)
    if known.earliest and not known.latest:
        return _("from %s on") % formats.day(known.earliest)
    if known.precision == "window":
        assert known.earliest
        assert known.latest
        days = {"first": formats.day(known.earliest), "last": formats.day(known.latest)}
        return _("between %(first)s and %(last)s (the exact days are not known yet)") % days
    if known.precision == "day":
        return formats.fuzzy(known)
    return _("in %s (the days are not known yet)") % formats.fuzzy(known)
