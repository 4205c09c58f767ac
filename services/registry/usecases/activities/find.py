"""The list of activities: its filters and its orders."""

from datetime import date
from typing import Literal

from pydantic import ConfigDict
from sqlalchemy import ColumnElement, and_
from sqlmodel import SQLModel, col, or_, select

from services.registry.models import Activity
from shared.contracts.activities import ActivityKind, ActivityStatus, Delivery, Scope
from shared.database.listing import Listing, any_of, equals, holds
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


def _has_words(text: str) -> ColumnElement[bool]:
    return and_(*(col(Activity.search_text).contains(word, autoescape=True) for word in text.casefold().split()))


def _not_over_before(since: date) -> ColumnElement[bool]:
    return and_(_some_day_is_known(), or_(col(Activity.latest).is_(None), col(Activity.latest) >= since))


def _begun_by(until: date) -> ColumnElement[bool]:
    return and_(_some_day_is_known(), or_(col(Activity.earliest).is_(None), col(Activity.earliest) <= until))


def _some_day_is_known() -> ColumnElement[bool]:
    """An activity may have taken place in a period as far as its days are known; unknown days say nothing."""
    return or_(col(Activity.earliest).is_not(None), col(Activity.latest).is_not(None))


ACTIVITIES: Listing[Activity] = Listing(
    name="activities",
    rows=select(Activity),
    key=col(Activity.id),
    orders={
        "starts": col(Activity.day),
        "title": col(Activity.sort_title),
        "updated": col(Activity.updated_at),
        "code": col(Activity.code),
    },
    default="-starts",
    filters={
        "text": _has_words,
        **{name: equals(getattr(Activity, name)) for name in ("programme", "phase", "component", "series")},
        **{name: any_of(getattr(Activity, name)) for name in ("kind", "scope", "delivery", "status")},
        "country": holds(Activity.beneficiary_countries),
        "since": _not_over_before,
        "until": _begun_by,
    },
)
