"""The words of organisations."""

from collections.abc import Mapping

from services.registry.words import vocabulary
from services.registry.words.noun import Words, one_of
from shared.web import formats
from shared.web.language import Text, lazy

FIELDS: Mapping[str, Text] = {
    "name": lazy("Name"),
    "short_name": lazy("Short name"),
    "programme": lazy("Programme"),
    "kind": lazy("Kind"),
    "country": lazy("Country"),
    "parent_id": lazy("Unit of"),
    "merged_into": lazy("Merged into"),
    "entered_by_mistake": lazy("Entered by mistake"),
}
EVENTS: Mapping[str, Text] = {
    "organisation-added": lazy("Recorded"),
    "organisation-updated": lazy("Changed"),
    "organisation-merged": lazy("Merged"),
}

WORDS = Words(
    FIELDS,
    EVENTS,
    values={"kind": one_of(vocabulary.organisation_kinds), "country": formats.country},
    unsaid=("parent_id", "merged_into"),
)
