"""Facts → letter, written at the moment of sending: a letter speaks of the activity as it is then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import jinja2

from services.notifications.messages import dates
from services.notifications.messages.calendar import Entry, Method, encode
from services.notifications.rules.case import Case, RuleName, Told
from services.notifications.rules.table import RULES, Due
from shared.contracts.activities import Activity
from shared.contracts.programmes import Programme
from shared.countries import country_name

TEMPLATES = Path(__file__).parents[1] / "templates"
LANGUAGES = ("en", "ru")

_environment = jinja2.Environment(
    loader=jinja2.FileSystemLoader(TEMPLATES),
    autoescape=False,  # noqa: S701  plain text: there is nothing to escape
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a letter goes to. Lives as long as the sending of one mail."""

    name: str
    address: str
    language: str | None


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail before it is packed: plain text, and a calendar entry where there is something to enter."""

    language: str
    subject: str
    text: str
    calendar: bytes | None
    method: Method | None


def write(
    case: Case,
    due: Due,
    *,
    programme: Programme,
    recipient: Recipient,
    told: Sequence[Told],
    at: datetime,
    sender: str,
) -> Letter:
    """The letter that a rule's template makes of what is known now.

    Args:
        told: what the person was sent before about this activity, oldest first.
        sender: the address that it comes from.
    """
    activity = case.activity
    language = _language(recipient, programme)
    before = case.before(due.occasion) if RULES[due.rule].about == "activity" else None
    method = _method(activity, due.rule, told)
    title = _localised(activity.title, language, programme)
    place = _place(activity, language, programme)
    rendered = _environment.get_template(f"{language}/{due.rule}.txt").render(
        name=" ".join(recipient.name.split()),
        title=title,
        programme=_localised(programme.name, language, programme),
        when=dates.when(activity, language),
        before=dates.when(before, language) if before else None,
        place=place,
        online=activity.delivery == "online",
        reason=activity.status_reason,
        calendar=method,
    )
    subject, _, text = rendered.partition("\n")
    entry = Entry(
        method=method or "REQUEST",
        uid=f"{case.registration_id}@{domain_of(sender)}",
        sequence=activity.version + case.registration.version,
        summary=title,
        location=place,
        days=dates.days_of(activity),
        written_at=at,
        organiser=sender,
        attendee=recipient.address,
    )
    return Letter(
        language,
        " ".join(subject.split()),
        text.strip() + "\n",
        encode(entry) if method else None,
        method,
    )


def domain_of(address: str) -> str:
    return address.rpartition("@")[2]


def _method(activity: Activity, rule: RuleName, told: Sequence[Told]) -> Method | None:
    """An entry is made where the days are known, and taken away from whoever has one."""
    if RULES[rule].calendar == "REQUEST" and dates.days_of(activity):
        return "REQUEST"
    last = next((mail.calendar for mail in reversed(told) if mail.calendar), None)
    return "CANCEL" if last == "REQUEST" else None


def _language(recipient: Recipient, programme: Programme) -> str:
    wishes = (recipient.language, *programme.languages)
    return next((wish for wish in wishes if wish in LANGUAGES), LANGUAGES[0])


def _localised(texts: dict[str, str], language: str, programme: Programme) -> str:
    """In the letter's language, else in the programme's, else in any: a foreign script is better than no name."""
    found = next((texts[known] for known in (language, *programme.languages, *texts) if known in texts), "")
    return " ".join(found.split())


def _place(activity: Activity, language: str, programme: Programme) -> str | None:
    if activity.place is None:
        return None
    country = activity.place.country
    names = [_localised(activity.place.name, language, programme)]
    if country:
        names.append(country_name(country, dates.LOCALES[language]))
    return ", ".join(names)
