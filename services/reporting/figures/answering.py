"""Questions → figures. What is shown together is counted together: in one statement, and so of one moment.

To build such a statement takes longer than to run it; so it is built once for each shape of what is asked.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlencode

from sqlalchemy import JSON, ScalarSelect, Select, func, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from services.reporting.figures.figure import Figure, Group, Note, Share, Unknown
from services.reporting.figures.judging import judge
from services.reporting.figures.question import UNKNOWN, Question, Shape
from services.reporting.rules import RULES
from services.reporting.subjects.subject import REASONS, Dimension, Judged, Measure, key_column, reason_column
from shared.database import Session
from shared.web.language import in_each

_SHAPES = 100

Row = Mapping[str, Any]


class Part(NamedTuple):
    """What is counted once for every use: by a rule all (no dimensions), or its groups."""

    rule: str
    by: tuple[Dimension, ...] = ()


async def answer(session: Session | AsyncConnection, question: Question) -> Figure:
    """Count."""
    (figure,) = await answers(session, [question])
    return figure


async def answers(session: Session | AsyncConnection, questions: Sequence[Question]) -> list[Figure]:
    """Count by several rules and groupings.

    Raises:
        ValueError: the questions are not narrowed alike, so that they have no activities in common.
    """
    values = questions[0].values
    if any(question.values != values for question in questions):
        raise ValueError("what is counted together must be narrowed alike")
    parts, statement = _counts(tuple(question.shape for question in questions))
    found = (await session.execute(statement, values)).one()
    counts = {part: rows or [] for part, rows in zip(parts, found, strict=True)}
    return [_figure(question, counts) for question in questions]


def statement_of(questions: Sequence[Question]) -> Select[Any]:
    """The statement that counts these questions together."""
    return _counts(tuple(question.shape for question in questions))[1]


def _figure(question: Question, counts: Mapping[Part, Sequence[Row]]) -> Figure:
    rule = question.rule
    (whole,) = counts[Part(rule.id)]
    groups = counts[Part(rule.id, question.by)] if question.by else ()
    unnamed = whole["unnamed"] if question.counting.overlaps else 0
    reasons = {str(reason): whole.get(reason_column(reason)) for reason in REASONS} | {"name": unnamed}
    figure = Figure(
        rule=rule.id,
        title=in_each(rule.title),
        sentence=in_each(rule.sentence),
        filters={name: word for name, word in question.words.items() if name not in ("by", "as_of")},
        by=question.by,
        as_of=question.as_of,
        value=_value(question.counting, whole, none=_none(question.counting, whole)),
        share=_share(question.counting, whole),
        unknown=Unknown(
            number=whole["may_belong"] + unnamed,
            reasons={reason: n for reason, n in reasons.items() if n},
            activities=whole.get("silent", whole["untold"]),
        ),
        contradictions=whole.get("contradictory", 0),
        groups=tuple(_group(question, row) for row in groups),
        address=question.address,
        activities=list_address(question),
        counted=str(whole["counted"]),
        public=question.public,
    )
    return figure.with_notes(*_notes(question, whole)).sealed()


def list_address(question: Question, key: Sequence[str | None] = (), **more: str) -> str:
    """Where the rows are listed that were counted, in all or in one group."""
    words = [*question.words.items(), *(("key", UNKNOWN if part is None else part) for part in key), *more.items()]
    path = f"/figures/{question.rule.id}/{question.rule.subject.lists}"
    return path + (f"?{urlencode(words)}" if words else "")


@lru_cache(_SHAPES)
def _counts(shapes: tuple[Shape, ...]) -> tuple[Sequence[Part], Select[Any]]:
    """The parts of which figures of these shapes are made, and the statement that counts them: a column for each."""
    rules = [RULES[rule] for rule in dict.fromkeys(shape.rule for shape in shapes)]
    judged = judge(shapes[0].narrowing, rules)
    parts: dict[Part, Select[Any]] = {}
    for shape in shapes:
        parts[Part(shape.rule)] = _whole(shape.counting, judged[shape.rule])
        if shape.by:
            parts[Part(shape.rule, shape.by)] = _groups(shape.counting, judged[shape.rule], shape.by)
    return tuple(parts), select(*(_rows(part) for part in parts.values()))


def _rows(part: Select[Any]) -> ScalarSelect[Any]:
    """The rows of a part as one value, in their order; null if there are none."""
    return select(func.json_agg(part.subquery("part").table_valued(), type_=JSON)).scalar_subquery()


def _whole(counting: Measure, judged: Judged) -> Select[Any]:
    """The number, what may belong, and what is odd about what was counted: one row."""
    c = counting.contributions(judged, ()).subquery("contribution").c
    number = c[counting.numbers[0]]
    sums = [func.sum(c[name]).filter(c.belongs).label(name) for name in counting.numbers]
    may = c.belongs.is_(None)
    unknown = {"may_belong": may, **{reason_column(r): may & c[reason_column(r)] for r in judged.unknown}}
    beside = [func.coalesce(func.sum(number).filter(which), 0).label(name) for name, which in unknown.items()]
    counted = select(
        func.count().filter(c.belongs).label("contributions"),
        func.count().filter(c.belongs, number.is_(None)).label("untold"),
        *sums,
        *beside,
    ).subquery("number")
    checks = _checks(counting, judged).subquery("checks")
    return select(counted, checks).select_from(counted.join(checks, true()))


def _checks(counting: Measure, judged: Judged) -> Select[Any]:
    """The versions of the rows that were counted, and what is odd about them."""
    c = judged.rows.c
    odd = {"counted": c.digest, **counting.checks(c)}
    sums = [func.coalesce(func.sum(column), 0).label(name) for name, column in odd.items()]
    return select(*sums).where(judged.belongs)


def _groups(counting: Measure, judged: Judged, by: Sequence[Dimension]) -> Select[Any]:
    c = counting.contributions(judged, by).subquery("contribution").c
    keys = [c[key_column(name)] for name in by]
    number = c[counting.numbers[0]]
    return (
        select(*keys, *(func.sum(c[name]).label(name) for name in counting.numbers))
        .where(c.belongs)
        .group_by(*keys)
        .having(func.bool_or(number.is_(None) | (number > 0)))
        .order_by(*(key.asc().nulls_last() for key in keys))
    )


def _none(counting: Measure, whole: Row) -> int | None:
    """What it means that the contributions sum up to nothing: zero, or that nobody knows."""
    told = whole["contributions"] or any(whole[check] for check in counting.hollow)
    return None if told else 0


def _value(counting: Measure, row: Row, *, none: int | None) -> int | float | None:
    """The figure: `none` where the contributions tell no number."""
    if not counting.is_share:
        return none if row["number"] is None else int(row["number"])
    return round(row["women"] / row["gender_known"], 4) if row["gender_known"] else None


def _share(counting: Measure, row: Row) -> Share | None:
    if not counting.is_share:
        return None
    return Share(women=row["women"] or 0, known=row["gender_known"] or 0, people=row["number"] or 0)


def _group(question: Question, row: Row) -> Group:
    key: Mapping[Dimension, str | None] = {name: row[key_column(name)] for name in question.by}
    return Group(
        key=dict(key),
        value=_value(question.counting, row, none=None),
        share=_share(question.counting, row),
        activities=list_address(question, list(key.values())),
    )


def _crossed(question: Question) -> bool:
    """Whether people are told apart by more than one thing, their gender for a share among them."""
    counting = question.rule.counting
    of_people = [name for name in question.by if name in counting.dimensions]
    return not counting.overlaps and len(of_people) + counting.is_share > 1


def _notes(question: Question, whole: Row) -> list[Note]:
    notes: list[Note] = []
    if question.rule.subject.overlapping.intersection(question.by):
        notes.append("countries-overlap")
    counting = question.counting
    if question.rule.counting.overlaps and question.by:
        notes.append("people-overlap")
    if counting.overlaps and whole["unnamed"]:
        notes.append("people-without-names")
    if not counting.overlaps and whole.get("imprecise"):
        notes.append("headcounts-imprecise")
    if whole.get("contradictory"):
        notes.append("headcounts-contradicted")
    if question.public and question.rule.counting.of_people:
        notes.append("small-numbers-hidden")
    elif question.rule.version > 1 and _crossed(question):
        notes.append("headcounts-not-crossed")
    return notes
