"""Which rows belong to a figure, and which may: by all conditions of its rule, its filters and its period.

The rules of one subject that are asked together judge side by side, so that the facts are read once for all figures of
a page. What surely belongs to none of them is left out there.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import Boolean, ColumnElement, Date, FromClause, Text, and_, bindparam, cast, or_, select, true

from services.reporting.rules import Rule
from services.reporting.subjects import Subject
from services.reporting.subjects.subject import Columns, Condition, Conditions, Judged, Narrowing, Reason


@dataclass(frozen=True)
class _Judgement:
    """What a set of conditions says of a row."""

    belongs: ColumnElement[bool]
    unknown: Mapping[Reason, ColumnElement[bool]]


def judge(narrowing: Narrowing, rules: Iterable[Rule]) -> Mapping[str, Judged]:
    """The rows that belong to figures by these rules, or may; by rule."""
    judged: dict[str, Judged] = {}
    by_rows: dict[Callable[[bool], FromClause], list[Rule]] = {}
    for rule in rules:
        by_rows.setdefault(rule.subject.rows, []).append(rule)
    for same in by_rows.values():
        judged |= _side_by_side(narrowing, same)
    return judged


def _side_by_side(narrowing: Narrowing, rules: Sequence[Rule]) -> Mapping[str, Judged]:
    subject = rules[0].subject
    rows = subject.rows(narrowing.past)
    narrow = _narrow(narrowing, subject, rows.c)
    judgements = {
        conditions: _judgement([*conditions(rows.c), *narrow])
        for conditions in dict.fromkeys(rule.conditions for rule in rules)  # several rules count of the same
    }
    columns = _Columns(judgements)
    kept = (
        select(*rows.c, *columns.judged())
        .where(*(condition.holds for condition in narrow if not condition.unknown))
        .where(or_(*(judgement.belongs.is_not(False) for judgement in judgements.values())))
        .cte(f"judged_{subject.name}")
    )
    return {
        rule.id: Judged(rule.subject, rule.conditions, narrowing, kept, *columns.of(rule.conditions, kept))
        for rule in rules
    }


@dataclass(frozen=True)
class _Columns:
    """Under which names several judgements stand side by side."""

    judgements: Mapping[Conditions, _Judgement]

    def judged(self) -> list[ColumnElement[bool]]:
        return [
            column.label(f"{name}_{place}")
            for place, judgement in enumerate(self.judgements.values())
            for name, column in (("belongs", judgement.belongs), *judgement.unknown.items())
        ]

    def of(
        self, conditions: Conditions, kept: FromClause
    ) -> tuple[ColumnElement[bool], Mapping[Reason, ColumnElement[bool]]]:
        place = list(self.judgements).index(conditions)
        unknown = {reason: kept.c[f"{reason}_{place}"] for reason in self.judgements[conditions].unknown}
        return kept.c[f"belongs_{place}"], unknown


def _narrow(narrowing: Narrowing, subject: Subject, c: Columns) -> list[Condition]:
    """Filters and period; and what is made up for practice is never mixed with real records."""
    conditions = [subject.filters[name].condition(c, bindparam(name, type_=Text)) for name in narrowing.filters]
    if narrowing.first or narrowing.last:
        first, last = (bindparam(name, type_=Date) for name in ("first", "last"))
        within = subject.within(c, first if narrowing.first else None, last if narrowing.last else None)
        conditions.append(Condition(within, unknown="day"))
    if "programme" not in narrowing.filters:
        conditions.append(Condition(~c.synthetic))
    return conditions


def _judgement(conditions: Sequence[Condition]) -> _Judgement:
    uncertain = sorted((c for c in conditions if c.unknown), key=lambda c: str(c.unknown))
    by_reason = {reason: [c.holds for c in same] for reason, same in groupby(uncertain, key=lambda c: c.unknown)}
    return _Judgement(
        belongs=cast(and_(true(), *(condition.holds for condition in conditions)), Boolean),
        unknown={reason: and_(*same).is_(None) for reason, same in by_reason.items() if reason},
    )
