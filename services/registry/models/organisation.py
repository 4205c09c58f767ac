"""An organisation: an agency of a country with parent and units; or a donor, implementer, partner, co-organiser."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import ClassVar, Self
from uuid import UUID

from sqlalchemy import Text
from sqlmodel import Field, SQLModel, col, select

from services.registry.models.base import Aggregate, Json, Table, fields_of
from services.registry.models.countries import Country
from services.registry.models.errors.organisation import OrganisationNotFound, UnknownOrganisation
from shared.contracts.base import Code, LocalisedName, LocalisedText, OrganisationReference
from shared.contracts.organisations import OrganisationKind
from shared.database import Session
from shared.errors import NotFound
from shared.identifiers import new_id
from shared.spelling import searchable, sortable


class OrganisationBase(SQLModel):
    name: LocalisedName = Field(sa_type=Json(LocalisedName))
    short_name: LocalisedText = Field(default={}, sa_type=Json(LocalisedText))
    kind: OrganisationKind = Field(default="unknown", sa_type=Text)
    country: Country | None = Field(default=None, sa_type=Text)
    parent_id: UUID | None = Field(default=None, description="The organisation this one is a unit of.")


class OrganisationState(Aggregate, OrganisationBase):
    """An organisation with its rules, wherever it is kept: an import tries them on rows that nobody may keep."""

    not_found: ClassVar[type[NotFound]] = OrganisationNotFound

    id: UUID = Field(primary_key=True)
    programme: str = Field(sa_type=Text, foreign_key="programme.code", index=True)
    parent_id: UUID | None = Field(default=None, foreign_key="organisation.id")
    entered_by_mistake: bool = False
    search_text: str = Field(default="", sa_type=Text)
    sort_name: str = Field(default="", sa_type=Text(collation="C"))

    @classmethod
    def added(cls, programme: str, description: OrganisationBase, at: datetime) -> Self:
        fields = fields_of(OrganisationBase, description)
        added = cls(id=new_id(), programme=programme, created_at=at, updated_at=at, **fields)
        added.derive()
        return added

    def concerns(self) -> tuple[str | None, ...]:
        return (self.country,)

    def update(self, description: OrganisationBase, at: datetime) -> bool:
        """Take over the new description. False when it says nothing new."""
        return bool(self.take(fields_of(OrganisationBase, description), at))

    def take_out(self, at: datetime) -> None:
        """It never was one of the programme's: it was entered by mistake."""
        self.take({"entered_by_mistake": True}, at)

    def derive(self) -> None:
        self.search_text = searchable("\n".join([*self.name.values(), *self.short_name.values()]))
        self.sort_name = sortable(self.name.get("en") or self.name.get("ru") or next(iter(self.name.values())))[:200]


class Organisation(OrganisationState, Table, table=True):
    """An organisation that a programme works with."""

    __tablename__: ClassVar[str] = "organisation"


class OrganisationView(Aggregate, OrganisationBase):
    """An organisation as the API shows it."""

    id: UUID
    programme: Code
    entered_by_mistake: bool = False


async def check_organisations(session: Session, programme: str, **named: Iterable[OrganisationReference]) -> None:
    """See that each id which somebody gave with an organisation's name is one of the programme's; `named` by field.

    Raises:
        UnknownOrganisation: an id is not.
    """
    given = {_uuid(each.id, field): field for field, some in named.items() for each in some if each.id is not None}
    if not given:
        return
    query = select(Organisation.id).where(Organisation.programme == programme, col(Organisation.id).in_(given))
    query = query.where(col(Organisation.entered_by_mistake).is_(False))
    for key in given.keys() - set((await session.exec(query)).all()):
        raise UnknownOrganisation(f"{programme} has no organisation {key}.", field=given[key])


async def units_of(session: Session, organisation: Organisation) -> Sequence[Organisation]:
    """The organisations that are directly part of this one."""
    query = select(Organisation).where(Organisation.parent_id == organisation.id).order_by(col(Organisation.id))
    query = query.where(col(Organisation.entered_by_mistake).is_(False))
    return (await session.exec(query)).all()


def _uuid(text: str, field: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise UnknownOrganisation(f"'{text}' is not an organisation's id.", field=field) from None


async def parent_of(session: Session, organisation: Organisation) -> Organisation | None:
    """The organisation that this one is a unit of, if any."""
    return await session.get(Organisation, organisation.parent_id) if organisation.parent_id else None
