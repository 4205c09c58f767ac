"""An organisation as a row of a list: its columns, and the words that lists use for its kind."""

import hashlib
from collections.abc import Mapping
from functools import partial
from typing import Any, get_args

from services.registry.sheets import cells
from services.registry.sheets.sheet import LANGUAGES, Column, Sheet, by_language, in_languages
from services.registry.sheets.vocabulary import by_word
from shared.contracts.organisations import OrganisationKind

_KINDS: Mapping[str, tuple[str, ...]] = {
    "border-guard": ("border guards", "border service", "пограничная служба", "погранслужба", "гпс"),
    "customs": ("customs service", "таможня", "таможенная служба", "гтс", "гтк"),
    "migration": ("migration service", "миграционная служба", "миграция"),
    "police": ("милиция", "полиция", "мвд"),
    "phytosanitary": ("plant quarantine", "фитосанитарная служба", "карантин растений"),
    "veterinary": ("veterinary service", "ветеринарная служба", "ветеринария"),
    "donor": ("донор",),
    "implementer": ("implementing agency", "исполнитель", "исполняющая организация"),
    "partner": ("партнер", "партнерская организация"),
    "co-organiser": ("co-organizer", "соорганизатор"),
    "other-agency": ("other", "agency", "другое", "прочее", "ведомство", "агентство"),
    "unknown": ("неизвестно",),
}
KINDS = {kind: _KINDS.get(kind, ()) for kind in get_args(OrganisationKind)}


def together(values: dict[str, Any]) -> dict[str, Any]:
    """Names by language; the key of the record apart."""
    values = {name: value for name, value in values.items() if name != "id"}
    by_language(values, "name", "short_name")
    return values


def code_made_of(given: Mapping[str, Any]) -> str:
    """A key for a row without an id: its name and its country, so that the list can be brought again."""
    return key_of(next(iter(given.get("name", {}).values()), ""), given.get("country"))


def key_of(name: str, country: str | None) -> str:
    named = f"{' '.join(name.split()).casefold()}|{country or ''}"
    return f"name:{hashlib.sha256(named.encode()).hexdigest()[:16]}"


ORGANISATIONS_SHEET = Sheet(
    noun="organisations",
    code="id",
    needed=(("name", *(f"name_{language}" for language in LANGUAGES)),),
    together=together,
    code_made_of=code_made_of,
    fewest=1,
    one_cell_is_a_row=True,
    columns={
        "id": Column(cells.line, ("ид", "код")),
        "name": Column(
            cells.line, ("organisation", "organization", "agency", "название", "наименование", "организация")
        ),
        **in_languages("name", cells.line),
        "short_name": Column(cells.line, ("abbreviation", "acronym", "сокращение", "аббревиатура", "краткое название")),
        **in_languages("short_name", cells.line),
        "parent_id": Column(cells.line, ("id of parent",)),
        "kind": Column(
            partial(cells.word, words=by_word(KINDS)), ("type", "вид", "тип"), means=("unknown", "неизвестно")
        ),
        "country": Column(cells.country, ("страна",), means=cells.NAMIBIA),
        "parent": Column(
            cells.line, ("unit of", "parent organisation", "подчинено", "вышестоящая организация", "входит в")
        ),
    },
)
