"""The list of organisations: its filters and its orders."""

from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from pydantic import ConfigDict
from sqlalchemy import ColumnElement, String, Text, and_, cast, func, type_coerce
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import aliased
from sqlmodel import SQLModel, col, select

from services.registry.models import Organisation
from shared.contracts.organisations import OrganisationKind
from shared.database.listing import Listing, any_of, equals

Sort = Literal["name", "-name", "country", "-country", "kind", "-kind", "updated", "-updated"]


class OrganisationFilter(SQLModel):
    """What to look for; several values of one field mean any of them, several fields mean all."""

    model_config = ConfigDict(extra="forbid")  # type: ignore[assignment]  # a filter that is mistyped finds everything

    text: str | None = None
    programme: str | None = None
    country: str | None = None
    kind: tuple[OrganisationKind, ...] = ()
    parent_id: UUID | None = None


def _name() -> ColumnElement[str]:
    name = type_coerce(col(Organisation.name), JSONB)
    return func.lower(func.coalesce(name["en"].astext, name["ru"].astext, cast(name, Text)), type_=String)


def _has_words(text: str) -> ColumnElement[bool]:
    spoken = func.lower(cast(col(Organisation.name), Text) + cast(col(Organisation.short_name), Text), type_=String)
    return and_(*(spoken.contains(word, autoescape=True) for word in text.casefold().split()))


_parent = aliased(Organisation)


@dataclass(frozen=True)
class ListedOrganisation:
    """An organisation, and the name of the one it is a unit of."""

    organisation: Organisation
    parent: dict[str, str] | None


def _read(row: Any) -> ListedOrganisation:
    return ListedOrganisation(row[0], row[1])


ORGANISATIONS: Listing[ListedOrganisation] = Listing(
    name="organisations",
    rows=select(Organisation, _parent.name).join(_parent, col(_parent.id) == col(Organisation.parent_id), isouter=True),
    key=col(Organisation.id),
    orders={
        "name": _name(),
        "country": func.coalesce(Organisation.country, "", type_=String),
        "kind": col(Organisation.kind),
        "updated": col(Organisation.updated_at),
    },
    default="name",
    filters={
        "text": _has_words,
        **{name: equals(getattr(Organisation, name)) for name in ("programme", "country", "parent_id")},
        "kind": any_of(Organisation.kind),
    },
    read=_read,
)
