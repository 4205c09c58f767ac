"""Questions → figures. What is shown together is counted together: in one statement, and so of one moment.

To build such a statement takes longer than to run it; so it is built once for each shape of what is asked.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlencode

from sqlalchemy import JSON, FromClause, ScalarSelect, Select, func, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from services.reporting.figures.contributions import column_of, contributions, numbers_of
from services.reporting.figures.dimensions import OVERLAPPING, Dimension
from services.reporting.figures.figure import Figure, Group, Note, Share, Unknown
from services.reporting.figures.judging import judge, reasons_of
from services.reporting.figures.question import UNKNOWN, Question, Shape
from services.reporting.rules import RULES, Rule
from shared.database import Session

_SHAPES = 100

Row = Mapping[str, Any]


class Part(NamedTuple):
    """What is counted once, whoever needs it: by a rule all (no dimensions), or its groups."""

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
    unnamed = whole["unnamed"] if rule.measure == "people" else 0
    reasons = {name.removeprefix("no_"): n for name, n in whole.items() if name.startswith("no_")}
    if unnamed:
        reasons["name"] = unnamed
    figure = Figure(
        rule=rule.id,
        title=dict(rule.title),
        sentence=dict(rule.sentence),
        filters={name: word for name, word in question.words.items() if name not in ("by", "as_of")},
        by=question.by,
        as_of=question.as_of,
        value=_value(rule, whole),
        share=_share(rule, whole),
        unknown=Unknown(
            number=whole["may_belong"] + unnamed,
            reasons={reason: n for reason, n in reasons.items() if n},
            activities=0 if rule.measure == "activities" else whole["silent"],
        ),
        groups=tuple(_group(question, row) for row in groups),
        address=question.address,
        activities=activities_address(question),
        counted=str(whole["counted"]),
    )
    return figure.with_notes(*_notes(question, whole)).sealed()


def activities_address(question: Question, key: Sequence[str | None] = (), **more: str) -> str:
    """Where the activities are listed that were counted, in all or in one group."""
    words = [*question.words.items(), *(("key", UNKNOWN if part is None else part) for part in key), *more.items()]
    return f"/figures/{question.rule.id}/activities" + (f"?{urlencode(words)}" if words else "")


@lru_cache(_SHAPES)
def _counts(shapes: tuple[Shape, ...]) -> tuple[Sequence[Part], Select[Any]]:
    """The parts of which figures of these shapes are made, and the statement that counts them: a column for each."""
    judged = judge(shapes[0].narrowing, dict.fromkeys(shape.rule for shape in shapes))
    parts: dict[Part, Select[Any]] = {}
    for shape in shapes:
        parts[Part(shape.rule)] = _whole(shape, judged[shape.rule])
        if shape.by:
            parts[Part(shape.rule, shape.by)] = _grouped(shape, judged[shape.rule])
    return tuple(parts), select(*(_rows(part) for part in parts.values()))


def _rows(part: Select[Any]) -> ScalarSelect[Any]:
    """The rows of a part as one value, in their order; null if there are none."""
    return select(func.json_agg(part.subquery("part").table_valued(), type_=JSON)).scalar_subquery()


def _sums(rule: Rule, c: Any) -> list[Any]:
    return [func.coalesce(func.sum(c[name]).filter(c.belongs), 0).label(name) for name in numbers_of(rule)]


def _whole(shape: Shape, judged: FromClause) -> Select[Any]:
    """The number, what may belong, and what is odd about what was counted: one row."""
    c = contributions(shape, judged, ()).subquery("contribution").c
    may = c.belongs.is_(None)
    unknown = {"may_belong": may, **{f"no_{reason}": may & c[f"no_{reason}"] for reason in reasons_of(judged)}}
    sums = [func.coalesce(func.sum(c.number).filter(which), 0).label(name) for name, which in unknown.items()]
    number = select(*_sums(RULES[shape.rule], c), *sums).subquery("number")
    checks = _checks(judged).subquery("checks")
    return select(number, checks).select_from(number.join(checks, true()))


def _grouped(shape: Shape, judged: FromClause) -> Select[Any]:
    c = contributions(shape, judged, shape.by).subquery("contribution").c
    keys = [c[column_of(name)] for name in shape.by]
    return (
        select(*keys, *_sums(RULES[shape.rule], c))
        .where(c.belongs)
        .group_by(*keys)
        .having(func.sum(c.number) > 0)
        .order_by(*(key.asc().nulls_last() for key in keys))
    )


def _checks(judged: FromClause) -> Select[Any]:
    """The versions of the activities that were counted, and what is odd about their head counts."""
    j = judged.c
    unnamed = func.greatest(func.coalesce(j.headcount, 0) - func.coalesce(j.registered, 0), 0)
    return select(
        func.coalesce(func.sum(j.digest).filter(j.belongs), 0).label("counted"),
        func.coalesce(func.sum(unnamed).filter(j.belongs), 0).label("unnamed"),
        func.count().filter(j.belongs, j.imprecise).label("imprecise"),
        func.count().filter(j.belongs, j.headcount.is_(None), j.registered.is_(None)).label("silent"),
    )


def _value(rule: Rule, row: Row) -> int | float | None:
    if rule.measure != "women-share":
        return int(row["number"])
    return round(row["women"] / row["gender_known"], 4) if row["gender_known"] else None


def _share(rule: Rule, row: Row) -> Share | None:
    if rule.measure != "women-share":
        return None
    return Share(women=row["women"], known=row["gender_known"], people=row["number"])


def _group(question: Question, row: Row) -> Group:
    key: Mapping[Dimension, str | None] = {name: row[column_of(name)] for name in question.by}
    return Group(
        key=dict(key),
        value=_value(question.rule, row),
        share=_share(question.rule, row),
        activities=activities_address(question, list(key.values())),
    )


def _notes(question: Question, whole: Row) -> list[Note]:
    notes: list[Note] = []
    if OVERLAPPING in question.by:
        notes.append("countries-overlap")
    if question.rule.measure == "people" and question.by:
        notes.append("people-overlap")
    if question.rule.measure == "people" and whole["unnamed"]:
        notes.append("people-without-names")
    if question.rule.measure in ("participants", "women-share") and whole["imprecise"]:
        notes.append("headcounts-imprecise")
    return notes
