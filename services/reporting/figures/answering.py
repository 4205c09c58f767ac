"""Question → figure, in two statements: one for the number and what is unknown about it, one for its breakdown.

To build such a statement takes longer than to run it; so it is built once for each shape of a question.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import CTE, Row, Select, func, select, true

from services.reporting.figures.contributions import column_of, contributions, judge, numbers_of, reasons_of
from services.reporting.figures.dimensions import OVERLAPPING, Dimension
from services.reporting.figures.figure import Figure, Group, Note, Share, Unknown
from services.reporting.figures.question import UNKNOWN, Question, Shape
from services.reporting.figures.sources import sources
from services.reporting.rules import RULES, Rule
from shared.database import Session

_SHAPES = 1000


async def answer(session: Session, question: Question) -> Figure:
    """Count."""
    shape, rule = question.shape, question.rule
    whole = (await session.execute(_whole(shape), question.values)).one()
    groups = (await session.execute(_grouped(shape), question.values)).all() if question.by else []
    unnamed = int(whole.unnamed) if rule.measure == "people" else 0
    reasons = {name.removeprefix("no_"): int(n) for name, n in whole._mapping.items() if name.startswith("no_")}
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
            number=int(whole.may_belong) + unnamed,
            reasons={reason: n for reason, n in reasons.items() if n},
            activities=0 if rule.measure == "activities" else whole.silent,
        ),
        groups=tuple(_group(question, row) for row in groups),
        address=question.address,
        activities=activities_address(question),
        counted=str(whole.counted),
    )
    return figure.with_notes(*_notes(question, whole)).sealed()


def activities_address(question: Question, key: Sequence[str | None] = (), **more: str) -> str:
    """Where the activities are listed that were counted, in all or in one group."""
    words = [*question.words.items(), *(("key", UNKNOWN if part is None else part) for part in key), *more.items()]
    return f"/figures/{question.rule.id}/activities" + (f"?{urlencode(words)}" if words else "")


def _sums(rule: Rule, c: Any) -> list[Any]:
    return [func.coalesce(func.sum(c[name]).filter(c.belongs), 0).label(name) for name in numbers_of(rule)]


@lru_cache(_SHAPES)
def _whole(shape: Shape) -> Select[Any]:
    """The number, what may belong, and what is odd about what was counted: one row."""
    judged = judge(shape)
    c = contributions(shape, judged, ()).subquery("contribution").c
    may = c.belongs.is_(None)
    unknown = {"may_belong": may, **{f"no_{reason}": may & c[f"no_{reason}"] for reason in reasons_of(judged)}}
    sums = [func.coalesce(func.sum(c.number).filter(which), 0).label(name) for name, which in unknown.items()]
    number = select(*_sums(RULES[shape.rule], c), *sums).subquery("number")
    checks = _checks(shape, judged).subquery("checks")
    return select(number, checks).select_from(number.join(checks, true()))


@lru_cache(_SHAPES)
def _grouped(shape: Shape) -> Select[Any]:
    c = contributions(shape, judge(shape), shape.by).subquery("contribution").c
    keys = [c[column_of(name)] for name in shape.by]
    return (
        select(*keys, *_sums(RULES[shape.rule], c))
        .where(c.belongs)
        .group_by(*keys)
        .having(func.sum(c.number) > 0)
        .order_by(*(key.asc().nulls_last() for key in keys))
    )


def _checks(shape: Shape, judged: CTE) -> Select[Any]:
    """The versions of the activities that were counted, and what is odd about their head counts."""
    j, t = judged.c, sources(past=shape.past).attendances.c
    unnamed = func.greatest(func.coalesce(j.headcount, 0) - func.coalesce(t.people, 0), 0)
    return select(
        func.coalesce(func.sum(j.digest).filter(j.belongs), 0).label("counted"),
        func.coalesce(func.sum(unnamed).filter(j.belongs), 0).label("unnamed"),
        func.count().filter(j.belongs, j.imprecise).label("imprecise"),
        func.count().filter(j.belongs, j.headcount.is_(None), t.activity_id.is_(None)).label("silent"),
    ).select_from(judged.outerjoin(sources(past=shape.past).attendances, t.activity_id == j.id))


def _value(rule: Rule, row: Row[Any]) -> int | float | None:
    if rule.measure != "women-share":
        return int(row.number)
    return round(int(row.women) / int(row.gender_known), 4) if row.gender_known else None


def _share(rule: Rule, row: Row[Any]) -> Share | None:
    if rule.measure != "women-share":
        return None
    return Share(women=int(row.women), known=int(row.gender_known), people=int(row.number))


def _group(question: Question, row: Row[Any]) -> Group:
    key: Mapping[Dimension, str | None] = {name: getattr(row, column_of(name)) for name in question.by}
    return Group(
        key=dict(key),
        value=_value(question.rule, row),
        share=_share(question.rule, row),
        activities=activities_address(question, list(key.values())),
    )


def _notes(question: Question, whole: Row[Any]) -> list[Note]:
    notes: list[Note] = []
    if OVERLAPPING in question.by:
        notes.append("countries-overlap")
    if question.rule.measure == "people" and question.by:
        notes.append("people-overlap")
    if question.rule.measure == "people" and whole.unnamed:
        notes.append("people-without-names")
    if question.rule.measure in ("participants", "women-share") and whole.imprecise:
        notes.append("headcounts-imprecise")
    return notes
