"""Activities: events the programme holds. An activity counts in the period in which it starts, so that periods do not
overlap, and in each of its beneficiary countries, so that countries do.
"""

from collections.abc import Sequence
from typing import Any, get_args

from sqlalchemy import ColumnElement, FromClause, Select, Text, any_, cast, func, literal, null, select
from sqlalchemy.dialects.postgresql import ARRAY, array

from services.reporting.facts.counts import HELD
from services.reporting.subjects.sources import sources
from services.reporting.subjects.subject import (
    Columns,
    Condition,
    Dimension,
    Filter,
    Judged,
    Measure,
    Subject,
    periods_of,
)
from shared.contracts.activities import ActivityKind, Delivery, Scope

DAY = ("starts_earliest", "starts_latest")

DIMENSIONS = {
    "programme": lambda a: a.programme,
    "phase": lambda a: a.phase,
    "component": lambda a: a.component,
    "kind": lambda a: a.kind,
    "scope": lambda a: a.scope,
    "delivery": lambda a: a.delivery,
    "country": lambda a: func.unnest(func.coalesce(a.countries, cast(array([null()]), ARRAY(Text)))),
    **periods_of(DAY),
}

FILTERS = {
    "programme": Filter(lambda a, value: Condition(a.programme == value)),
    "phase": Filter(lambda a, value: Condition(a.phase == value)),
    "component": Filter(lambda a, value: Condition(a.component == value, unknown="component")),
    "kind": Filter(lambda a, value: Condition(a.kind == value), get_args(ActivityKind)),
    "scope": Filter(
        lambda a, value: Condition(a.scope == value, unknown="scope"),
        tuple(word for word in get_args(Scope) if word != "unknown"),
    ),
    "delivery": Filter(
        lambda a, value: Condition(a.delivery == value, unknown="delivery"),
        tuple(word for word in get_args(Delivery) if word != "unknown"),
    ),
    "country": Filter(lambda a, value: Condition(value == any_(a.countries), unknown="country")),
}


def held(a: Columns) -> Sequence[Condition]:
    """The conditions of all rules of what took place."""
    return (Condition(a.status == HELD),)


def rows(past: bool) -> FromClause:
    """Activities, with what rules need of their programme and measures of those who are registered as having attended;
    `registered` is null where no person is.
    """
    facts = sources(past=past)
    a, t = facts.activities.c, facts.attendances.c
    return (
        select(
            *(a[name] for name in _LOOKED_AT),
            (a.headcount_precision != "exact").label("imprecise"),
            t.people.label("registered"),
            t.women.label("registered_women"),
            t.gender_known.label("registered_gender_known"),
        )
        .select_from(facts.activities.outerjoin(facts.attendances, t.activity_id == a.id))
        .subquery("looked_at")
    )


_LOOKED_AT = (
    *("id", "digest", "status", "synthetic", "active_since"),
    *("programme", "phase", "component", "kind", "scope", "delivery", "countries", "starts_earliest", "starts_latest"),
    *("headcount", "headcount_women", "headcount_by_country"),
)


def listed(past: bool) -> FromClause:
    return sources(past=past).activities


def _one_each(judged: Judged, by: Sequence[Dimension]) -> Select[Any]:
    one: ColumnElement[int] = literal(1, literal_execute=True)
    return judged.contributing(by, one.label("number"))


ACTIVITIES = Subject(
    name="activities",
    rows=rows,
    day=DAY,
    dimensions=DIMENSIONS,
    filters=FILTERS,
    measures={"activities": Measure(numbers=("number",), contributions=_one_each)},
    lists="activities",
    listed=listed,
    overlapping=frozenset({"country"}),
)
