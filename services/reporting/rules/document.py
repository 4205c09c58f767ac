"""The counting rules for subscribers: which events to count, in a form that programs read.

What is told is taken out of the conditions that figures are counted by, so the two cannot differ. A condition that asks
for more than a field and its words is not told in this form: then `complete` is false, and the sentence says the rest.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import BinaryExpression, BindParameter, ColumnClause
from sqlalchemy.sql import operators

from services.reporting.facts.counts import ATTENDED, PARTICIPANT
from services.reporting.rules import CURRENT, RULES, Rule
from services.reporting.subjects import OUTPUTS, REGISTRATIONS
from services.reporting.subjects.subject import Condition
from shared import contracts
from shared.web.language import in_each

_OPERATORS = {operators.eq: "in", operators.ne: "not_in"}
_ONE_RULE = (
    "Of each key take the state with the highest version. A state counts if it fulfils every line of `where`. Where a "
    "field is absent that a line asks for, it is not known whether the state counts. Programmes marked `synthetic` are "
    "not counted."
)


def document() -> dict[str, Any]:
    """All rules that were ever published, the newest version of each marked as current."""
    return {
        "title": "Counting rules",
        "description": _ONE_RULE,
        "rules": [_rule(rule) for rule in RULES.values()],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    told = [_line(condition) for condition in rule.conditions(rule.subject.rows(False).c)]
    topic = contracts.OUTPUTS if rule.subject is OUTPUTS else contracts.ACTIVITIES
    counts = [{"topic": topic.name, "where": [line for line in told if line]}]
    of_people = rule.subject is REGISTRATIONS
    if of_people:
        counts.append({"topic": contracts.PARTICIPANTS.name, "where": list(_took_part())})
    return {
        "id": rule.id,
        "current": rule.id in CURRENT,
        "title": in_each(rule.title),
        "sentence": in_each(rule.sentence),
        "counts": counts,
        "complete": all(told) and not of_people,
    }


def _took_part() -> Iterator[dict[str, Any]]:
    yield {"field": "status", "in": [ATTENDED]}
    yield {"field": "role", "in": [PARTICIPANT]}


def _line(condition: Condition) -> dict[str, Any] | None:
    """`status` is in `held`; none for what cannot be said so."""
    match condition.holds:
        case BinaryExpression(left=ColumnClause(name=field), right=BindParameter(value=word), operator=operator):
            return {"field": field, _OPERATORS[operator]: [word]} if operator in _OPERATORS else None
        case _:
            return None
