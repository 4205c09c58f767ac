"""What those outside the house are told of people: for each activity a table that was released, and sums of these.

A table that is released is safe by itself, and beside every table of the same activity that was released before. All
that an outsider can ask is computed from these tables and from facts that hold no people. So no combination of
answers, filters, periods, lists or moments tells more than the tables do. ADR 0012 has the argument.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, Text, case, cast, false, func, null, true

from services.reporting.subjects.participants import OF_PARTICIPANTS, of_participants
from services.reporting.subjects.sources import sources
from services.reporting.subjects.subject import Columns, Dimension, Judged, Measure, key_column

NUMBER = ("number",)
SHARE = ("number", "women", "gender_known")

PROTECTED = 5
"""A number of people below this is not told, and none that would let it be computed more closely than this."""

HIDDEN = "hidden"
UNKNOWN = ""
Lines = Mapping[Dimension, Mapping[str, int]]
Released = Mapping[str, Any]


def release(people: int | None, lines: Lines, earlier: Sequence[Released]) -> Released | None:
    """The table of an activity that may be told after those that were told before; `None` if there is none.

    Args:
        people: how many took part.
        lines: by dimension and group, how many took part; each line adds up to `people`.
        earlier: what was released before.
    """
    if people is None or 0 < people < PROTECTED:
        return None
    if not all(_apart(people, known["people"]) for known in earlier):
        return None
    told = {name: _line(people, name, cells, earlier) for name, cells in lines.items()}
    table = {"people": people, **told}
    return None if earlier and table == earlier[-1] else table


def _line(people: int, name: Dimension, cells: Mapping[str, int], earlier: Sequence[Released]) -> Mapping[str, int]:
    """The groups of one dimension. Where they would tell how few changed since an earlier release, that one's stand as
    long as the number of people does, and are hidden as a whole after that.
    """
    covered = _covered(cells)
    shown = {key: n for key, n in cells.items() if n and key not in covered}
    rest = people - sum(shown.values())
    line = {**shown, **({HIDDEN: rest} if rest else {})}
    if all(_comparable(people, line, known["people"], known[name]) for known in earlier if name in known):
        return line
    same = (known[name] for known in reversed(earlier) if known["people"] == people and name in known)
    return next(same, {HIDDEN: people})


def _covered(cells: Mapping[str, int]) -> set[str]:
    """The small groups, and the next larger ones until those hidden are at least two, and five people."""
    covered = {key for key, n in cells.items() if 0 < n < PROTECTED}
    others = sorted((n, key) for key, n in cells.items() if n >= PROTECTED)
    while covered and others and (len(covered) < 2 or sum(cells[key] for key in covered) < PROTECTED):
        covered.add(others.pop(0)[1])
    return covered


def _comparable(people: int, line: Mapping[str, int], before: int, known: Mapping[str, int]) -> bool:
    """Whether two lines tell of no change of fewer than five people in a group, nor in the rest of them."""
    both = [key for key in {*line, *known} - {HIDDEN} if _shown(line, key) and _shown(known, key)]
    changes = [(line.get(key, 0), known.get(key, 0)) for key in both]
    rest = people - sum(now for now, _ in changes), before - sum(then for _, then in changes)
    return all(_apart(now, then) for now, then in (*changes, rest))


def _shown(line: Mapping[str, int], key: str) -> bool:
    """Whether a line tells the number of a group, be it none."""
    return key in line or HIDDEN not in line


def _apart(now: int, then: int) -> bool:
    return now == then or abs(now - then) >= PROTECTED


def _published(numbers: Sequence[str], judged: Judged, by: Sequence[Dimension]) -> Select[Any]:
    """The contributions of activities as they were released; null where nothing was."""
    r = sources(past=judged.narrowing.past).released
    of_activity = r.c.activity_id == judged.rows.c.id
    people = cast(r.c.numbers["people"].astext, Integer)
    if of_people := of_participants(by):
        (dimension,) = of_people
        line = func.jsonb_each_text(r.c.numbers[dimension]).table_valued("key", "value").lateral("line")
        group = func.nullif(line.c.key, UNKNOWN).label(key_column(dimension))
        number = cast(line.c.value, Integer)
        rows = judged.contributing(by, group, *_numbers(numbers, number, 0, 0))
        return rows.select_from(judged.rows.join(r, of_activity).join(line, true()))
    women, known = _women(people, r.c.numbers["gender"])
    return judged.contributing(by, *_numbers(numbers, people, women, known)).select_from(
        judged.rows.outerjoin(r, of_activity)
    )


def _women(people: ColumnElement[int], genders: Any) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """How many are women, and of how many that is known, where the activity's genders are told."""

    def number(key: str) -> ColumnElement[int]:
        return func.coalesce(cast(genders[key].astext, Integer), 0)

    told = genders.is_not(None) & ~genders.has_key(HIDDEN)
    return (
        case((told, number("female")), else_=0),
        case((told, people - number(UNKNOWN)), else_=0),
    )


def _numbers(names: Sequence[str], number: Any, women: Any, known: Any) -> list[ColumnElement[int]]:
    return [cast(n, Integer).label(name) for name, n in zip(names, (number, women, known), strict=False)]


def _untold(numbers: Sequence[str], judged: Judged, by: Sequence[Dimension]) -> Select[Any]:
    """Nothing of people, but of how many activities it is nothing."""
    keys = [cast(null(), Text).label(key_column(name)) for name in of_participants(by)]
    nothing = judged.contributing(by, *keys, *(cast(null(), Integer).label(name) for name in numbers))
    return nothing.where(false()) if keys else nothing


def _checks(_: Columns) -> Mapping[str, ColumnElement[int]]:
    return {}


RELEASED_HEADS = Measure(
    numbers=NUMBER,
    contributions=partial(_published, NUMBER),
    dimensions=tuple(OF_PARTICIPANTS),
    checks=_checks,
)
RELEASED_WOMEN = Measure(numbers=SHARE, contributions=partial(_published, SHARE), checks=_checks, is_share=True)
UNTOLD = Measure(numbers=NUMBER, contributions=partial(_untold, NUMBER), checks=_checks)
UNTOLD_SHARE = Measure(numbers=SHARE, contributions=partial(_untold, SHARE), checks=_checks, is_share=True)
