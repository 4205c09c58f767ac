"""What a figure counted: its contributions, one line an activity, with what each contributed.

The contributions are those the figure was summed from; so the lines add up to the figure, for each rule and grouping.
(A share adds up in its women and its base. Of different people, each is listed with the first activity attended.)
"""

import base64
import binascii
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from sqlalchemy import Date, Row, Select, func, literal, select, tuple_

from services.reporting.figures.contributions import column_of, contributions, first_attendances, numbers_of
from services.reporting.figures.figure import Answer, Share
from services.reporting.figures.judging import judge
from services.reporting.figures.question import UNKNOWN, Question, UnaskableQuestion
from services.reporting.figures.sources import sources
from shared.database import Session

MOST = 500
_NO_DAY = date(1, 1, 1)


class Counted(Answer):
    """An activity that was counted, and what it contributed."""

    id: UUID
    code: str
    title: dict[str, str]
    programme: str
    phase: str
    component: str | None
    kind: str
    starts: Annotated[str | None, Field(description="As far as it is known.")]
    ends: str | None
    countries: list[str] | None
    number: Annotated[int | None, Field(description="What it contributes; null when hidden.")]
    share: Share | None = None


class Page(Answer):
    """Activities, newest first; `next` is where the list goes on."""

    items: tuple[Counted, ...]
    next: str | None


async def drill_down(
    session: Session,
    question: Question,
    *,
    key: Sequence[str] = (),
    unknown: bool = False,
    cursor: str | None = None,
    limit: int = 100,
) -> Page:
    """The activities behind a figure.

    Args:
        key: the group, a word for each dimension of the question; empty for all groups together.
        unknown: those that may belong, instead of those that do.
        cursor: `next` of the page before.

    Raises:
        UnaskableQuestion: the key does not fit the grouping, or the cursor is none of ours.
    """
    if key and len(key) != len(question.by):
        sentence = f"A group is named by one key for each of its dimensions ({', '.join(question.by) or 'none'})."
        raise UnaskableQuestion(sentence, field="key")
    limit = min(max(limit, 1), MOST)
    listed = _listed(question, key, unknown=unknown, cursor=cursor, limit=limit + 1)
    rows = (await session.execute(listed, question.values)).all()
    shown = rows[:limit]
    return Page(
        items=tuple(_counted(question, row) for row in shown),
        next=_cursor(shown[-1]) if len(rows) > limit else None,
    )


def _listed(question: Question, key: Sequence[str], *, unknown: bool, cursor: str | None, limit: int) -> Select[Any]:
    shape = question.shape
    listing = first_attendances if question.rule.measure == "people" else contributions
    judged = judge(shape.narrowing, [shape.rule])[shape.rule]
    c = listing(shape, judged, question.by if key else ()).subquery("contribution").c
    in_group = [
        c[column_of(name)].is_(None) if word == UNKNOWN else c[column_of(name)] == word
        for name, word in zip(question.by, key, strict=bool(key))
    ]
    numbers = [func.sum(c[name]).label(name) for name in numbers_of(question.rule)]
    behind = (
        select(c.activity_id, *numbers)
        .where(c.belongs.is_(None) if unknown else c.belongs, *in_group)
        .group_by(c.activity_id)
        .having(func.sum(c.number) > 0)
        .subquery("behind")
    )
    a = sources(past=shape.narrowing.past).activities.c
    place = (func.coalesce(a.starts_earliest, literal(_NO_DAY)), a.id)
    statement = (
        select(*a, *(column for column in behind.c if column.name != "activity_id"), place[0].label("place"))
        .join(behind, behind.c.activity_id == a.id)
        .order_by(place[0].desc(), place[1].desc())
        .limit(limit)
    )
    if cursor:
        day, activity_id = _read_cursor(cursor)
        statement = statement.where(tuple_(*place) < tuple_(literal(day, Date), literal(activity_id)))
    return statement


def _counted(question: Question, row: Row[Any]) -> Counted:
    share = None
    if question.rule.measure == "women-share":
        share = Share(women=int(row.women), known=int(row.gender_known), people=int(row.number))
    return Counted(
        id=row.id,
        code=row.code,
        title=row.title,
        programme=row.programme,
        phase=row.phase,
        component=row.component,
        kind=row.kind,
        starts=row.starts,
        ends=row.ends,
        countries=row.countries,
        number=int(row.number),
        share=share,
    )


def _cursor(row: Row[Any]) -> str:
    return base64.urlsafe_b64encode(f"{row.place.isoformat()}|{row.id}".encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[date, UUID]:
    try:
        day, activity_id = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split("|")
        return date.fromisoformat(day), UUID(activity_id)
    except (ValueError, binascii.Error):
        raise UnaskableQuestion("The cursor is none of ours: start from the first page.", field="cursor") from None
