"""The list of activities: its filters and its orders."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Literal

from pydantic import ConfigDict
from sqlalchemy import ColumnElement, and_, exists, false, func, literal, true
from sqlmodel import SQLModel, col, or_, select

from services.registry.models import Activity, Person, Programme, Registration
from services.registry.models.base import as_seen
from services.registry.usecases.rights import of_programmes, registrations_within
from shared.contracts.activities import ActivityKind, ActivityStatus, Delivery, Scope
from shared.database import Session
from shared.identity import Actor
from shared.listing import Listing, any_of, equals, holds
from shared.spelling import searchable
from shared.written_dates import FirstDay, LastDay

Sort = Literal["starts", "-starts", "title", "-title", "updated", "-updated", "code", "-code"]


class ActivityFilter(SQLModel):
    """What to look for; several values of one field mean any of them, several fields mean all."""

    model_config = ConfigDict(extra="forbid")  # type: ignore[assignment]  # a filter that is mistyped finds everything

    text: str | None = None
    programme: str | None = None
    phase: str | None = None
    component: str | None = None
    kind: tuple[ActivityKind, ...] = ()
    scope: tuple[Scope, ...] = ()
    delivery: tuple[Delivery, ...] = ()
    status: tuple[ActivityStatus, ...] = ()
    country: str | None = None
    series: str | None = None
    since: FirstDay | None = None
    until: LastDay | None = None


def _has_words(actor: Actor, text: str) -> ColumnElement[bool]:
    """Each word is in its title, code or place, in the name of its component, or in the name of somebody who takes
    part, for those who may see names."""
    words = searchable(text).split()
    return and_(*(or_(*_places(actor, word)) for word in words)) if words else false()


def _places(actor: Actor, word: str) -> Iterator[ColumnElement[bool]]:
    yield col(Activity.search_text).contains(word)
    part = func.jsonb_each_text(Programme.searched).table_valued("key", "value", name="part")
    yield exists(
        select(literal(1))
        .select_from(Programme)
        .join(part, true())
        .where(Programme.code == Activity.programme, part.c.value.contains(word))
        .where(part.c.key == func.concat(Activity.phase, "/", Activity.component))
    )
    yield col(Activity.id).in_(
        select(Registration.activity_id)
        .join(Person, col(Person.id) == col(Registration.person_id))
        .where(col(Person.search_text).contains(word), registrations_within(actor))
    )


def _not_over_before(since: date) -> ColumnElement[bool]:
    return and_(_some_day_is_known(), or_(col(Activity.latest).is_(None), col(Activity.latest) >= since))


def _begun_by(until: date) -> ColumnElement[bool]:
    return and_(_some_day_is_known(), or_(col(Activity.earliest).is_(None), col(Activity.earliest) <= until))


def _some_day_is_known() -> ColumnElement[bool]:
    """An activity may have taken place in a period as far as its days are known; unknown days say nothing."""
    return or_(col(Activity.earliest).is_not(None), col(Activity.latest).is_not(None))


ACTIVITIES: Listing[Activity] = Listing(
    name="activities",
    rows=select(Activity).where(col(Activity.entered_by_mistake).is_(False)),
    key=col(Activity.id),
    orders={
        "starts": col(Activity.day),
        "title": col(Activity.sort_title),
        "updated": col(Activity.updated_at),
        "code": col(Activity.code),
    },
    default="-starts",
    filters={
        **{name: equals(getattr(Activity, name)) for name in ("programme", "phase", "component", "series")},
        **{name: any_of(getattr(Activity, name)) for name in ("kind", "scope", "delivery", "status")},
        "country": holds(Activity.beneficiary_countries),
        "since": _not_over_before,
        "until": _begun_by,
    },
    private={"text": _has_words},
    reach=lambda actor: of_programmes(actor, Activity.programme),
    seen=as_seen,
)


async def merged_into(session: Session, activity: Activity) -> Sequence[Activity]:
    """The records that were found to be of this activity."""
    return (await session.exec(select(Activity).where(Activity.merged_into == activity.id))).all()


async def kept_as(session: Session, activity: Activity) -> Activity | None:
    """The record that this one was merged into, if any."""
    return await session.get(Activity, activity.merged_into) if activity.merged_into else None
