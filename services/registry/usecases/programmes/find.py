"""The list of programmes, and how much is recorded in each part of one."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from sqlalchemy import ColumnElement, Text, cast, or_
from sqlmodel import col, func, select

from services.registry.models import Activity, Programme
from services.registry.usecases.rights import of_programmes
from shared.contracts.base import CountryCode
from shared.database import Session
from shared.identity import Actor
from shared.listing import Listing, equals, holds

Sort = Literal["code", "-code", "updated", "-updated"]
Counts = Mapping[tuple[str, str | None], int]


class ProgrammeFilter(BaseModel):
    """What to look for; several fields mean all of them."""

    model_config = ConfigDict(extra="forbid")

    text: str | None = None
    country: CountryCode | None = None
    synthetic: bool | None = None


def _named(text: str) -> ColumnElement[bool]:
    names: Sequence[Any] = (col(Programme.code), cast(Programme.name, Text), cast(Programme.short_name, Text))
    return or_(*(name.icontains(text, autoescape=True) for name in names))


PROGRAMMES: Listing[Programme] = Listing(
    name="programmes",
    rows=select(Programme),
    key=col(Programme.code),
    orders={"code": col(Programme.code), "updated": col(Programme.updated_at)},
    default="code",
    filters={
        "text": _named,
        "country": holds(Programme.countries),
        "synthetic": equals(col(Programme.synthetic)),
    },
    reach=lambda actor: of_programmes(actor, Programme.code),
)


async def programmes(session: Session, actor: Actor) -> Sequence[Programme]:
    """All that the actor may see, to be chosen from."""
    query = select(Programme).where(*of_programmes(actor, Programme.code)).order_by(col(Programme.code))
    return (await session.exec(query)).all()


async def recorded(session: Session, programme: str) -> Counts:
    """How many activities are recorded under each phase and component; those that were merged away are not counted."""
    query = (
        select(Activity.phase, Activity.component, func.count())
        .where(Activity.programme == programme, Activity.status != "merged")
        .group_by(Activity.phase, Activity.component)  # type: ignore[arg-type]
    )
    return {(phase, component): many for phase, component, many in await session.exec(query)}


async def is_defined(session: Session, code: str) -> bool:
    """Whether there is such a programme, for those who may see it and for those who may not."""
    return await session.get(Programme, code) is not None
