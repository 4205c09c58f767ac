"""What a subject is, and the forms in which its rows pass from the facts to a figure.

A figure is made in one pass: the subject's rows as of a moment; `Judged`, the rows that belong to the figure or may;
their contributions, which a measure makes of them; the sums. Each form is made from the one before it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, get_args

from sqlalchemy import Boolean, ColumnElement, FromClause, Select, Text, case, cast, func, null, select

Columns = Any
"""The columns of a subject's rows. Statically untyped, because SQLAlchemy knows columns by name only."""

Reason = Literal["day", "phase", "component", "scope", "delivery", "country"]
"""What is not known about a row that may belong to a figure."""

REASONS: tuple[Reason, ...] = get_args(Reason)
Dimension = str
"""The name of what a figure can be broken down by."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that must hold for a row to be counted.

    Attributes:
        holds: true, false, or null where it is not known.
        unknown: what is missing where it is null; `None` for a condition that is never null.
    """

    holds: ColumnElement[bool]
    unknown: Reason | None = None


Conditions = Callable[[Columns], Sequence[Condition]]


@dataclass(frozen=True, slots=True)
class Filter:
    """A way to narrow a figure.

    Attributes:
        condition: what must hold of the rows' columns and the value.
        words: the values there are, where they are few.
    """

    condition: Callable[[Columns, ColumnElement[str]], Condition]
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Narrowing:
    """How it is chosen what a rule counts of: all of it but the values.

    Attributes:
        filters: the names of the filters.
        first: whether the period has a first day.
        last: whether the period has a last day.
        past: whether the knowledge of a past moment is asked.
        public: whether it is asked what those outside the house may know.
    """

    filters: tuple[str, ...] = ()
    first: bool = False
    last: bool = False
    past: bool = False
    public: bool = False


@dataclass(frozen=True)
class Judged:
    """The rows that belong to the figures of one rule, or may.

    Attributes:
        subject: whose rows they are.
        conditions: those of the rule.
        narrowing: how they were narrowed.
        rows: the rows, those of other rules among them.
        belongs: true, or null where it is not known; false for the rows of other rules.
        unknown: for each reason of not knowing, whether it is one.
    """

    subject: "Subject"
    conditions: Conditions
    narrowing: Narrowing
    rows: FromClause
    belongs: ColumnElement[bool]
    unknown: Mapping[Reason, ColumnElement[bool]]

    @property
    def candidates(self) -> ColumnElement[bool]:
        return self.belongs.is_not(False)

    def place(self, by: Sequence[Dimension]) -> list[ColumnElement[Any]]:
        """What a contribution says besides its numbers: of which row it is, whether it belongs, why it only may, and
        the group of each dimension that tells rows apart.
        """
        reasons = [column.label(reason_column(reason)) for reason, column in self.unknown.items()]
        of_rows = [name for name in by if name in self.subject.dimensions]
        groups = [self.subject.dimensions[name](self.rows.c).label(key_column(name)) for name in of_rows]
        return [self.rows.c.id.label("of"), self.belongs.label("belongs"), *reasons, *groups]

    def contributing(self, by: Sequence[Dimension], *numbers: ColumnElement[Any]) -> Select[Any]:
        """The contributions of the rows themselves."""
        return select(*self.place(by), *numbers).where(self.candidates)


def key_column(dimension: Dimension) -> str:
    """The column of a contribution that holds its group."""
    return dimension.replace("-", "_")


def reason_column(reason: Reason) -> str:
    """The column of a contribution that says whether this is not known."""
    return f"no_{reason}"


