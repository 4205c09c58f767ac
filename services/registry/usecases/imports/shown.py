"""A record's fields as a person reads them in a report, each in one line; what is not known is absent."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlmodel import SQLModel

from shared.contracts.activities import Headcount, Place
from shared.contracts.base import OrganisationReference
from shared.contracts.outputs import Handover, Translation

_BOOKKEEPING = {"id", "programme", "code", "version", "created_at", "updated_at", "day", "earliest", "latest"} | {
    *("sort_title", "search_text", "lent_sources", "status_before", "merged_into", "search_key", "sort_key"),
}


def shown(state: SQLModel | Mapping[str, Any], names: Mapping[UUID, str] = {}) -> dict[str, str]:
    """Field → text; `names` are what others are called that a field names by their ids."""
    fields = {name: getattr(state, name) for name in type(state).model_fields} if isinstance(state, SQLModel) else state
    texts = {name: _text(value, names) for name, value in fields.items() if name not in _BOOKKEEPING}
    return {name: text for name, text in texts.items() if text is not None}


def _text(value: Any, names: Mapping[UUID, str]) -> str | None:
    text: str | None = str(value)
    match value:
        case None | ():
            text = None
        case bool():
            text = "yes" if value else "no"
        case Place():
            text = ", ".join(filter(None, (" / ".join(value.name.values()), value.country)))
        case Headcount():
            women = f", {value.women} women" if value.women is not None else ""
            precision = "" if value.precision == "exact" else f" ({value.precision})"
            text = f"{value.total}{precision}{women}"
        case OrganisationReference():
            text = value.name
        case Translation():
            text = f"{value.language} ({value.on})" if value.on else value.language
        case Handover():
            parts = (value.to.name if value.to else None, value.country, value.on)
            text = ", ".join(str(part) for part in parts if part)
        case UUID():
            text = names.get(value, str(value))
        case dict():
            text = " / ".join(map(str, value.values())) or None
        case tuple():
            text = "; ".join(str(_text(each, names)) for each in value) or None
    return text
