"""Question → figure, in two statements: one for the number and what is unknown about it, one for its breakdown."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Row, Select, func, select

from services.reporting.figures.contributions import column_of, contributions, judge, numbers_of, reasons_of
from services.reporting.figures.dimensions import OVERLAPPING, Dimension
from services.reporting.figures.figure import Figure, Group, Note, Share, Unknown
from services.reporting.figures.question import UNKNOWN, Question
from services.reporting.figures.sources import sources
from services.reporting.rules import Rule
from shared.database import Session


async def answer(session: Session, question: Question) -> Figure:
    """Count."""
    total = (await session.execute(_total(question))).one()
    checks = (await session.execute(_checks(question))).one()
    groups = (await session.execute(_grouped(question))).all() if question.by else []
    unnamed = checks.unnamed if question.rule.measure == "people" else 0
    reasons: dict[str, int] = {reason: int(getattr(total, f"no_{reason}")) for reason in reasons_of(question)}
    if unnamed:
        reasons["name"] = int(unnamed)
    figure = Figure(
        rule=question.rule.id,
        title=dict(question.rule.title),
        sentence=dict(question.rule.sentence),
        filters={name: word for name, word in question.words.items() if name not in ("by", "as_of")},
        by=question.by,
        as_of=question.as_of,
        value=_value(question.rule, total),
        share=_share(question.rule, total),
        unknown=Unknown(
            number=int(total.may_belong + unnamed),
            reasons={reason: n for reason, n in reasons.items() if n},
            activities=0 if question.rule.measure == "activities" else checks.silent,
        ),
        groups=tuple(_group(question, row) for row in groups),
        address=question.address,
        activities=activities_address(question),
        counted=str(checks.counted),
    )
    return figure.with_notes(*_notes(question, checks)).sealed()


def activities_address(question: Question, key: Sequence[str | None] = (), **more: str) -> str:
    """Where the activities are listed that were counted, in all or in one group."""
    words = [*question.words.items(), *(("key", UNKNOWN if part is None else part) for part in key), *more.items()]
    return f"/figures/{question.rule.id}/activities" + (f"?{urlencode(words)}" if words else "")


def _sums(rule: Rule, c: Any) -> list[Any]:
    return [func.coalesce(func.sum(c[name]).filter(c.belongs), 0).label(name) for name in numbers_of(rule)]


def _total(question: Question) -> Select[Any]:
    c = contributions(question, ()).subquery("contribution").c
    may = c.belongs.is_(None)
    unknown = {"may_belong": may, **{f"no_{reason}": may & c[f"no_{reason}"] for reason in reasons_of(question)}}
    sums = [func.coalesce(func.sum(c.number).filter(which), 0).label(name) for name, which in unknown.items()]
    return select(*_sums(question.rule, c), *sums)


def _grouped(question: Question) -> Select[Any]:
    c = contributions(question, question.by).subquery("contribution").c
    keys = [c[column_of(name)] for name in question.by]
    return (
        select(*keys, *_sums(question.rule, c))
        .where(c.belongs)
        .group_by(*keys)
        .having(func.sum(c.number) > 0)
        .order_by(*(key.asc().nulls_last() for key in keys))
    )


def _checks(question: Question) -> Select[Any]:
    """What is said about the activities that were counted: their versions, and what is odd about their head counts."""
    facts = sources(question.as_of)
    judged = judge(question, facts)
    j, t = judged.c, facts.attendances.c
    unnamed = func.greatest(func.coalesce(j.headcount, 0) - func.coalesce(t.people, 0), 0)
    return select(
        func.coalesce(func.sum(j.digest).filter(j.belongs), 0).label("counted"),
        func.coalesce(func.sum(unnamed).filter(j.belongs), 0).label("unnamed"),
        func.count().filter(j.belongs, j.imprecise).label("imprecise"),
        func.count().filter(j.belongs, j.headcount.is_(None), t.activity_id.is_(None)).label("silent"),
    ).select_from(judged.outerjoin(facts.attendances, t.activity_id == j.id))


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


def _notes(question: Question, checks: Row[Any]) -> list[Note]:
    notes: list[Note] = []
    if OVERLAPPING in question.by:
        notes.append("countries-overlap")
    if question.rule.measure == "people" and question.by:
        notes.append("people-overlap")
    if question.rule.measure == "people" and checks.unnamed:
        notes.append("people-without-names")
    if question.rule.measure in ("participants", "women-share") and checks.imprecise:
        notes.append("headcounts-imprecise")
    return notes
