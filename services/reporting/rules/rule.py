"""What a counting rule is: a name, a version, a sentence that people agree to, and the conditions that say the same.

A condition is true, false, or null where the facts do not tell. A figure counts an activity for which all conditions
are true; one for which none is false may belong, and is shown beside the figure by the reason why nobody knows. So
nothing is guessed and nothing is dropped. A rule that is published is never changed: its successor is a new version.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Boolean, ColumnElement, case, cast, null

Columns = Any
"""The columns of an activity as a rule sees it: those of the fact, and `active_since`, the first day of its phase's
active implementation. Statically untyped, because SQLAlchemy knows columns by name only."""

Measure = Literal["activities", "participants", "people", "women-share"]
"""What is counted: activities; attendances; different persons; or the share of women among those whose gender is known.
"""

Reason = Literal["day", "component", "scope", "delivery", "country"]
"""What is not known about an activity that may belong to a figure."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that must hold for an activity to be counted.

    Attributes:
        holds: true, false, or null where it is not known.
        unknown: what is missing where it is null; `None` for a condition that is never null.
    """

    holds: ColumnElement[bool]
    unknown: Reason | None = None


@dataclass(frozen=True)
class Rule:
    """A counting rule.

    Attributes:
        name: what people call it; with the version it names the rule for ever.
        version: 1, or one more than the rule it replaces.
        measure: what is counted of the activities that fulfil the conditions.
        title: a few words, by language.
        sentence: the rule as it stands beside a published number, by language.
        conditions: what must hold for an activity.
    """

    name: str
    version: int
    measure: Measure
    title: Mapping[str, str]
    sentence: Mapping[str, str]
    conditions: Callable[[Columns], Sequence[Condition]]

    @property
    def id(self) -> str:
        return f"{self.name}.v{self.version}"


def starts_within(a: Columns, first: Any, last: Any = None) -> ColumnElement[bool]:
    """Whether an activity starts in a period; null for a fuzzy date that lies partly inside, and for none at all.

    An activity belongs to the period in which it starts, so that periods do not overlap; `None` leaves a side open.
    """
    surely, surely_not = [], []
    if first is not None:
        surely.append(a.starts_earliest >= first)
        surely_not.append(a.starts_latest < first)
    if last is not None:
        surely.append(a.starts_latest <= last)
        surely_not.append(a.starts_earliest > last)
    inside: ColumnElement[bool] = surely[0] if len(surely) == 1 else surely[0] & surely[1]
    outside: ColumnElement[bool] = surely_not[0] if len(surely_not) == 1 else surely_not[0] | surely_not[1]
    return case((inside, True), (outside, False), else_=cast(null(), Boolean))
