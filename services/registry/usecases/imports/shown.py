"""A record's fields as a person reads them in a report, each in one line; what is not known is absent."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import SQLModel

from shared.contracts.activities import Headcount, Place
from shared.contracts.base import OrganisationReference

_BOOKKEEPING = {"id", "programme", "code", "version", "created_at", "updated_at", "day", "earliest", "latest"} | {
    *("sort_title", "search_text", "lent_sources", "status_before", "merged_into", "search_key", "sort_key"),
}


def shown(state: SQLModel | Mapping[str, Any]) -> dict[str, str]:
    fields = {name: getattr(state, name) for name in type(state).model_fields} if isinstance(state, SQLModel) else state
    texts = {name: _text(value) for name, value in fields.items() if name not in _BOOKKEEPING}
    return {name: text for name, text in texts.items() if text is not None}


def _text(value: Any) -> str | None:
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
        case dict():
            text = " / ".join(map(str, value.values())) or None
        case tuple():
            text = "; ".join(str(_text(each)) for each in value)
    return text
