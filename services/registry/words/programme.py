"""The words of programmes."""

from collections.abc import Mapping
from typing import Any

from services.registry.words import vocabulary
from services.registry.words.noun import Words
from shared.contracts.programmes import Phase
from shared.web.language import Text, lazy

FIELDS: Mapping[str, Text] = {
    "name": lazy("Name"),
    "short_name": lazy("Short name"),
    "code": lazy("Code"),
    "donor": lazy("Donor"),
    "languages": lazy("Languages"),
    "countries": lazy("Countries"),
    "phases": lazy("Phases"),
    "synthetic": lazy("Made up, for practice"),
}
EVENTS: Mapping[str, Text] = {"programme-defined": lazy("Defined"), "programme-updated": lazy("Changed")}


def _phases(value: Any) -> str:
    """Each phase by name; of a tree only its outline can be said in a line."""
    phases = [Phase.model_validate(each) for each in value]
    return "; ".join(f"{vocabulary.phase_name(each)} ({len(each.components)})" for each in phases)


WORDS = Words(FIELDS, EVENTS, values={"countries": vocabulary.country_names, "phases": _phases})
