"""The words of outputs."""

from collections.abc import Mapping
from typing import Any, cast

from services.registry.words import vocabulary
from services.registry.words.noun import Words, one_of
from shared.contracts.outputs import OutputKind
from shared.spelling import searchable
from shared.web import formats
from shared.web.language import LANGUAGES, Text, lazy, speaking
from shared.web.vocabulary import output_kinds, output_statuses

FIELDS: Mapping[str, Text] = {
    "title": lazy("Title"),
    "code": lazy("Code"),
    "programme": lazy("Programme"),
    "status": lazy("Status"),
    "phase": lazy("Phase"),
    "component": lazy("Component"),
    "kind": lazy("Kind"),
    "description": lazy("Description"),
    "activities": lazy("Activities"),
    "series": lazy("Series"),
    "languages": lazy("Languages"),
    "expected": lazy("Expected"),
    "drafted_on": lazy("Drafted"),
    "translations": lazy("Translated into"),
    "handovers": lazy("Handed over to"),
    "sources": lazy("Sources"),
    "status_reason": lazy("Reason"),
    "entered_by_mistake": lazy("Entered by mistake"),
}
EVENTS: Mapping[str, Text] = {
    "output-planned": lazy("Recorded"),
    "output-updated": lazy("Changed"),
    "output-drafted": lazy("Drafted"),
    "output-translated": lazy("Translated"),
    "output-handed-over": lazy("Handed over"),
    "output-dropped": lazy("Dropped"),
}


def handover(value: Mapping[str, Any]) -> str:
    """`State Border Service, Kyrgyzstan, May 2023`."""
    parts = [
        (value.get("to") or {}).get("name"),
        formats.country(value["country"]) if value.get("country") else None,
        formats.fuzzy(value["on"]) if value.get("on") else None,
    ]
    return ", ".join(filter(None, parts))


def kind_named_in(text: str) -> OutputKind:
    """The kind that a text speaks of by its word, in any language; `other` where it names none."""
    said = searchable(text)
    for language in LANGUAGES:
        with speaking(language):
            for kind, word in output_kinds().items():
                if kind != "other" and searchable(word)[:_STEM] in said:
                    return cast(OutputKind, kind)
    return "other"


_STEM = 8
"""How many letters of a word are looked for: its ending differs (`handbooks`, `руководства`)."""


def _translation(value: Mapping[str, Any]) -> str:
    when = formats.fuzzy(value["on"]) if value.get("on") else None
    return ", ".join(filter(None, (formats.language(value["language"]), when)))


WORDS = Words(
    FIELDS,
    EVENTS,
    values={
        "kind": one_of(output_kinds),
        "status": one_of(output_statuses),
        "component": lambda value: vocabulary.component_of(None, value),
        "expected": formats.fuzzy,
        "drafted_on": formats.fuzzy,
        "languages": lambda value: ", ".join(formats.language(code) for code in value),
        "translations": lambda value: "; ".join(_translation(each) for each in value),
        "handovers": lambda value: "; ".join(handover(each) for each in value),
    },
    unsaid=("activities", "status_reason"),
)
