"""The language of a request, and the words for it.

English sentences are written where they are used, `_("Sign in")`; each other language has a `.po` file beside the
templates, which is read at start, so there is no compiled file to forget. A test fails on a sentence that a language
lacks. Where one English word needs two words elsewhere (in Russian an activity and a contest are *cancelled* by
different endings), `pgettext("contest", "cancelled")` names its context.

A table of words is made once and outlives the request: its words are lazy (`lazy`) and take the language of
the moment in which they are shown.
"""

import gettext as standard
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from io import BytesIO
from pathlib import Path
from typing import Literal, get_args

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import LazyProxy
from starlette.requests import HTTPConnection
from starlette.responses import Response

Language = Literal["en", "ru"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
NAMES: dict[Language, str] = {"en": "English", "ru": "Русский"}
COOKIE = "registan_language"

Text = LazyProxy | str
"""A word for people: as it stands, or in the language of the moment it is shown in."""

_spoken: ContextVar[Language] = ContextVar("language", default="en")
_russian = standard.NullTranslations()
_learnt: set[Path] = set()


def learn(po_file: Path) -> None:
    """Add a service's Russian. A file that is not there teaches nothing."""
    if po_file in _learnt or not po_file.exists():
        return
    _learnt.add(po_file)
    compiled = BytesIO()
    with po_file.open("rb") as source:
        write_mo(compiled, read_po(source, locale="ru"))
    compiled.seek(0)
    _russian.add_fallback(standard.GNUTranslations(compiled))


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
    return _russian.gettext(message) if spoken() == "ru" else message


def ngettext(one: str, many: str, n: int) -> str:
    return _russian.ngettext(one, many, n) if spoken() == "ru" else (one if n == 1 else many)


def pgettext(context: str, message: str) -> str:
    """The word for a message in a context, such as the noun that an adjective belongs to."""
    return _russian.pgettext(context, message) if spoken() == "ru" else message


def lazy(message: str) -> LazyProxy:
    """A word that is translated when it is shown; `str()` of it before it goes into JSON."""
    return LazyProxy(gettext, message, enable_cache=False)


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


learn(Path(__file__).parent / "ru.po")
