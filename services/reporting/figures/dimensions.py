"""What a figure can be broken down by, and what it can be narrowed to: two tables that read as a list of both."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Text, any_, case, cast, func, null
from sqlalchemy.dialects.postgresql import ARRAY, array

from services.reporting.rules.rule import Columns, Condition

Dimension = Literal[
    "programme",
    "phase",
    "component",
    "kind",
    "scope",
    "delivery",
    "country",
    "year",
    "quarter",
    "month",
    "gender",
    "participant-country",
    "organisation",
]
Filter = Literal["programme", "phase", "component", "kind", "scope", "delivery", "country"]

OF_PEOPLE: tuple[Dimension, ...] = ("gender", "participant-country", "organisation")
"""These tell participants apart, not activities."""

OVERLAPPING: Dimension = "country"
"""An activity counts in each of its beneficiary countries."""


@dataclass(frozen=True, slots=True)
class Period:
    """Dates written so that they sort; null where a fuzzy date may lie in two of them."""

    pattern: str

    def of(self, a: Columns) -> ColumnElement[Any]:
        first, last = func.to_char(a.starts_earliest, self.pattern), func.to_char(a.starts_latest, self.pattern)
        return case((first == last, first), else_=cast(null(), Text))


OF_ACTIVITIES: Mapping[str, Callable[[Columns], ColumnElement[Any]]] = {
    "programme": lambda a: a.programme,
    "phase": lambda a: a.phase,
    "component": lambda a: a.component,
    "kind": lambda a: a.kind,
    "scope": lambda a: a.scope,
    "delivery": lambda a: a.delivery,
    "country": lambda a: func.unnest(func.coalesce(a.countries, cast(array([null()]), ARRAY(Text)))),
    "year": Period("YYYY").of,
    "quarter": Period('YYYY-"Q"Q').of,
    "month": Period("YYYY-MM").of,
}

FILTERS: Mapping[str, Callable[[Columns, ColumnElement[str]], Condition]] = {
    "programme": lambda a, value: Condition(a.programme == value),
    "phase": lambda a, value: Condition(a.phase == value),
    "component": lambda a, value: Condition(a.component == value, unknown="component"),
    "kind": lambda a, value: Condition(a.kind == value),
    "scope": lambda a, value: Condition(a.scope == value, unknown="scope"),
    "delivery": lambda a, value: Condition(a.delivery == value, unknown="delivery"),
    "country": lambda a, value: Condition(value == any_(a.countries), unknown="country"),
}
