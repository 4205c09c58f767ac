"""What each activity contributes to a figure. The figure is the sum of the contributions and the drill-down is their
list, so the two cannot disagree.

A contribution has the activity, whether it belongs (null: it may), the numbers of its measure, a column for each reason
of not knowing, and a column for each dimension. What contributes is what was judged to belong, or that it may.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    FromClause,
    Integer,
    Select,
    Text,
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
from services.reporting.figures.dimensions import OF_ACTIVITIES, OF_PEOPLE, Dimension
from services.reporting.figures.judging import reasons_of
from services.reporting.figures.question import Shape
from services.reporting.figures.sources import Sources, sources
from services.reporting.rules import RULES
from services.reporting.rules.events import EVENTS_V1
from services.reporting.rules.rule import Columns, Rule

NOT_FEMALE = "not-female"
"""The gender of those whom a head count tells of beside its women: not known to be men, but known not to be women."""


def contributions(shape: Shape, judged: FromClause, by: Sequence[Dimension]) -> CompoundSelect[Any] | Select[Any]:
    """The contributions of the activities that were judged, broken down by dimensions."""
    facts, rule = sources(past=shape.narrowing.past), RULES[shape.rule]
    placed = _placed(judged, [name for name in by if name not in OF_PEOPLE])
    of_people = [name for name in by if name in OF_PEOPLE]
    match rule.measure:
        case "activities":
            return select(*_place(placed), literal(1).label("number"))
        case "people":
            return _newcomers(placed, shape, by) if _told_by_newcomers(shape, by) else _persons(placed, facts, by)
        case _ if of_people:
            return union_all(_named(placed, facts, of_people, rule), *_unnamed(placed, of_people, rule))
        case _:
            return _heads(placed, rule)


def column_of(name: str) -> str:
    """A dimension's or a reason's column."""
    return name.replace("-", "_")


def numbers_of(rule: Rule) -> tuple[str, ...]:
    """The columns of a contribution that hold what is summed."""
    return ("number", "women", "gender_known") if rule.measure == "women-share" else ("number",)


def _placed(judged: FromClause, dimensions: Sequence[Dimension]) -> FromClause:
    """What a contribution has from its activity: a row for each group that the activity counts in."""
    j = judged.c
    reasons = [j[f"no_{reason}"] for reason in reasons_of(judged)]
    groups = [OF_ACTIVITIES[name](j).label(column_of(name)) for name in dimensions]
    counted = [j[name] for name in _COUNTED]
    return select(j.id.label("activity_id"), j.belongs, *reasons, *groups, *counted).subquery("placed")


_COUNTED = (
    "starts_earliest",
    *("headcount", "headcount_women", "headcount_by_country"),
    *("registered", "registered_women", "registered_gender_known"),
)


def _place(placed: FromClause) -> list[ColumnElement[Any]]:
    """The columns that say of which activity a contribution is, and where it belongs."""
    return [column for column in placed.c if column.name not in _COUNTED]


def _told_by_newcomers(shape: Shape, by: Sequence[Dimension]) -> bool:
    """Whether people are asked for of all held activities of whole programmes or phases, as far as is known now.

    There, whoever took part did so for the first time in exactly one of them.
    """
    narrowing = shape.narrowing
    whole = {"programme", "phase"}.issuperset({*narrowing.filters, *by}) and not (narrowing.first or narrowing.last)
    return whole and not narrowing.past and RULES[shape.rule].conditions is EVENTS_V1.conditions


def _newcomers(placed: FromClause, shape: Shape, by: Sequence[Dimension]) -> Select[Any]:
    """Each person once in each group, with the activity attended first."""
    number = newcomers.c.of_phase if "phase" in (*shape.narrowing.filters, *by) else newcomers.c.of_programme
    first = placed.join(newcomers, newcomers.c.activity_id == placed.c.activity_id)
    return select(*_place(placed), number.label("number")).select_from(first)


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


def first_attendances(shape: Shape, judged: FromClause, by: Sequence[Dimension]) -> Select[Any]:
    """Contributions of different people to a list of activities: each stands with the first one attended.

    `contributions` counts the same people without asking where, which is much quicker than to put them in order.
    """
    facts = sources(past=shape.narrowing.past)
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
    groups = [
        _of_registration(facts, name, facts.registrations) if name in OF_PEOPLE else placed.c[column_of(name)]
        for name in by
    ]
    return [*groups, r.programme, r.person_key]


def _with_persons(placed: FromClause, facts: Sources, by: Sequence[Dimension]) -> FromClause:
    registered = _with_organisations(facts.registrations, facts, by)
    return placed.join(registered, facts.registrations.c.activity_id == placed.c.activity_id)


def _heads(placed: FromClause, rule: Rule) -> Select[Any]:
    """How many took part: the larger of registrations and head count; genders by registration, if there is one."""
    p = placed.c
    only_numbers = p.registered.is_(None)
    people = func.greatest(func.coalesce(p.registered, 0), func.coalesce(p.headcount, 0))
    women = case((only_numbers, func.coalesce(p.headcount_women, 0)), else_=p.registered_women)
    known = case((only_numbers, _told_by_headcount(p)), else_=p.registered_gender_known)
    return select(*_place(placed), *_numbers(rule, people, women, known))


def _numbers(rule: Rule, people: Any, women: Any, known: Any) -> list[ColumnElement[int]]:
    """What the rule sums, of the people and of those among them who are, and are known to be or not to be, women."""
    return [cast(n, Integer).label(name) for name, n in zip(numbers_of(rule), (people, women, known), strict=False)]


def _named(placed: FromClause, facts: Sources, of_people: Sequence[Dimension], rule: Rule) -> Select[Any]:
    """Those who are registered as having attended; one by one, if cells do not tell them apart."""
    cells, r = facts.cells, facts.registrations
    if "organisation" in of_people:
        cells = select(*r.c, literal(1).label("people")).where(took_part(r)).subquery("cell")
    c = cells.c
    women, known = (case((which, c.people), else_=0) for which in (c.gender == "female", c.gender.is_not(None)))
    groups = [_of_registration(facts, name, cells) for name in of_people]
    return select(*_place(placed), *groups, *_numbers(rule, c.people, women, known)).select_from(
        placed.join(_with_organisations(cells, facts, of_people), c.activity_id == placed.c.activity_id)
    )


def _unnamed(placed: FromClause, of_people: Sequence[Dimension], rule: Rule) -> list[Select[Any]]:
    """What a head count tells beyond the registrations: numbers, known by gender or by country, never by both."""
    p = placed.c
    only_numbers = p.registered.is_(None)
    rest = func.greatest(func.coalesce(p.headcount, 0) - func.coalesce(p.registered, 0), 0)

    def rows(number: Any, group: Any = None, women: Any = 0, known: Any = 0) -> Select[Any]:
        keys = [cast(null() if group is None else group, Text) for _ in of_people]
        return select(*_place(placed), *keys, *_numbers(rule, number, women, known))

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
            rows(people, by_country.c.key).join_from(placed, by_country, true()).where(only_numbers, people > 0),
            rows(elsewhere).where(elsewhere > 0),
        ]
    women = case((only_numbers, func.coalesce(p.headcount_women, 0)), else_=0)
    known = case((only_numbers, _told_by_headcount(p)), else_=0)
    return [rows(rest, None, women, known).where(rest > 0)]


def _told_by_headcount(a: Columns) -> ColumnElement[int]:
    """Of how many people a head count tells whether they are women."""
    return case((a.headcount_women.is_not(None), a.headcount), else_=0)


_OF_REGISTRATIONS: Mapping[str, str] = {
    "gender": "gender",
    "participant-country": "country",
    "organisation": "organisation",
}


def _of_registration(facts: Sources, name: Dimension, rows: FromClause) -> ColumnElement[Any]:
    told: ColumnElement[Any] = rows.c[_OF_REGISTRATIONS[name]]
    if name == "organisation":
        told = func.coalesce(cast(facts.organisations.c.merged_into, Text), told)
    return told.label(column_of(name))


def _with_organisations(rows: FromClause, facts: Sources, of_people: Sequence[Dimension]) -> FromClause:
    """Organisations that were merged stand under the one that stands for them."""
    if "organisation" not in of_people:
        return rows
    return rows.outerjoin(facts.organisations, cast(facts.organisations.c.id, Text) == rows.c.organisation)
