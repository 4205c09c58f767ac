"""An organisation as a row of a list: its columns, and the words that lists use for its kind."""

import hashlib
from collections.abc import Mapping
from functools import partial
from typing import Any, get_args

from services.registry.sheets import cells
from services.registry.sheets.sheet import Column, Sheet
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

LANGUAGES = ("en", "ru", "ky", "kk", "uz", "tg", "tk", "lv", "de")


def together(values: dict[str, Any]) -> dict[str, Any]:
    """Names by language; the key of the record apart."""
    values = {name: value for name, value in values.items() if name != "id"}
    for name in ("name", "short_name"):
        texts = cells.in_language(values.pop(name)) if name in values else {}
        texts |= {language: values.pop(key) for language in LANGUAGES if (key := f"{name}_{language}") in values}
        if texts:
            values[name] = texts
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
        **{
            f"name_{language}": Column(cells.line, (f"name {language}", f"name ({language})")) for language in LANGUAGES
        },
        "short_name": Column(cells.line, ("abbreviation", "acronym", "сокращение", "аббревиатура", "краткое название")),
        **{
            f"short_name_{language}": Column(cells.line, (f"short name {language}", f"short name ({language})"))
            for language in LANGUAGES
        },
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
