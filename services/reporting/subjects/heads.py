"""How many took part, and how many of them are women: head counts and names as the first versions of the rules add
them up. The larger number is the truth, and who is registered decides alone on genders and countries.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Text,
    case,
    cast,
    func,
    literal,
    null,
    select,
    true,
    union_all,
)

from services.reporting.facts.counts import took_part
from services.reporting.subjects.participants import (
    NOT_FEMALE,
    OF_PARTICIPANTS,
    group_of,
    of_participants,
    with_organisations,
)
from services.reporting.subjects.released import NUMBER, SHARE, UNTOLD, UNTOLD_SHARE
from services.reporting.subjects.sources import sources
from services.reporting.subjects.subject import Columns, Dimension, Judged, Measure


def checks(a: Columns) -> Mapping[str, ColumnElement[int]]:
    """How many people have no name, how many head counts are imprecise, and how many activities tell nothing."""
    unnamed = func.greatest(func.coalesce(a.headcount, 0) - func.coalesce(a.registered, 0), 0)
    return {
        "unnamed": unnamed,
        "imprecise": case((a.imprecise, 1), else_=0),
        "silent": case((a.headcount.is_(None) & a.registered.is_(None), 1), else_=0),
    }


def _heads(numbers: Sequence[str], judged: Judged, by: Sequence[Dimension]) -> Select[Any]:
    a, of_people = judged.rows.c, of_participants(by)
    if of_people:
        return select(
            union_all(_named(numbers, judged, by), *_unnamed(numbers, judged, by)).subquery("named_and_unnamed")
        )
    only_numbers = a.registered.is_(None)
    people = func.greatest(func.coalesce(a.registered, 0), func.coalesce(a.headcount, 0))
    women = case((only_numbers, func.coalesce(a.headcount_women, 0)), else_=a.registered_women)
    known = case((only_numbers, _told_by_headcount(a)), else_=a.registered_gender_known)
    return judged.contributing(by, *_numbers(numbers, people, women, known))


def _numbers(names: Sequence[str], people: Any, women: Any, known: Any) -> list[ColumnElement[int]]:
    """What is summed, of the people and of those among them who are, and are known to be or not to be, women."""
    return [cast(n, Integer).label(name) for name, n in zip(names, (people, women, known), strict=False)]


def _named(numbers: Sequence[str], judged: Judged, by: Sequence[Dimension]) -> Select[Any]:
    """Those who are registered as having attended; one by one, if cells do not tell them apart."""
    facts, of_people = sources(past=judged.narrowing.past), of_participants(by)
    cells, r = facts.cells, facts.registrations
    if "organisation" in of_people:
        cells = select(*r.c, literal(1).label("people")).where(took_part(r)).subquery("cell")
    c = cells.c
    women, known = (case((which, c.people), else_=0) for which in (c.gender == "female", c.gender.is_not(None)))
    groups = [group_of(facts, name, cells) for name in of_people]
    return (
        select(*judged.place(by), *groups, *_numbers(numbers, c.people, women, known))
        .select_from(judged.rows.join(with_organisations(cells, facts, of_people), c.activity_id == judged.rows.c.id))
        .where(judged.candidates)
    )


def _unnamed(numbers: Sequence[str], judged: Judged, by: Sequence[Dimension]) -> list[Select[Any]]:
    """What a head count tells beyond the registrations: numbers, known by gender or by country, never by both."""
    a, of_people = judged.rows.c, of_participants(by)
    only_numbers = a.registered.is_(None)
    rest = func.greatest(func.coalesce(a.headcount, 0) - func.coalesce(a.registered, 0), 0)

    def rows(number: Any, group: Any = None, women: Any = 0, known: Any = 0) -> Select[Any]:
        keys = [cast(null() if group is None else group, Text) for _ in of_people]
        return judged.contributing(by, *keys, *_numbers(numbers, number, women, known))

    if of_people == ["gender"]:
        told = only_numbers & a.headcount_women.is_not(None)
        return [
            rows(a.headcount_women, literal("female")).where(told, a.headcount_women > 0),
            rows(a.headcount - a.headcount_women, literal(NOT_FEMALE)).where(told, a.headcount > a.headcount_women),
            rows(rest).where(~told, rest > 0),
        ]
    if of_people == ["participant-country"]:
        by_country = func.jsonb_each_text(a.headcount_by_country).table_valued("key", "value").lateral("of_country")
        people = cast(by_country.c.value, Integer)
        located = select(func.coalesce(func.sum(people), 0)).select_from(by_country).scalar_subquery()
        elsewhere = rest - case((only_numbers, located), else_=0)
        return [
            rows(people, by_country.c.key)
            .select_from(judged.rows.join(by_country, true()))
            .where(only_numbers, people > 0),
            rows(elsewhere).where(elsewhere > 0),
        ]
    women = case((only_numbers, func.coalesce(a.headcount_women, 0)), else_=0)
    known = case((only_numbers, _told_by_headcount(a)), else_=0)
    return [rows(rest, None, women, known).where(rest > 0)]


def _told_by_headcount(a: Columns) -> ColumnElement[int]:
    """Of how many people a head count tells whether they are women."""
    return case((a.headcount_women.is_not(None), a.headcount), else_=0)


HEADS_V1 = Measure(
    numbers=NUMBER,
    contributions=partial(_heads, NUMBER),
    dimensions=tuple(OF_PARTICIPANTS),
    checks=checks,
    outside=UNTOLD,
)

WOMEN_V1 = Measure(
    numbers=SHARE,
    contributions=partial(_heads, SHARE),
    dimensions=tuple(name for name in OF_PARTICIPANTS if name != "gender"),
    checks=checks,
    is_share=True,
    outside=UNTOLD_SHARE,
)
