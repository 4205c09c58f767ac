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
    FromClause,
    Integer,
    Select,
    Text,
    and_,
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

from services.reporting.facts.counts import ATTENDED, PARTICIPANT
from services.reporting.figures.dimensions import FILTERS, OF_ACTIVITIES, OF_PEOPLE, Dimension
from services.reporting.figures.question import Question
from services.reporting.figures.sources import Sources, sources
from services.reporting.rules.rule import Columns, Condition, Reason, Rule, starts_within

NOT_FEMALE = "not-female"
"""The gender of those whom a head count tells of beside its women: not known to be men, but known not to be women."""


def contributions(question: Question, by: Sequence[Dimension]) -> Select[Any]:
    """The contributions to a question, broken down by dimensions."""
    facts = sources(question.as_of)
    judged = judge(question, facts)
    placed = _placed(judged, [name for name in by if name not in OF_PEOPLE])
    of_people = [name for name in by if name in OF_PEOPLE]
    match question.rule.measure:
        case "activities":
            return select(*placed.c, literal(1).label("number"))
        case "people":
            return _persons(placed, facts, by)
        case _:
            heads = _heads_by(judged, facts, of_people) if of_people else _heads(judged, facts)
            counted = [column for column in heads.c if column.name != "head_of"]
            return select(*placed.c, *counted).join(heads, heads.c.head_of == placed.c.activity_id)


def column_of(name: str) -> str:
    """A dimension's or a reason's column."""
    return name.replace("-", "_")


def numbers_of(rule: Rule) -> tuple[str, ...]:
    """The columns of a contribution that hold what is summed."""
    return ("number", "women", "gender_known") if rule.measure == "women-share" else ("number",)


def reasons_of(question: Question) -> list[Reason]:
    """What may be unknown about an activity in the light of this question."""
    found = [condition.unknown for condition in conditions_of(question, sources(question.as_of).activities.c)]
    return list(dict.fromkeys(reason for reason in found if reason))


def conditions_of(question: Question, a: Columns) -> list[Condition]:
    """All that must hold: rule, filters, period; and what is made up for practice is never mixed with real records."""
    conditions = list(question.rule.conditions(a))
    conditions += [FILTERS[name](a, value) for name, value in question.filters]
    if question.first or question.last:
        conditions.append(Condition(starts_within(a, question.first, question.last), unknown="day"))
    if "programme" not in dict(question.filters):
        conditions.append(Condition(~a.synthetic))
    return conditions


def judge(question: Question, facts: Sources) -> CTE:
    """The activities that belong to the question, or may."""
    a = facts.activities.c
    conditions = conditions_of(question, a)
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


_KEPT = (
    "id",
    "digest",
    *("programme", "phase", "component", "kind", "scope", "delivery", "countries", "starts_earliest", "starts_latest"),
    *("headcount", "headcount_women", "headcount_by_country"),
)


def _placed(judged: CTE, dimensions: Sequence[Dimension]) -> FromClause:
    """What a contribution has from its activity: a row for each group that the activity counts in."""
    j = judged.c
    reasons = [column for column in j if column.name.startswith("no_")]
    groups = [OF_ACTIVITIES[name](j).label(column_of(name)) for name in dimensions]
    return select(j.id.label("activity_id"), j.starts_earliest, j.belongs, *reasons, *groups).subquery("placed")


def _persons(placed: FromClause, facts: Sources, by: Sequence[Dimension]) -> Select[Any]:
    """Each person once in each group: with the first activity he or she is known to have attended."""
    r, p = facts.registrations.c, placed.c
    of_people = [name for name in by if name in OF_PEOPLE]
    personal = [_of_registration(facts, name) for name in of_people]
    one_for = [*(p[column_of(name)] for name in by if name not in OF_PEOPLE), *personal, r.programme, r.person_key]
    first = (p.belongs.is_(True).desc(), p.starts_earliest.asc().nulls_last(), p.activity_id)
    registered = _with_organisations(facts.registrations, facts, of_people)
    return (
        select(*p, *personal, literal(1).label("number"))
        .select_from(placed.join(registered, r.activity_id == p.activity_id))
        .where(r.status == ATTENDED, r.role == PARTICIPANT)
        .ext(distinct_on(*one_for))
        .order_by(*one_for, *first)
    )


