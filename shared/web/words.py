"""What is wrong, in the reader's language: the framework's and our own errors as sentences that say what to do."""

from collections.abc import Mapping
from typing import Any

from shared.errors import DomainError
from shared.identity import Role
from shared.web.language import _, spoken


def sentence_of(error: DomainError) -> str:
    """A domain error's sentence; in Russian the sentence of its kind, and in brackets what it says of this case."""
    title, detail = error.title(), error.detail
    if spoken() == "en" or _(title) == title:
        return detail
    return _(title) if detail == title else f"{_(title)} ({detail})"


def reason_of(error: Mapping[str, Any]) -> str:
    """Why pydantic refused a value, and what to write instead."""
    kind = str(error["type"])
    limits = error.get("ctx") or {}
    if isinstance(limits.get("error"), DomainError):
        return sentence_of(limits["error"])
    needed = _("This is needed: fill it in.")
    too_short = needed if limits.get("min_length") == 1 else _("This is too short.")
    too_long = _("This is too long: at most %s.") % limits.get("max_length")
    too_small = _("This is too small: at least %s.") % limits.get("ge", limits.get("gt"))
    too_large = _("This is too large: at most %s.") % limits.get("le", limits.get("lt"))
    not_offered = _("Choose one of: %s.") % limits.get("expected")
    sentences = {
        "missing": needed,
        "extra_forbidden": _("This is not known here: remove it, or check its spelling."),
        "string_too_short": too_short,
        "too_short": too_short,
        "string_too_long": too_long,
        "too_long": too_long,
        "greater_than_equal": too_small,
        "greater_than": too_small,
        "less_than_equal": too_large,
        "less_than": too_large,
        "literal_error": not_offered,
        "enum": not_offered,
        "int": _("Write a whole number."),
        "float": _("Write a number."),
        "decimal": _("Write a number."),
        "bool": _("Answer true or false."),
        "uuid": _("This is not an identifier."),
        "date": _("Write a date like 2022-05-17."),
    }
    if kind in ("literal_error", "enum") and error.get("input") == "":
        return needed
    if kind == "string_pattern_mismatch":
        return _not_of_the_form(str(error["loc"][-1]) if error.get("loc") else "")
    family = kind.split("_", maxsplit=1)[0]
    if sentence := sentences.get(kind) or sentences.get(family):
        return sentence
    message = _(str(error["msg"]).removeprefix("Value error, "))
    return message[:1].upper() + message[1:] + ("" if message.endswith((".", "!", "?")) else ".")


def _not_of_the_form(field: str) -> str:
    forms = {
        "email": _("This is not an e-mail address: write one like name@example.org."),
        "phone": _("This is not a telephone number: write digits, spaces, and + before the country."),
    }
    return forms.get(field) or _("This is not written the way it should be.")


def role_name(role: Role) -> str:
    return {
        "viewer": _("viewer"),
        "coordinator": _("country coordinator"),
        "editor": _("editor"),
        "admin": _("administrator"),
    }[role]


def error_words(status: int) -> tuple[str, str]:
    """Heading and explanation of an error page, for somebody who has never heard of HTTP."""
    known = {
        400: (
            _("The request cannot be read"),
            _("Something was lost on the way. Go back, reload the page, try again."),
        ),
        401: (_("You are not signed in"), _("Your session is over, or you have not signed in yet.")),
        403: (_("You may not do this"), _("Your role does not allow it. Ask an administrator if you need it.")),
        404: (
            _("There is nothing here"),
            _("The address may be mistyped, or what was here has been removed. Nothing you entered is lost."),
        ),
        405: (
            _("This cannot be opened"),
            _("The address is meant for a form, not for a visit. Go back and use its button."),
        ),
        413: (_("This is too large"), _("The file or the text is larger than can be taken. Send it in parts.")),
        429: (_("Too many attempts"), _("Wait a few minutes, then try again.")),
        503: (
            _("Just a moment"),
            _("Too many ask at once, or the database is away. Nothing was changed. Try again in a minute."),
        ),
    }
    unforeseen = _("This is our mistake. Check whether your change was saved. The number below tells us what happened.")
    return known.get(status) or (
        (_("Something went wrong"), unforeseen) if status >= 500 else (_("This cannot be done"), "")
    )
