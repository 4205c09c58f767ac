"""The words of the contracts in the reader's language: the same on the pages of every service.

They are functions, because the language belongs to the request.
"""

from collections.abc import Mapping

from shared.web.language import _, pgettext, spoken


def text(by_language: Mapping[str, str]) -> str:
    """A text in the reader's language, else in English, else in whatever it is known in."""
    return by_language.get(spoken()) or by_language.get("en") or next(iter(by_language.values()), "")


def kinds() -> dict[str, str]:
    return {
        "workshop": _("workshop"),
        "training": _("training"),
        "training-of-trainers": _("training of trainers"),
        "study-visit": _("study visit"),
        "technical-assistance": _("technical assistance"),
        "exchange-of-trainers": _("exchange of trainers"),
        "seminar": _("seminar"),
        "conference": _("conference"),
        "meeting": _("meeting"),
        "steering-group": _("steering group"),
        "distance-learning": _("distance learning"),
        "handover": _("handover"),
        "grant-call": _("grant call"),
        "contest": _("contest"),
        "other": _("other"),
    }


def scopes() -> dict[str, str]:
    return {
        "national": _("national"),
        "bilateral": _("bilateral"),
        "regional": _("regional"),
        "international": _("international"),
    }


def deliveries() -> dict[str, str]:
    return {"in-person": _("in person"), "online": _("online"), "hybrid": _("hybrid")}


def output_kinds() -> dict[str, str]:
    return {
        "handbook": _("handbook"),
        "manual": _("manual"),
        "guidelines": _("guidelines"),
        "study": _("study"),
        "recommendations": _("recommendations"),
        "curriculum": _("curriculum"),
        "mobile-application": _("mobile application"),
        "equipment-documentation": _("equipment documentation"),
        "other": pgettext("output", "other"),
    }


def output_statuses() -> dict[str, str]:
    return {
        "planned": pgettext("output", "planned"),
        "drafted": pgettext("output", "drafted"),
        "translated": pgettext("output", "translated"),
        "handed-over": pgettext("output", "handed over"),
        "dropped": pgettext("output", "dropped"),
    }
