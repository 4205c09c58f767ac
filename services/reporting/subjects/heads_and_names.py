"""How many took part, and how many of them are women, where head counts and names are one truth (see `tally`).

By gender and by country a head count is known each for itself, and never by both at once: there, those without a name
stand under what is not known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    case,
    cast,
    literal,
    null,
    select,
    true,
    union_all,
)

from services.reporting.facts.counts import took_part
from services.reporting.subjects import people
from services.reporting.subjects.participants import (
    NOT_FEMALE,
    OF_PARTICIPANTS,
    group_of,
    of_participants,
    with_organisations,
)
from services.reporting.subjects.released import NUMBER, RELEASED_HEADS, RELEASED_WOMEN, SHARE
from services.reporting.subjects.sources import sources
from services.reporting.subjects.subject import Columns, Dimension, Judged, Measure
from services.reporting.subjects.tally import countries


def _heads(numbers: Sequence[str], judged: Judged, by: Sequence[Dimension]) -> Select[Any]:
    match of_participants(by):
        case []:
            t = judged.rows.c
            return judged.contributing(by, *_numbers(numbers, t.people, t.women, t.known))
        case ["gender"]:
            parts = _by_gender(numbers, judged, by)
        case ["participant-country"]:
            parts = _by_country(numbers, judged, by)
        case _:
            parts = [_named(numbers, judged, by), _rest(numbers, judged, by)]
    return select(union_all(*parts).subquery("part"))


def _numbers(names: Sequence[str], number: Any, women: Any, known: Any) -> list[ColumnElement[int]]:
    """What is summed, of the people and of those among them who are, and are known to be or not to be, women."""
    return [cast(n, Integer).label(name) for name, n in zip(names, (number, women, known), strict=False)]


def _by_gender(numbers: Sequence[str], judged: Judged, by: Sequence[Dimension]) -> list[Select[Any]]:
    """Where a head count tells of its women, the named of unknown gender are among those it tells of."""
    t = judged.rows.c
    split = t.headcount_women.is_not(None)
    others = t.people - t.women - t.named_others
    rest = t.people - t.named
    cell = sources(past=judged.narrowing.past).cells.c
    return [
        _named(numbers, judged, by).where(~split | (cell.gender != "female")),
        _told(numbers, judged, by, t.women, group=literal("female")).where(split, t.women > 0),
        _told(numbers, judged, by, others, group=literal(NOT_FEMALE)).where(split, others > 0),
        _told(numbers, judged, by, rest).where(~split, rest > 0),
    ]


def _by_country(numbers: Sequence[str], judged: Judged, by: Sequence[Dimension]) -> list[Select[Any]]:
    """Where a head count tells of countries, the named of unknown country are among those it tells of."""
    t = judged.rows.c
    country = countries(judged.rows, past=judged.narrowing.past)
    c = country.c
    told = t.located.is_not(None)
    elsewhere = t.people - t.located
    named = _named(numbers, judged, by).where(~told)
    located = (
        select(*judged.place(by), cast(c.country, Text), *_numbers(numbers, c.people, c.women, c.known))
        .select_from(judged.rows.join(country, true()))
        .where(judged.candidates, told, c.people > 0)
    )
    return [
        named,
        located,
        _told(numbers, judged, by, elsewhere).where(told, elsewhere > 0),
        _rest(numbers, judged, by).where(~told),
    ]


def _named(numbers: Sequence[str], judged: Judged, by: Sequence[Dimension]) -> Select[Any]:
    """Those who are registered as having attended; one by one, if cells do not tell them apart."""
    facts, of_people = sources(past=judged.narrowing.past), of_participants(by)
    cells, r = facts.cells, facts.registrations
    if "organisation" in of_people:
        cells = select(*r.c, literal(1).label("people")).where(took_part(r)).subquery("cell")
    c = cells.c
    women, known = (case((which, c.people), else_=0) for which in (c.gender == "female", c.gender.is_not(None)))
    groups = [group_of(facts, name, cells) for name in of_people]
    with_people = judged.rows.join(with_organisations(cells, facts, of_people), c.activity_id == judged.rows.c.id)
    return (
        select(*judged.place(by), *groups, *_numbers(numbers, c.people, women, known))
        .select_from(with_people)
        .where(judged.candidates)
    )


def _rest(numbers: Sequence[str], judged: Judged, by: Sequence[Dimension]) -> Select[Any]:
    """Those without a name. How many of them are women is known where every named person's gender is."""
    t = judged.rows.c
    rest = t.people - t.named
    apart = and_(
        t.headcount_women.is_not(None),
        t.named == t.named_women + t.named_others,
        t.located.is_(None) if "participant-country" in by else true(),
    )
    women = case((apart, t.women - t.named_women), else_=0)
    return _told(numbers, judged, by, rest, women=women, known=case((apart, rest), else_=0)).where(rest > 0)


def _told(
    numbers: Sequence[str],
    judged: Judged,
    by: Sequence[Dimension],
    number: Any,
    *,
    group: Any = None,
    women: Any = 0,
    known: Any = 0,
) -> Select[Any]:
    """Numbers of an activity, in a group or in that of what is not known."""
    keys = [cast(null() if group is None else group, Text) for _ in of_participants(by)]
    return judged.contributing(by, *keys, *_numbers(numbers, number, women, known))


def _checks(t: Columns) -> Mapping[str, ColumnElement[int]]:
    return {
        "unnamed": t.people - t.named,
        "imprecise": case((t.imprecise, 1), else_=0),
        "silent": case((t.people.is_(None), 1), else_=0),
        "contradictory": case((t.contradictory, 1), else_=0),
    }


HEADS_V2 = Measure(
    numbers=NUMBER,
    contributions=partial(_heads, NUMBER),
    dimensions=tuple(OF_PARTICIPANTS),
    checks=_checks,
    outside=RELEASED_HEADS,
)

WOMEN_V2 = replace(
    HEADS_V2,
    numbers=SHARE,
    contributions=partial(_heads, SHARE),
    dimensions=tuple(name for name in OF_PARTICIPANTS if name != "gender"),
    is_share=True,
    outside=RELEASED_WOMEN,
)

PEOPLE_V2 = replace(people.PEOPLE_V1, checks=_checks, hollow=("unnamed", "silent"))
