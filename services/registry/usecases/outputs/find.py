"""The list of outputs: its filters and its orders."""

from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

from pydantic import ConfigDict
from sqlalchemy import ColumnElement, type_coerce
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import SQLModel, col, func, select

from services.registry.models import Activity, Output
from services.registry.models.errors.output import UnknownActivity
from services.registry.usecases.rights import of_programmes
from shared.contracts.base import CountryCode, Language
from shared.contracts.outputs import OutputKind, OutputStatus
from shared.database import Session
from shared.identity import Actor
from shared.listing import Listing, any_of, equals, has_words, holds

Sort = Literal["title", "-title", "updated", "-updated", "code", "-code", "status", "-status"]


class OutputFilter(SQLModel):
    """What to look for; several values of one field mean any of them, several fields mean all."""

    model_config = ConfigDict(extra="forbid")  # type: ignore[assignment]  # a filter that is mistyped finds everything

    text: str | None = None
    programme: str | None = None
    phase: str | None = None
    component: str | None = None
    kind: tuple[OutputKind, ...] = ()
    status: tuple[OutputStatus, ...] = ()
    activity: UUID | None = None
    series: str | None = None
    language: Language | None = None
    country: CountryCode | None = None


def _one_has(column: Any, **known: str) -> ColumnElement[bool]:
    """One of a column's parts says this; by part of it, which is not a value of the column's own type."""
    return type_coerce(column, JSONB).contains([known])


OUTPUTS: Listing[Output] = Listing(
    name="outputs",
    rows=select(Output).where(col(Output.entered_by_mistake).is_(False)),
    key=col(Output.id),
    orders={
        "title": col(Output.sort_title),
        "updated": col(Output.updated_at),
        "code": col(Output.code),
        "status": col(Output.status),
    },
    default="title",
    filters={
        "text": has_words(Output.search_text),
        **{name: equals(getattr(Output, name)) for name in ("programme", "phase", "component", "series")},
        **{name: any_of(getattr(Output, name)) for name in ("kind", "status")},
        "activity": holds(Output.activities),
        "language": lambda code: col(Output.languages).contains([code]) | _one_has(Output.translations, language=code),
        "country": lambda code: _one_has(Output.handovers, country=code),
    },
    reach=lambda actor: of_programmes(actor, Output.programme),
)


async def activities_of(session: Session, output: Output) -> Sequence[Activity]:
    """The activities that an output comes from, the earliest first."""
    query = select(Activity).where(col(Activity.id).in_(output.activities))
    return (await session.exec(query.order_by(col(Activity.day), col(Activity.code)))).all()


async def outputs_of(session: Session, activity_id: UUID) -> Sequence[Output]:
    """The outputs that an activity led to."""
    query = select(Output).where(col(Output.activities).contains([activity_id]))
    query = query.where(col(Output.entered_by_mistake).is_(False))
    return (await session.exec(query.order_by(col(Output.sort_title)))).all()


async def codes_of_activities(session: Session, actor: Actor) -> dict[UUID, str]:
    """The codes of the activities that outputs come from."""
    named = select(func.unnest(Output.activities)).where(*of_programmes(actor, Output.programme))
    query = select(Activity.id, Activity.code).where(col(Activity.id).in_(named))
    return dict((await session.exec(query)).all())


async def activities_by_code(session: Session, programme: str, codes: Sequence[str]) -> tuple[UUID, ...]:
    """The activities of a programme by their codes, in the order of the codes.

    Raises:
        UnknownActivity: the programme has no activity of one of them.
    """
    query = select(Activity.code, Activity.id).where(Activity.programme == programme, col(Activity.code).in_(codes))
    query = query.where(col(Activity.entered_by_mistake).is_(False))
    known = dict((await session.exec(query)).all())
    for code in codes:
        if code not in known:
            raise UnknownActivity(f"{programme} has no activity '{code}'.", field="activities")
    return tuple(dict.fromkeys(known[code] for code in codes))
