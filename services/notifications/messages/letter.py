"""A letter before it is packed, and what writers of letters share: templates, languages, names in a person's language.

Which letter is written, and what it says, is decided in `rules/`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

from services.notifications.messages.calendar import Method
from shared.contracts.activities import Place
from shared.contracts.programmes import Programme
from shared.countries import country_name
from shared.web.language import locale

TEMPLATES = Path(__file__).parents[1] / "templates"
LANGUAGES = ("en", *sorted({each.parent.name for each in TEMPLATES.glob("*/*.txt")} - {"en"}))

_environment = jinja2.Environment(
    loader=jinja2.FileSystemLoader(TEMPLATES),
    autoescape=False,  # noqa: S701  plain text: there is nothing to escape
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class Recipient:
    """The person a letter goes to. Lives as long as the sending of one mail.

    Attributes:
        address: `None` where it is not known yet and the letter is only looked at.
    """

    name: str
    address: str | None
    language: str | None


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail before it is packed: plain text, and a calendar entry where there is something to enter."""

    language: str
    subject: str
    text: str
    calendar: bytes | None
    method: Method | None


def fill(template: str, language: str, **words: Any) -> tuple[str, str]:
    """Subject and text that a template makes of some words; its first line is the subject."""
    rendered = _environment.get_template(f"{language}/{template}.txt").render(**words)
    subject, _, text = rendered.partition("\n")
    return " ".join(subject.split()), text.strip() + "\n"


def domain_of(address: str) -> str:
    return address.rpartition("@")[2]


def language_for(wish: str | None, programme: Programme) -> str:
    """The language that a person is written to in: their own, else the programme's, of those that we write."""
    wishes = (wish, *programme.languages)
    return next((wish for wish in wishes if wish in LANGUAGES), LANGUAGES[0])


def localised(texts: dict[str, str], language: str, programme: Programme) -> str:
    """In the letter's language, else in the programme's, else in any: a foreign script is better than no name."""
    found = next((texts[known] for known in (language, *programme.languages, *texts) if known in texts), "")
    return " ".join(found.split())


def place_name(place: Place | None, language: str, programme: Programme) -> str | None:
    if place is None:
        return None
    names = [localised(place.name, language, programme)]
    if place.country:
        names.append(country_name(place.country, locale(language)))
    return ", ".join(names)