@dataclass(frozen=True)
class Measure:
    """What is counted of the rows.

    Attributes:
        numbers: the columns of a contribution that are summed; the first is what is counted. Null is not known.
        contributions: what each row that was judged contributes to each group: the columns of `Judged.place`, a column
            for each dimension, and the numbers.
        dimensions: what tells apart what is counted within a row, besides the dimensions of the rows.
        checks: what is odd about rows that were counted: sums by name.
        listed: contributions to the list of rows behind a figure, where they are not the same.
        is_share: whether the figure is the second number's share of the third.
        overlaps: whether groups overlap by any dimension.
        hollow: the checks of which any, where nothing was counted, makes the figure not known instead of zero.
        outside: how it is measured for those outside the house, where people are counted.
    """

    numbers: tuple[str, ...]
    contributions: Callable[[Judged, Sequence[Dimension]], Select[Any]]
    dimensions: tuple[Dimension, ...] = ()
    checks: Callable[[Columns], Mapping[str, ColumnElement[int]]] = lambda _: {}
    listed: Callable[[Judged, Sequence[Dimension]], Select[Any]] | None = None
    is_share: bool = False
    overlaps: bool = False
    hollow: tuple[str, ...] = ()
    outside: "Measure | None" = None

    @property
    def of_people(self) -> bool:
        """Whether it counts people: those outside the house are told less of them."""
        return self.outside is not None


@dataclass(frozen=True)
class Subject:
    """Something that can be counted.

    Attributes:
        name: what it is called, in the plural.
        rows: its rows as of now, or of the moment that the statement's parameter `as_of` gives (`past=True`). They have
            an `id`, a `programme`, whether it is `synthetic`, a `digest` that names their version, and whatever else
            the rules, dimensions, filters and measures look at.
        day: the columns with the earliest and the latest day on which a row can lie.
        dimensions: what figures can be broken down by, of the rows' columns.
        filters: what figures can be narrowed to.
        measures: what can be counted of it, by name.
        lists: what stands in the list behind a figure; the last word of the list's address.
        listed: the rows of that list, with an `id` and the days of `day`, as of now or of that moment.
        overlapping: the dimensions in which a row counts in several groups.
    """

    name: str
    rows: Callable[[bool], FromClause]
    day: tuple[str, str]
    dimensions: Mapping[Dimension, Callable[[Columns], ColumnElement[Any]]]
    filters: Mapping[str, Filter]
    measures: Mapping[str, Measure]
    lists: str
    listed: Callable[[bool], FromClause]
    overlapping: frozenset[Dimension] = frozenset()

    def within(self, c: Columns, first: Any, last: Any = None) -> ColumnElement[bool]:
        """Whether a row lies in a period; null for a fuzzy date that lies partly inside, and for none at all.

        `None` leaves a side open.
        """
        earliest, latest = (c[name] for name in self.day)
        return lies_within(earliest, latest, first, last)


def lies_within(
    earliest: ColumnElement[date], latest: ColumnElement[date], first: Any, last: Any = None
) -> ColumnElement[bool]:
    """Whether a day that is known as far as `earliest` and `latest` lies in a period; null where it may."""
    surely, surely_not = [], []
    if first is not None:
        surely.append(earliest >= first)
        surely_not.append(latest < first)
    if last is not None:
        surely.append(latest <= last)
        surely_not.append(earliest > last)
    inside: ColumnElement[bool] = surely[0] if len(surely) == 1 else surely[0] & surely[1]
    outside: ColumnElement[bool] = surely_not[0] if len(surely_not) == 1 else surely_not[0] | surely_not[1]
    return case((inside, True), (outside, False), else_=cast(null(), Boolean))


@dataclass(frozen=True, slots=True)
class Period:
    """Dates written so that they sort; null where a fuzzy date may lie in two of them."""

    pattern: str
    earliest: str
    latest: str

    def of(self, c: Columns) -> ColumnElement[Any]:
        first, last = (func.to_char(c[day], self.pattern) for day in (self.earliest, self.latest))
        return case((first == last, first), else_=cast(null(), Text))


def periods_of(day: tuple[str, str]) -> Mapping[Dimension, Callable[[Columns], ColumnElement[Any]]]:
    """Year, quarter and month of a subject's day."""
    patterns = {"year": "YYYY", "quarter": 'YYYY-"Q"Q', "month": "YYYY-MM"}
    return {name: Period(pattern, *day).of for name, pattern in patterns.items()}
