"""Outputs: documents and things that activities lead to. An output lies in the period of its furthest step: of the
first handover, else of the last translation, else of its draft; one that is only planned, when it is expected.
"""

from collections.abc import Sequence
from typing import Any, get_args

from sqlalchemy import ColumnElement, FromClause, Select, Text, any_, cast, func, literal, null
from sqlalchemy.dialects.postgresql import ARRAY, array

from services.reporting.subjects.sources import sources
from services.reporting.subjects.subject import (
    Condition,
    Dimension,
    Filter,
    Judged,
    Measure,
    Subject,
    periods_of,
)
from shared.contracts.outputs import OutputKind, OutputStatus

DAY = ("day_earliest", "day_latest")

DIMENSIONS = {
    "programme": lambda o: o.programme,
    "phase": lambda o: o.phase,
    "component": lambda o: o.component,
    "kind": lambda o: o.kind,
    "status": lambda o: o.status,
    "country": lambda o: func.unnest(func.coalesce(o.countries, cast(array([null()]), ARRAY(Text)))),
    **periods_of(DAY),
}

FILTERS = {
    "programme": Filter(lambda o, value: Condition(o.programme == value)),
    "phase": Filter(lambda o, value: Condition(o.phase == value, unknown="phase")),
    "component": Filter(lambda o, value: Condition(o.component == value, unknown="component")),
    "kind": Filter(lambda o, value: Condition(o.kind == value), get_args(OutputKind)),
    "status": Filter(lambda o, value: Condition(o.status == value), get_args(OutputStatus)),
    "country": Filter(lambda o, value: Condition(value == any_(o.countries), unknown="country")),
}


def rows(past: bool) -> FromClause:
    return sources(past=past).outputs


def _one_each(judged: Judged, by: Sequence[Dimension]) -> Select[Any]:
    one: ColumnElement[int] = literal(1, literal_execute=True)
    return judged.contributing(by, one.label("number"))


OUTPUTS = Subject(
    name="outputs",
    rows=rows,
    day=DAY,
    dimensions=DIMENSIONS,
    filters=FILTERS,
    measures={"outputs": Measure(numbers=("number",), contributions=_one_each)},
    lists="outputs",
    listed=rows,
    overlapping=frozenset({"country"}),
)
