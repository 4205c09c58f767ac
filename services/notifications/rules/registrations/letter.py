"""Facts → letter, written at the moment of sending: a letter speaks of the activity as it is then."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from services.notifications.messages import dates
from services.notifications.messages.calendar import Entry, Method, encode
from services.notifications.messages.letter import (
    Letter,
    Recipient,
    domain_of,
    fill,
    language_for,
    localised,
    place_name,
)
from services.notifications.rules.kind import Due
from services.notifications.rules.kind import Said as Kept
from services.notifications.rules.registrations.case import Case, Said
from services.notifications.rules.registrations.table import RULES
from shared.contracts.activities import Activity
from shared.contracts.programmes import Programme


def write(
    case: Case,
    due: Due,
    *,
    programme: Programme,
    recipient: Recipient,
    beliefs: Sequence[Kept | None],
    at: datetime,
    sender: str,
) -> tuple[Letter, dict[str, Any]]:
    """The letter that a rule's template makes of what is known now, and what it says in a form to be compared.

    Args:
        beliefs: what the person may know from the letters before, the likeliest first.
        sender: the address that it comes from.
    """
    activity = case.activity
    language = language_for(recipient.language, programme)
    told = [Said.model_validate(belief) for belief in beliefs if belief]
    days = dates.days_of(activity)
    method = _method(days, due, told)
    title = localised(activity.title, language, programme)
    place = place_name(activity.place, language, programme)
    subject, text = fill(
        due.rule,
        language,
        name=" ".join(recipient.name.split()),
        title=title,
        programme=localised(programme.name, language, programme),
        when=dates.when(activity, language),
        before=_before(case, due, told, language),
        place=place,
        format=activity.delivery,
        reason=activity.status_reason,
        calendar=method,
    )
    entry = Entry(
        method=method or "REQUEST",
        uid=f"{case.subject}@{domain_of(sender)}",
        sequence=activity.version + case.registration.version,
        summary=title,
        location=place,
        days=days,
        written_at=at,
        organiser=sender,
        attendee=recipient.address or "",
    )
    letter = Letter(language, subject, text, encode(entry) if method else None, method)
    has_entry = method == "REQUEST" or (method is None and any(known.entry for known in told))
    return letter, case.truth.model_copy(update={"entry": has_entry}).model_dump(mode="json")


def _method(days: tuple[date, date] | None, due: Due, told: Sequence[Said]) -> Method | None:
    """An entry is made where the days are known, and taken away from a calendar that has one."""
    if RULES[due.rule].calendar == "REQUEST" and days:
        return "REQUEST"
    return "CANCEL" if any(known.entry for known in told) else None


def _before(case: Case, due: Due, told: Sequence[Said], language: str) -> str | None:
    """The dates that the person was told before, where these are others."""
    if due.rule != "rescheduling":
        return None
    former = next((activity for known in told if (activity := _dated(case.activity, known))), None)
    return dates.when(former, language) if former else None


def _dated(activity: Activity, told: Said) -> Activity | None:
    try:
        return Activity.model_validate(activity.model_dump() | {"starts": told.starts, "ends": told.ends})
    except ValueError:  # what they were is not known
        return None
