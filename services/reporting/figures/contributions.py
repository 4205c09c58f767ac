"""What each activity contributes to a figure. The figure is the sum of the contributions and the drill-down is their
list, so the two cannot disagree.

A contribution has the activity, whether it belongs (null: it may), the numbers of its measure, a column for each reason
of not knowing, and a column for each dimension. Activities are judged first, by all conditions at once; what surely
does not belong is left out there.
"""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import (
    CTE,
    Boolean,
    ColumnElement,
    CompoundSelect,
    Date,
    FromClause,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    null,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import distinct_on

from services.reporting.facts.counts import took_part
from services.reporting.facts.tables import newcomers
from services.reporting.figures.dimensions import FILTERS, OF_ACTIVITIES, OF_PEOPLE, Dimension
from services.reporting.figures.question import Shape
from services.reporting.figures.sources import Sources, sources
from services.reporting.rules import RULES
from services.reporting.rules.events import EVENTS_V1
from services.reporting.rules.rule import Columns, Condition, Rule, starts_within

NOT_FEMALE = "not-female"
"""The gender of those whom a head count tells of beside its women: not known to be men, but known not to be women."""


def contributions(shape: Shape, judged: CTE, by: Sequence[Dimension]) -> CompoundSelect[Any] | Select[Any]:
    """The contributions of the activities that were judged, broken down by dimensions."""
    facts = sources(past=shape.past)
    placed = _placed(judged, [name for name in by if name not in OF_PEOPLE])
    of_people = [name for name in by if name in OF_PEOPLE]
    match RULES[shape.rule].measure:
        case "activities":
            return select(*placed.c, literal(1).label("number"))
        case "people":
            return _newcomers(placed, shape, by) if _told_by_newcomers(shape, by) else _persons(placed, facts, by)
        case _ if of_people:
            return union_all(_named(placed, facts, of_people), *_unnamed(placed, facts, of_people))
        case _:
            return _heads(placed, facts)


def column_of(name: str) -> str:
    """A dimension's or a reason's column."""
    return name.replace("-", "_")


def numbers_of(rule: Rule) -> tuple[str, ...]:
    """The columns of a contribution that hold what is summed."""
    return ("number", "women", "gender_known") if rule.measure == "women-share" else ("number",)


def reasons_of(judged: FromClause) -> list[str]:
    """What may be unknown about an activity in the light of a question."""
    return [column.name.removeprefix("no_") for column in judged.c if column.name.startswith("no_")]


def judge(shape: Shape) -> CTE:
    """The activities that belong to a question of this shape, or may."""
    a = sources(past=shape.past).activities.c
    conditions = _conditions(shape, a)
    uncertain = sorted((c for c in conditions if c.unknown), key=lambda c: str(c.unknown))
    by_reason = {reason: [c.holds for c in same] for reason, same in groupby(uncertain, key=lambda c: c.unknown)}
    return (
        select(
            *(a[name] for name in _KEPT),
            (a.headcount_precision != "exact").label("imprecise"),
            cast(and_(true(), *(condition.holds for condition in uncertain)), Boolean).label("belongs"),
            *(and_(*same).is_(None).label(f"no_{reason}") for reason, same in by_reason.items()),
        )
        .where(*(condition.holds for condition in conditions if not condition.unknown))
        .where(*(condition.holds.is_not(False) for condition in uncertain))
        .cte("judged")
    )


def _conditions(shape: Shape, a: Columns) -> list[Condition]:
    """All that must hold: rule, filters, period; and what is made up for practice is never mixed with real records."""
    conditions = list(RULES[shape.rule].conditions(a))
    conditions += [FILTERS[name](a, bindparam(name, type_=Text)) for name in shape.filters]
    if shape.first or shape.last:
        first, last = (bindparam(name, type_=Date) for name in ("first", "last"))
        within = starts_within(a, first if shape.first else None, last if shape.last else None)
        conditions.append(Condition(within, unknown="day"))
    if "programme" not in shape.filters:
        conditions.append(Condition(~a.synthetic))
    return conditions


_KEPT = (
    "id",
    "digest",
    *("programme", "phase", "component", "kind", "scope", "delivery", "countries", "starts_earliest", "starts_latest"),
    *("headcount", "headcount_women", "headcount_by_country"),
)


def _placed(judged: CTE, dimensions: Sequence[Dimension]) -> FromClause:
    """What a contribution has from its activity: a row for each group that the activity counts in."""
    j = judged.c
    reasons = [j[f"no_{reason}"] for reason in reasons_of(judged)]
    headcount = [j.headcount, j.headcount_women, j.headcount_by_country]
    groups = [OF_ACTIVITIES[name](j).label(column_of(name)) for name in dimensions]
    return select(j.id.label("activity_id"), j.starts_earliest, j.belongs, *reasons, *headcount, *groups).subquery(
        "placed"
    )


def _told_by_newcomers(shape: Shape, by: Sequence[Dimension]) -> bool:
    """Whether people are asked for of all held activities of whole programmes or phases, as far as is known now.

    There, whoever took part did so for the first time in exactly one of them.
    """
    whole = {"programme", "phase"}.issuperset({*shape.filters, *by}) and not (shape.first or shape.last)
    return whole and not shape.past and RULES[shape.rule].conditions is EVENTS_V1.conditions


def _newcomers(placed: FromClause, shape: Shape, by: Sequence[Dimension]) -> Select[Any]:
    """Each person once in each group, with the activity attended first."""
    number = newcomers.c.of_phase if "phase" in (*shape.filters, *by) else newcomers.c.of_programme
    first = placed.join(newcomers, newcomers.c.activity_id == placed.c.activity_id)
    return select(*placed.c, number.label("number")).select_from(first)


def _persons(placed: FromClause, facts: Sources, by: Sequence[Dimension]) -> Select[Any]:
    """Each person once in each group; he or she belongs if one of the activities does."""
    p = placed.c
    one_for = _groups_of_persons(placed, facts, by)
    reasons = [func.bool_or(column).label(column.name) for column in p if column.name.startswith("no_")]
    return (
        select(*one_for, func.bool_or(p.belongs).label("belongs"), *reasons, literal(1).label("number"))
        .select_from(_with_persons(placed, facts, by))
        .where(took_part(facts.registrations))
        .group_by(*one_for)
    )


def first_attendances(shape: Shape, judged: CTE, by: Sequence[Dimension]) -> Select[Any]:
    """Contributions of different people to a list of activities: each stands with the first one attended.

    `contributions` counts the same people without asking where, which is much quicker than to put them in order.
    """
    facts = sources(past=shape.past)
    placed = _placed(judged, [name for name in by if name not in OF_PEOPLE])
    if _told_by_newcomers(shape, by):
        return _newcomers(placed, shape, by)
    p = placed.c
    one_for = _groups_of_persons(placed, facts, by)
    first = (p.belongs.is_(True).desc(), p.starts_earliest.asc().nulls_last(), p.activity_id)
    return (
        select(*one_for, p.activity_id, p.belongs, literal(1).label("number"))
        .select_from(_with_persons(placed, facts, by))
        .where(took_part(facts.registrations))
        .ext(distinct_on(*one_for))
        .order_by(*one_for, *first)
    )


def _groups_of_persons(placed: FromClause, facts: Sources, by: Sequence[Dimension]) -> list[ColumnElement[Any]]:
    r = facts.registrations.c
    groups = [_of_registration(facts, name) if name in OF_PEOPLE else placed.c[column_of(name)] for name in by]
    return [*groups, r.programme, r.person_key]


def _with_persons(placed: FromClause, facts: Sources, by: Sequence[Dimension]) -> FromClause:
    registered = _with_organisations(facts.registrations, facts, by)
    return placed.join(registered, facts.registrations.c.activity_id == placed.c.activity_id)


def _heads(placed: FromClause, facts: Sources) -> Select[Any]:
    """How many took part: the larger of registrations and head count; genders by registration, if there is one."""
    p, t = placed.c, facts.attendances.c
    only_numbers = t.activity_id.is_(None)
    return select(
        *p,
        func.greatest(func.coalesce(t.people, 0), func.coalesce(p.headcount, 0)).label("number"),
        case((only_numbers, func.coalesce(p.headcount_women, 0)), else_=t.women).label("women"),
        case((only_numbers, _told_by_headcount(p)), else_=t.gender_known).label("gender_known"),
    ).select_from(_with_attendances(placed, facts))


def _named(placed: FromClause, facts: Sources, of_people: Sequence[Dimension]) -> Select[Any]:
    """Those who are registered as having attended; one by one, if cells do not tell them apart."""
    by_organisation = "organisation" in of_people
    counted = facts.registrations if by_organisation else facts.cells
    p, c = placed.c, counted.c
    people = literal(1) if by_organisation else c.people
    return (
        select(
            *p,
            *(_of_registration(facts, name, counted) for name in of_people),
            people.label("number"),
            case((c.gender == "female", people), else_=0).label("women"),
            case((c.gender.is_not(None), people), else_=0).label("gender_known"),
        )
        .select_from(placed.join(_with_organisations(counted, facts, of_people), c.activity_id == p.activity_id))
        .where(took_part(counted))
    )


def _unnamed(placed: FromClause, facts: Sources, of_people: Sequence[Dimension]) -> list[Select[Any]]:
    """What a head count tells beyond the registrations: numbers, known by gender or by country, never by both."""
    p, t = placed.c, facts.attendances.c
    only_numbers = t.activity_id.is_(None)
    rest = func.greatest(func.coalesce(p.headcount, 0) - func.coalesce(t.people, 0), 0)

    def rows(number: Any, group: Any = None, women: Any = 0, known: Any = 0) -> Select[Any]:
        keys = [cast(null() if group is None else group, Text) for _ in of_people]
        numbers = (cast(each, Integer) for each in (number, women, known))
        return select(*p, *keys, *numbers).select_from(_with_attendances(placed, facts))

    if list(of_people) == ["gender"]:
        told = only_numbers & p.headcount_women.is_not(None)
        return [
            rows(p.headcount_women, literal("female")).where(told, p.headcount_women > 0),
            rows(p.headcount - p.headcount_women, literal(NOT_FEMALE)).where(told, p.headcount > p.headcount_women),
            rows(rest).where(~told, rest > 0),
        ]
    if list(of_people) == ["participant-country"]:
        by_country = func.jsonb_each_text(p.headcount_by_country).table_valued("key", "value").lateral("of_country")
        people = cast(by_country.c.value, Integer)
        located = select(func.coalesce(func.sum(people), 0)).select_from(by_country).scalar_subquery()
        elsewhere = rest - case((only_numbers, located), else_=0)
        return [
            rows(people, by_country.c.key).join(by_country, true()).where(only_numbers, people > 0),
            rows(elsewhere).where(elsewhere > 0),
        ]
    women = case((only_numbers, func.coalesce(p.headcount_women, 0)), else_=0)
    known = case((only_numbers, _told_by_headcount(p)), else_=0)
    return [rows(rest, None, women, known).where(rest > 0)]


def _with_attendances(placed: FromClause, facts: Sources) -> FromClause:
    return placed.outerjoin(facts.attendances, facts.attendances.c.activity_id == placed.c.activity_id)


def _told_by_headcount(a: Columns) -> ColumnElement[int]:
    """Of how many people a head count tells whether they are women."""
    return case((a.headcount_women.is_not(None), a.headcount), else_=0)


def _of_registration(facts: Sources, name: Dimension, rows: FromClause | None = None) -> ColumnElement[Any]:
    c, o = (rows if rows is not None else facts.registrations).c, facts.organisations.c
    if name == "organisation":
        return func.coalesce(cast(o.merged_into, Text), c.organisation).label("organisation")
    return (c.gender if name == "gender" else c.country).label(column_of(name))


def _with_organisations(rows: FromClause, facts: Sources, of_people: Sequence[Dimension]) -> FromClause:
    """Organisations that were merged stand under the one that stands for them."""
    if "organisation" not in of_people:
        return rows
    return rows.outerjoin(facts.organisations, cast(facts.organisations.c.id, Text) == rows.c.organisation)
