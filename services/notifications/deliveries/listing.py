"""The list of deliveries: filtered, newest first, page by page; with names for who may see them."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import literal, tuple_
from sqlmodel import col, select

from services.notifications.deliveries.delivery import Delivery, State
from services.notifications.facts.activity import ActivityVersion
from services.notifications.facts.contact import ContactFact
from services.notifications.rules.contents import RuleName
from shared.database import Session
from shared.errors import DomainError


class BadCursor(DomainError):
    """The cursor is none of ours: begin with the first page."""

    status = 400
    slug = "bad-cursor"


@dataclass(frozen=True, slots=True)
class Sought:
    """Which deliveries; what is not given does not matter."""

    state: Sequence[State] = ()
    rule: RuleName | None = None
    activity_id: UUID | None = None
    notice_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A delivery with what is known of its recipient and its activity; no contact when the person is unknown."""

    delivery: Delivery
    contact: ContactFact | None
    title: dict[str, str]


@dataclass(frozen=True, slots=True)
class Page:
    items: list[Listed]
    next: str | None


async def list_deliveries(session: Session, sought: Sought, *, after: str | None = None, limit: int = 50) -> Page:
    """A page of deliveries, the latest planned first.

    Raises:
        BadCursor: `after` is not the `next` of a page.
    """
    # A LEFT JOIN to the newest version would be read once per version; a scalar subquery is read once per row shown.
    title: Any = (
        select(ActivityVersion.state["title"])
        .where(ActivityVersion.id == Delivery.activity_id)
        .order_by(col(ActivityVersion.version).desc())
        .limit(1)
        .scalar_subquery()
    )
    query: Any = (
        select(Delivery, ContactFact, title)
        .join(ContactFact, col(ContactFact.person_key) == col(Delivery.recipient), isouter=True)
        .order_by(col(Delivery.planned_at).desc(), col(Delivery.id).desc())
        .limit(limit + 1)
    )
    if sought.state:
        query = query.where(col(Delivery.state).in_(sought.state))
    for name in ("rule", "activity_id", "notice_id"):
        if (value := getattr(sought, name)) is not None:
            query = query.where(getattr(Delivery, name) == value)
    if after:
        moment, last = _position(after)
        query = query.where(tuple_(col(Delivery.planned_at), col(Delivery.id)) < tuple_(literal(moment), literal(last)))
    found = [Listed(*row) for row in (await session.execute(query)).all()]
    more = _cursor(found[limit - 1].delivery) if len(found) > limit else None
    return Page(found[:limit], more)


def _cursor(last: Delivery) -> str:
    return base64.urlsafe_b64encode(f"{last.planned_at.isoformat()} {last.id}".encode()).decode()


def _position(cursor: str) -> tuple[datetime, UUID]:
    try:
        moment, last = base64.urlsafe_b64decode(cursor.encode()).decode().split(" ")
        position = datetime.fromisoformat(moment), UUID(last)
    except (ValueError, binascii.Error):
        raise BadCursor from None
    if position[0].tzinfo is None:
        raise BadCursor
    return position
