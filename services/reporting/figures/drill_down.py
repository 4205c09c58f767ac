"""What a figure counted: its contributions, one line an activity, with what each contributed.

The contributions are those the figure was summed from; so the lines add up to the figure, for each rule and grouping.
(A share adds up in its women and its base. Of different people, each is listed with the first activity attended.)
"""

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field
from sqlalchemy import Row, func, literal, select

from services.reporting.figures.figure import Answer, Share
from services.reporting.figures.judging import judge
from services.reporting.figures.question import UNKNOWN, Question, UnaskableQuestion
from services.reporting.subjects.subject import key_column
from shared.database import Session
from shared.identity import SYSTEM
from shared.listing import Listing

Sort = Literal["starts", "-starts", "code", "-code"]
_NO_DAY = date(1, 1, 1)


class Counted(Answer):
    """A row that was counted, an activity or an output, and what it contributed."""

    id: UUID
    code: str
    title: dict[str, str]
    programme: str
    phase: str | None
    component: str | None
    kind: str
    status: Annotated[str | None, Field(description="Of an output: the furthest step that was taken.")] = None
    starts: Annotated[str | None, Field(description="Of an activity: as far as it is known.")]
    ends: str | None
    countries: list[str] | None
    number: Annotated[int | None, Field(description="What it contributes; null when hidden or not known.")]
    share: Share | None = None


class Page(Answer):
    """The rows, newest first; `next` is where the list goes on."""

    items: tuple[Counted, ...]
    next: str | None


async def drill_down(
    session: Session,
    question: Question,
    *,
    key: Sequence[str] = (),
    unknown: bool = False,
    contradictory: bool = False,
    sort: Sort = "-starts",
    after: str | None = None,
    limit: int = 100,
) -> Page:
    """A page of what is behind a figure; see `counted_for`.

    Raises:
        UnaskableQuestion: the key does not fit the grouping.
        BadCursor: `after` is not the `next` of a page of this list.
    """
    listing = counted_for(question, key=key, unknown=unknown, contradictory=contradictory)
    page = await listing.find(session, None, actor=SYSTEM, sort=sort, after=after, limit=limit)
    return Page(items=tuple(page.items), next=page.next)


def counted_for(
    question: Question, *, key: Sequence[str] = (), unknown: bool = False, contradictory: bool = False
) -> Listing[Counted]:
    """The list of what a figure counted. The question is its filter, and what its reader may see is in the question.

    It is sorted by what everybody may know: an order by number would give the hidden ones away.

    Args:
        key: the group, a word for each dimension of the question; empty for all groups together.
        unknown: those that may belong, instead of those that do.
        contradictory: only those whose head count and names contradict each other.

    Raises:
        UnaskableQuestion: the key does not fit the grouping.
    """
    if key and len(key) != len(question.by):
        sentence = f"A group is named by one key for each of its dimensions ({', '.join(question.by) or 'none'})."
        raise UnaskableQuestion(sentence, field="key")
    rule, narrowing = question.rule, question.shape.narrowing
    subject, counting = rule.subject, question.counting
    judged = judge(narrowing, [rule])[rule.id]
    contributions = (counting.listed or counting.contributions)(judged, question.by if key else ())
    c = contributions.subquery("contribution").c
    groups = [c[key_column(name)] for name, _ in zip(question.by, key, strict=bool(key))]
    in_group = [group.is_(None) if word == UNKNOWN else group == word for group, word in zip(groups, key, strict=True)]
    number = c[counting.numbers[0]]
    behind = (
        select(c.of, *(func.sum(c[name]).label(name) for name in counting.numbers))
        .where(c.belongs.is_(None) if unknown else c.belongs, *in_group)
        .group_by(c.of)
        .having(func.bool_or(number.is_(None) | (number > 0)))
        .subquery("behind")
    )
    row = subject.listed(narrowing.past).c
    statement = select(*row, *(behind.c[name] for name in counting.numbers)).join(behind, behind.c.of == row.id)
    if contradictory:
        odd = counting.checks(judged.rows.c).get("contradictory", literal(0))
        statement = statement.where(row.id.in_(select(judged.rows.c.id).where(odd > 0)))
    return Listing(
        name=f"{subject.lists} counted by {rule.id}",
        rows=statement,
        key=row.id,
        orders={"starts": func.coalesce(row[subject.day[0]], literal(_NO_DAY)), "code": row.code},
        default="-starts",
        filters={},
        read=partial(_counted, question),
        values=question.values,
    )


def _counted(question: Question, row: Row[Any]) -> Counted:
    told = {name: row._mapping.get(name) for name in Counted.model_fields}
    if question.rule.counting.is_share:
        told["share"] = Share(women=row.women or 0, known=row.gender_known or 0, people=row.number or 0)
    return Counted.model_validate(told)
