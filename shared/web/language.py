"""The language of a request, and the words for it.

English sentences are written where they are used, `_("Sign in")`; each other language is one `.po` file beside this
module with the sentences of all services. It is read at start, so there is no compiled file to forget, and a new file
is a new language of the pages. A test fails on a sentence that a language lacks. Where one English word needs two words
elsewhere (in Russian an activity and a contest are *cancelled* by different endings), `pgettext("contest",
"cancelled")` names its context.

A table of words is made once and outlives the request: its words are lazy (`lazy`) and take the language of
the moment in which they are shown.
"""

import gettext as standard
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import LazyProxy
from starlette.requests import HTTPConnection
from starlette.responses import Response

CATALOGUES = Path(__file__).parent
LANGUAGES: tuple[str, ...] = ("en", *sorted(file.stem for file in CATALOGUES.glob("*.po")))
if TYPE_CHECKING:
    Language = str
else:
    Language = Literal[LANGUAGES]
COOKIE = "registan_language"

Text = LazyProxy | str
"""A word for people: as it stands, or in the language of the moment it is shown in."""

_spoken: ContextVar[Language] = ContextVar("language", default="en")


@cache
def _translations(language: Language) -> standard.NullTranslations:
    if language == LANGUAGES[0]:
        return standard.NullTranslations()
    compiled = BytesIO()
    with (CATALOGUES / f"{language}.po").open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return standard.GNUTranslations(compiled)


def speak(language: Language) -> None:
    """Use this language from here on, in this request."""
    _spoken.set(language)


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Use this language inside the block; for documents that are made in both."""
    token = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(token)


def spoken() -> Language:
    return _spoken.get()


def gettext(message: str) -> str:
    return _translations(spoken()).gettext(message)


def ngettext(one: str, many: str, n: int) -> str:
    return _translations(spoken()).ngettext(one, many, n)


def pgettext(context: str, message: str) -> str:
    """The word for a message in a context, such as the noun that an adjective belongs to."""
    return _translations(spoken()).pgettext(context, message)


def lazy(message: str) -> LazyProxy:
    """A word that is translated when it is shown; `str()` of it before it goes into JSON."""
    return LazyProxy(gettext, message, enable_cache=False)


def in_each(text: Text) -> dict[str, str]:
    """A text in every language: `{"en": "Participants", "ru": "Участники"}`."""
    found = {}
    for language in LANGUAGES:
        with speaking(language):
            found[language] = str(text)
    return found


def locale(language: Language | None = None) -> Locale:
    """How dates and numbers are written; the English is that of the programme's documents: day before month."""
    code = language or spoken()
    return Locale("en", "GB") if code == "en" else Locale.parse(code)


def names() -> dict[str, str]:
    """The languages by their own names: `English`, `Русский`."""
    return {code: (Locale.parse(code).get_display_name() or code).capitalize() for code in LANGUAGES}


_ = gettext


def preferred(request: HTTPConnection) -> Language:
    """What the reader chose on a page; else the first of the browser's languages that we speak; else English."""
    chosen = as_language(request.cookies.get(COOKIE, ""))
    return chosen or _accepted(request.headers.get("accept-language", "")) or "en"


def remember(response: Response, language: Language, *, secure: bool) -> None:
    """Speak this language to this browser for a year."""
    response.set_cookie(COOKIE, language, max_age=31536000, httponly=True, samesite="lax", secure=secure)


def as_language(text: str) -> Language | None:
    """`ru-KG` → `ru`; `None` for a language we do not speak."""
    return next((language for language in LANGUAGES if text.strip().lower().split("-")[0] == language), None)


def _accepted(header: str) -> Language | None:
    wishes: list[tuple[float, Language]] = []
    for wish in header.split(","):
        tag, _semicolon, parameter = wish.partition(";")
        language = as_language(tag)
        try:
            weight = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            continue
        if language and weight > 0:
            wishes.append((-weight, language))
    return min(wishes, key=lambda wish: wish[0])[1] if wishes else None
