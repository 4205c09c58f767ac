"""How many different persons took part. Each counts once in each group, wherever else he or she took part."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, func, literal, select
from sqlalchemy.dialects.postgresql import distinct_on

from services.reporting.facts.counts import took_part
from services.reporting.facts.tables import newcomers
from services.reporting.subjects import heads
from services.reporting.subjects.activities import held
from services.reporting.subjects.participants import OF_PARTICIPANTS, group_of, of_participants, with_organisations
from services.reporting.subjects.released import NUMBER, UNTOLD
from services.reporting.subjects.sources import Sources, sources
from services.reporting.subjects.subject import Dimension, Judged, Measure, key_column, reason_column


def _told_by_newcomers(judged: Judged, by: Sequence[Dimension]) -> bool:
    """Whether people are asked for of all held activities of whole programmes or phases, as far as is known now.

    There, each participant took part for the first time in exactly one of them.
    """
    narrowing = judged.narrowing
    whole = {"programme", "phase"}.issuperset({*narrowing.filters, *by}) and not (narrowing.first or narrowing.last)
    return whole and not narrowing.past and judged.conditions is held


def _newcomers(judged: Judged, by: Sequence[Dimension]) -> Select[Any]:
    """Each person once in each group, with the activity attended first."""
    number = newcomers.c.of_phase if "phase" in (*judged.narrowing.filters, *by) else newcomers.c.of_programme
    first = judged.rows.join(newcomers, newcomers.c.activity_id == judged.rows.c.id)
    return judged.contributing(by, number.label("number")).select_from(first)


def _people(judged: Judged, by: Sequence[Dimension]) -> Select[Any]:
    """Each person once in each group; he or she belongs if one of the activities does."""
    if _told_by_newcomers(judged, by):
        return _newcomers(judged, by)
    facts, placed = sources(past=judged.narrowing.past), _placed(judged, by)
    one_for = _groups(placed, facts, by)
    reasons = [func.bool_or(placed.c[reason_column(reason)]).label(reason_column(reason)) for reason in judged.unknown]
    return (
        select(*one_for, func.bool_or(placed.c.belongs).label("belongs"), *reasons, literal(1).label("number"))
        .select_from(_with_persons(placed, facts, by))
        .where(took_part(facts.registrations))
        .group_by(*one_for)
    )


def _first_attendances(judged: Judged, by: Sequence[Dimension]) -> Select[Any]:
    """The same people with the activity that each attended first, for the list of activities.

    `_people` counts them without asking where, which is much quicker than to put them in order.
    """
    if _told_by_newcomers(judged, by):
        return _newcomers(judged, by)
    facts, placed = sources(past=judged.narrowing.past), _placed(judged, by)
    p, one_for = placed.c, _groups(placed, facts, by)
    first = (p.belongs.is_(True).desc(), p.starts_earliest.asc().nulls_last(), p.of)
    return (
        select(*one_for, p.of, p.belongs, literal(1).label("number"))
        .select_from(_with_persons(placed, facts, by))
        .where(took_part(facts.registrations))
        .ext(distinct_on(*one_for))
        .order_by(*one_for, *first)
    )


def _placed(judged: Judged, by: Sequence[Dimension]) -> FromClause:
    return judged.contributing(by, judged.rows.c.starts_earliest).subquery("placed")


def _groups(placed: FromClause, facts: Sources, by: Sequence[Dimension]) -> list[ColumnElement[Any]]:
    r = facts.registrations
    groups = [group_of(facts, name, r) if name in OF_PARTICIPANTS else placed.c[key_column(name)] for name in by]
    return [*groups, r.c.programme, r.c.person_key]


def _with_persons(placed: FromClause, facts: Sources, by: Sequence[Dimension]) -> FromClause:
    registered = with_organisations(facts.registrations, facts, of_participants(by))
    return placed.join(registered, facts.registrations.c.activity_id == placed.c.of)


PEOPLE_V1 = Measure(
    numbers=NUMBER,
    contributions=_people,
    dimensions=tuple(OF_PARTICIPANTS),
    checks=heads.checks,
    listed=_first_attendances,
    outside=UNTOLD,
    overlaps=True,
)
