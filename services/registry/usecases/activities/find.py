"""Find activities by filters, in an order, page by page.

A page begins after the last row of the one before (its sort key and id), not at a number: what is added or removed
meanwhile neither hides nor repeats a row.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, get_args
from uuid import UUID

from pydantic import ConfigDict, TypeAdapter, ValidationError
from sqlalchemy import ColumnElement, tuple_
from sqlmodel import SQLModel, col, func, or_, select

from services.registry.models import Activity
from shared.contracts.activities import ActivityKind, ActivityStatus, Delivery, Scope
from shared.database import Session
from shared.errors import DomainError

Sort = Literal["starts", "-starts", "title", "-title", "updated", "-updated", "code", "-code"]
SORTS: tuple[Sort, ...] = get_args(Sort)

_KEYS: dict[str, tuple[Any, TypeAdapter[Any]]] = {
    "starts": (Activity.day, TypeAdapter(date)),
    "title": (Activity.sort_title, TypeAdapter(str)),
    "updated": (Activity.updated_at, TypeAdapter(datetime)),
    "code": (Activity.code, TypeAdapter(str)),
}


class BadCursor(DomainError):
    """The cursor does not belong to this list and order: start from the first page."""

    status = 400
    slug = "bad-cursor"


class ActivityFilter(SQLModel):
    """What to look for; several values of one field mean any of them, several fields mean all."""

    model_config = ConfigDict(extra="forbid")  # type: ignore[assignment]  # a filter that is mistyped finds everything

    programme: str | None = None
    phase: str | None = None
    component: str | None = None
    kind: tuple[ActivityKind, ...] = ()
    scope: tuple[Scope, ...] = ()
    delivery: tuple[Delivery, ...] = ()
    status: tuple[ActivityStatus, ...] = ()
    country: str | None = None
    series: str | None = None
    since: date | None = None
    until: date | None = None
    text: str | None = None


@dataclass(frozen=True)
class Page:
    """A page of a list; `next` is the cursor of the following one, or nothing on the last."""

    items: Sequence[Activity]
    next: str | None


async def find_activities(
    session: Session, sought: ActivityFilter, *, sort: Sort = "-starts", after: str | None = None, limit: int = 50
) -> Page:
    """The activities that fit, in the order of `sort` (`-` is descending), those after the cursor `after`.

    Raises:
        BadCursor: `after` is not from a list in this order.
    """
    column, adapter = _KEYS[sort.removeprefix("-")]
    descending = sort.startswith("-")
    query = select(Activity).where(*_conditions(sought))
    if after is not None:
        place = tuple_(column, col(Activity.id))
        last = _read_cursor(after, sort, adapter)
        query = query.where(place < last if descending else place > last)
    order = (column, col(Activity.id))
    query = query.order_by(*(each.desc() if descending else each.asc() for each in order)).limit(limit + 1)
    found = (await session.exec(query)).all()
    if len(found) <= limit:
        return Page(found, None)
    end = found[limit - 1]
    return Page(found[:limit], _write_cursor(sort, adapter.dump_python(getattr(end, column.key), mode="json"), end.id))


async def count_activities(session: Session, sought: ActivityFilter) -> int:
    """How many activities fit, on all pages together."""
    return (await session.exec(select(func.count()).select_from(Activity).where(*_conditions(sought)))).one()


def _conditions(sought: ActivityFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [
        col(getattr(Activity, name)) == value
        for name in ("programme", "phase", "component", "series")
        if (value := getattr(sought, name)) is not None
    ]
    conditions += [
        col(getattr(Activity, name)).in_(values)
        for name in ("kind", "scope", "delivery", "status")
        if (values := getattr(sought, name))
    ]
    if sought.country is not None:
        conditions.append(col(Activity.beneficiary_countries).contains([sought.country]))
    if sought.since is not None or sought.until is not None:
        conditions += _may_lie_within(sought.since, sought.until)
    if sought.text:
        conditions += [
            col(Activity.search_text).contains(word, autoescape=True) for word in sought.text.casefold().split()
        ]
    return conditions


def _may_lie_within(since: date | None, until: date | None) -> list[ColumnElement[bool]]:
    """It may have taken place then, as far as its days are known; of unknown days nothing is said."""
    earliest, latest = col(Activity.earliest), col(Activity.latest)
    within = [or_(earliest.is_not(None), latest.is_not(None))]
    if since is not None:
        within.append(or_(latest.is_(None), latest >= since))
    if until is not None:
        within.append(or_(earliest.is_(None), earliest <= until))
    return within


def _write_cursor(sort: Sort, value: object, key: UUID) -> str:
    return urlsafe_b64encode(json.dumps([sort, value, str(key)]).encode()).decode().rstrip("=")


def _read_cursor(text: str, sort: Sort, adapter: TypeAdapter[Any]) -> tuple[Any, UUID]:
    try:
        of_sort, value, key = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if of_sort != sort:
            raise ValueError(f"it is of a list sorted by {of_sort}")
        return adapter.validate_python(value), UUID(key)
    except (ValueError, TypeError, AttributeError, ValidationError) as error:
        raise BadCursor(field="after") from error