def _heads(judged: CTE, facts: Sources) -> FromClause:
    """A row an activity: the larger of registrations and head count; genders by registration, if there is one."""
    j, t = judged.c, facts.attendances.c
    only_numbers = t.activity_id.is_(None)
    women = case((only_numbers, func.coalesce(j.headcount_women, 0)), else_=t.women)
    known = case((only_numbers, _told_by_headcount(j)), else_=t.gender_known)
    return (
        select(
            j.id.label("head_of"),
            func.greatest(func.coalesce(t.people, 0), func.coalesce(j.headcount, 0)).label("number"),
            women.label("women"),
            known.label("gender_known"),
        )
        .select_from(judged.outerjoin(facts.attendances, t.activity_id == j.id))
        .subquery("heads")
    )


def _heads_by(judged: CTE, facts: Sources, of_people: Sequence[Dimension]) -> FromClause:
    """A row an activity and group of people."""
    every = union_all(_named(facts, of_people), *_unnamed(judged, facts, of_people)).subquery("every")
    return select(every).where(every.c.number > 0).subquery("heads")


def _named(facts: Sources, of_people: Sequence[Dimension]) -> Select[Any]:
    """Those who are registered as having attended."""
    c = facts.cells.c
    group = [_of_registration(facts, name, facts.cells) for name in of_people]
    people = func.sum(c.people)
    return (
        select(
            c.activity_id.label("head_of"),
            people.label("number"),
            func.coalesce(people.filter(c.gender == "female"), 0).label("women"),
            func.coalesce(people.filter(c.gender.is_not(None)), 0).label("gender_known"),
            *group,
        )
        .select_from(_with_organisations(facts.cells, facts, of_people))
        .where(c.status == ATTENDED, c.role == PARTICIPANT)
        .group_by(c.activity_id, *group)
    )


def _unnamed(judged: CTE, facts: Sources, of_people: Sequence[Dimension]) -> list[Select[Any]]:
    """What a head count tells beyond the registrations: numbers, known by gender or by country, never by both."""
    j, t = judged.c, facts.attendances.c
    source = judged.outerjoin(facts.attendances, t.activity_id == j.id)
    only_numbers = t.activity_id.is_(None)
    rest = func.greatest(func.coalesce(j.headcount, 0) - func.coalesce(t.people, 0), 0)

    def rows(number: Any, group: Any = None, women: Any = 0, known: Any = 0) -> Select[Any]:
        keys = [cast(null() if group is None else group, Text).label(column_of(name)) for name in of_people]
        numbers = (
            cast(number, Integer).label("number"),
            cast(women, Integer).label("women"),
            cast(known, Integer).label("gender_known"),
        )
        return select(j.id.label("head_of"), *numbers, *keys).select_from(source)

    if list(of_people) == ["gender"]:
        told = only_numbers & j.headcount_women.is_not(None)
        return [
            rows(j.headcount_women, literal("female")).where(told),
            rows(j.headcount - j.headcount_women, literal(NOT_FEMALE)).where(told),
            rows(rest).where(~told),
        ]
    if list(of_people) == ["participant-country"]:
        by_country = func.jsonb_each_text(j.headcount_by_country).table_valued("key", "value").lateral("of_country")
        each = by_country.c
        sum_of_all = func.coalesce(func.sum(cast(each.value, Integer)), 0)
        located = select(sum_of_all).select_from(by_country).scalar_subquery()
        return [
            rows(each.value, each.key).join(by_country, true()).where(only_numbers),
            rows(rest - case((only_numbers, located), else_=0)),
        ]
    women = case((only_numbers, func.coalesce(j.headcount_women, 0)), else_=0)
    return [rows(rest, None, women, case((only_numbers, _told_by_headcount(j)), else_=0))]


def _told_by_headcount(j: Columns) -> ColumnElement[int]:
    """Of how many people a head count tells whether they are women."""
    return case((j.headcount_women.is_not(None), j.headcount), else_=0)


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
