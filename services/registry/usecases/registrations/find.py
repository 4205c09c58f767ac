"""The list of those who take part in an activity, with their names: for editors, who may see them."""

from typing import Any, Literal
from uuid import UUID

from pydantic import ConfigDict
from sqlalchemy import String, Text, func
from sqlmodel import SQLModel, col, select

from services.registry.models import Person, Registration
from services.registry.usecases.registrations.list import Participation
from services.registry.usecases.rights import registrations_within
from shared.contracts.base import Gender
from shared.contracts.participants import RegistrationStatus, Role
from shared.listing import Listing, any_of, equals, has_words

Sort = Literal["name", "-name", "registered", "-registered", "status", "-status", "country", "-country"]


class RegistrationFilter(SQLModel):
    """Which people of an activity; several values of one field mean any of them, several fields mean all."""

    model_config = ConfigDict(extra="forbid")  # type: ignore[assignment]  # a filter that is mistyped finds everything

    activity_id: UUID
    text: str | None = None
    status: tuple[RegistrationStatus, ...] = ()
    role: tuple[Role, ...] = ()
    gender: tuple[Gender, ...] = ()
    country: str | None = None


def _read(row: Any) -> Participation:
    registration, person, *_place = row
    return Participation(registration, person)


REGISTRATIONS: Listing[Participation] = Listing(
    name="registrations",
    rows=select(Registration, Person)
    .join(Person, col(Registration.person_id) == col(Person.id), isouter=True)
    .where(col(Registration.counted_as).is_(None), col(Registration.entered_by_mistake).is_(False)),
    key=col(Registration.id),
    orders={
        "name": func.coalesce(Person.sort_name, "", type_=Text(collation="C")),
        "registered": col(Registration.created_at),
        "status": col(Registration.status),
        "country": func.coalesce(Registration.country, "", type_=String),
    },
    default="name",
    filters={
        "activity_id": equals(Registration.activity_id),
        "text": has_words(col(Person.search_text), col(Registration.search_text)),
        **{name: any_of(getattr(Registration, name)) for name in ("status", "role", "gender")},
        "country": equals(Registration.country),
    },
    read=_read,
    reach=lambda actor: (registrations_within(actor),),
)
