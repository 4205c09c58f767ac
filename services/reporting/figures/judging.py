"""Which activities belong to a figure, and which may: by all conditions of its rule, its filters and its period.

The rules that are asked together judge side by side, so that the facts are read once for all figures of a page. What
surely belongs to none of them is left out there.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, groupby
from typing import Any

from sqlalchemy import (
    CTE,
    Boolean,
    ColumnElement,
    Date,
    FromClause,
    Label,
    Text,
    and_,
    bindparam,
    cast,
    or_,
    select,
    true,
)

from services.reporting.figures.dimensions import FILTERS
from services.reporting.figures.question import Narrowing
from services.reporting.figures.sources import Sources, sources
from services.reporting.rules import RULES
from services.reporting.rules.rule import Columns, Condition, starts_within

Judgement = Mapping[str, Label[Any]]
"""`belongs`, which is null where nobody knows; and for each reason of not knowing, whether it is one: `no_day` …"""


def judge(narrowing: Narrowing, rules: Iterable[str]) -> Mapping[str, FromClause]:
    """The activities that belong to figures by these rules, or may: by rule, with its judgement and what is counted."""
    facts = sources(past=narrowing.past)
    a = facts.activities.c
    narrow = _narrow(narrowing, a)
    of_rule = {rule: RULES[rule].conditions for rule in rules}
    judgements = {
        conditions: _judgement(place, [*conditions(a), *narrow])
        for place, conditions in enumerate(dict.fromkeys(of_rule.values()))  # several rules count of the same
    }
    judged = (
        select(*_counted_of(facts), *chain.from_iterable(each.values() for each in judgements.values()))
        .select_from(facts.activities.outerjoin(facts.attendances, facts.attendances.c.activity_id == a.id))
        .where(*(condition.holds for condition in narrow if not condition.unknown))
        .where(or_(*(each["belongs"].is_not(False) for each in judgements.values())))
        .cte("judged")
    )
    left = {conditions: _by(judgement, judged, facts) for conditions, judgement in judgements.items()}
    return {rule: left[conditions] for rule, conditions in of_rule.items()}


def reasons_of(judged: FromClause) -> list[str]:
    """What may be unknown about an activity in the light of a question."""
    return [column.name.removeprefix("no_") for column in judged.c if column.name.startswith("no_")]


def _narrow(narrowing: Narrowing, a: Columns) -> list[Condition]:
    """Filters and period; and what is made up for practice is never mixed with real records."""
    conditions = [FILTERS[name](a, bindparam(name, type_=Text)) for name in narrowing.filters]
    if narrowing.first or narrowing.last:
        first, last = (bindparam(name, type_=Date) for name in ("first", "last"))
        within = starts_within(a, first if narrowing.first else None, last if narrowing.last else None)
        conditions.append(Condition(within, unknown="day"))
    if "programme" not in narrowing.filters:
        conditions.append(Condition(~a.synthetic))
    return conditions


def _judgement(place: int, conditions: Sequence[Condition]) -> Judgement:
    uncertain = sorted((c for c in conditions if c.unknown), key=lambda c: str(c.unknown))
    by_reason = {reason: [c.holds for c in same] for reason, same in groupby(uncertain, key=lambda c: c.unknown)}
    columns: dict[str, ColumnElement[Any]] = {
        "belongs": cast(and_(true(), *(condition.holds for condition in conditions)), Boolean),
        **{f"no_{reason}": and_(*same).is_(None) for reason, same in by_reason.items()},
    }
    return {name: column.label(f"{name}_{place}") for name, column in columns.items()}


def _counted_of(facts: Sources) -> list[ColumnElement[Any]]:
    """What is counted of an activity; nobody is registered as having attended where `registered` is null."""
    a, t = facts.activities.c, facts.attendances.c
    return [
        *(a[name] for name in _KEPT),
        (a.headcount_precision != "exact").label("imprecise"),
        t.people.label("registered"),
        t.women.label("registered_women"),
        t.gender_known.label("registered_gender_known"),
    ]


_KEPT = (
    "id",
    "digest",
    *("programme", "phase", "component", "kind", "scope", "delivery", "countries", "starts_earliest", "starts_latest"),
    *("headcount", "headcount_women", "headcount_by_country"),
)


def _by(judgement: Judgement, judged: CTE, facts: Sources) -> FromClause:
    """What one of the judgements leaves of what was judged."""
    counted = [judged.c[column.name] for column in _counted_of(facts)]
    own = {name: judged.c[column.name] for name, column in judgement.items()}
    return (
        select(*counted, *(column.label(name) for name, column in own.items()))
        .where(own["belongs"].is_not(False))
        .subquery("of_rule")
    )
