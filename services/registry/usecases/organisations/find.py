"""The list of organisations: its filters and its orders."""

from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from pydantic import ConfigDict
from sqlalchemy import String, func
from sqlalchemy.orm import aliased
from sqlmodel import SQLModel, col, select

from services.registry.models import Organisation
from services.registry.usecases.rights import of_programmes
from shared.contracts.organisations import OrganisationKind
from shared.database import Session
from shared.listing import Listing, any_of, equals, has_words

Sort = Literal["name", "-name", "country", "-country", "kind", "-kind", "updated", "-updated"]


class OrganisationFilter(SQLModel):
    """What to look for; several values of one field mean any of them, several fields mean all."""

    model_config = ConfigDict(extra="forbid")  # type: ignore[assignment]  # a filter that is mistyped finds everything

    text: str | None = None
    programme: str | None = None
    country: str | None = None
    kind: tuple[OrganisationKind, ...] = ()
    parent_id: UUID | None = None


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
    rows=select(Organisation, _parent.name)
    .join(_parent, col(_parent.id) == col(Organisation.parent_id), isouter=True)
    .where(col(Organisation.entered_by_mistake).is_(False)),
    key=col(Organisation.id),
    orders={
        "name": col(Organisation.sort_name),
        "country": func.coalesce(Organisation.country, "", type_=String),
        "kind": col(Organisation.kind),
        "updated": col(Organisation.updated_at),
    },
    default="name",
    filters={
        "text": has_words(col(Organisation.search_text)),
        **{name: equals(getattr(Organisation, name)) for name in ("programme", "country", "parent_id")},
        "kind": any_of(Organisation.kind),
    },
    read=_read,
    reach=lambda actor: of_programmes(actor, Organisation.programme),
)


async def names_of_organisations(session: Session, programme: str) -> list[str]:
    """What the organisations of a programme are called, to be chosen from."""
    query = select(Organisation.name).where(Organisation.programme == programme)
    query = query.where(col(Organisation.entered_by_mistake).is_(False))
    names = (await session.exec(query)).all()
    return sorted({name for each in names for name in each.values()})
