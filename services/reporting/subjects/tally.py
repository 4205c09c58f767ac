"""Head counts and names as one truth: who is known by name, and the rest of the head count.

What is told is never taken back: an activity of 30 with 12 women keeps 12 women when one man is entered by name. Each
number told, by head count or by names, is what there is at least; the activity has the least number of people that
holds all of them. Where that is more than an exact head count says, or where the names alone are more than it says of
women or of a country, the two contradict each other: both stand, and the activity is named, so that a person can settle
it.
"""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Text,
    case,
    cast,
    false,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)

from services.reporting.subjects import activities
from services.reporting.subjects.sources import sources
from services.reporting.subjects.subject import Columns


def rows(past: bool) -> FromClause:
    """Activities with how many people each had: `people`, null where nothing is told; `women` among them, and `known`,
    of how many it is known whether they are; how many are `located` in a country, null where the head count tells of
    none; and whether head count and names are `contradictory`.
    """
    held = activities.rows(past)
    a = held.c
    country = countries(held, past=past)
    overfull = func.coalesce(func.bool_or(country.c.named > country.c.told), false())
    place = select(func.sum(country.c.people).label("located"), overfull.label("overfull")).lateral("place")
    women = func.greatest(a.headcount_women, a.registered_women)
    others = func.coalesce(a.registered_gender_known - a.registered_women, 0)
    split = a.headcount_women.is_not(None)
    people = func.greatest(a.headcount, a.registered, case((split, women + others), else_=null()), place.c.located)
    summed = (
        select(
            *a,
            people.label("people"),
            case((split, women), else_=func.coalesce(a.registered_women, 0)).label("women"),
            func.coalesce(a.registered, 0).label("named"),
            func.coalesce(a.registered_women, 0).label("named_women"),
            others.label("named_others"),
            *place.c,
        )
        .select_from(held.join(place, true()))
        .cte("summed")
    )
    t = summed.c
    known = case((t.headcount_women.is_not(None), t.people), else_=t.named_women + t.named_others)
    exact = t.headcount.is_not(None) & ~t.imprecise
    contradictory = exact & or_(t.people > t.headcount, t.named_women > t.headcount_women, t.overfull)
    return select(*t, known.label("known"), func.coalesce(contradictory, false()).label("contradictory")).cte("tallied")


def countries(rows: FromClause, *, past: bool) -> FromClause:
    """By country: how many the head count tells, how many are named, how many there are at least, and what is known of
    the named; where the head count of the activity tells of countries.
    """
    c = sources(past=past).cells.c
    told = func.jsonb_each_text(rows.c.headcount_by_country).table_valued("key", "value", name="told")
    nothing = _three(null(), null(), null())
    by_headcount = select(told.c.key.label("country"), cast(told.c.value, Integer).label("told"), *nothing)
    women, known = (case((which, c.people), else_=0) for which in (c.gender == "female", c.gender.is_not(None)))
    by_name = select(c.country, cast(null(), Integer), *_three(c.people, women, known)).where(
        c.activity_id == rows.c.id, c.country.is_not(None), tells_countries(rows.c)
    )
    both = union_all(by_headcount.select_from(told), by_name.correlate(rows)).lateral("of_country").c
    of_headcount, named = func.max(both.told), func.coalesce(func.sum(both.named), 0)
    return (
        select(
            both.country,
            of_headcount.label("told"),
            named.label("named"),
            func.greatest(of_headcount, named).label("people"),
            func.coalesce(func.sum(both.women), 0).label("women"),
            func.coalesce(func.sum(both.known), 0).label("known"),
        )
        .group_by(both.country)
        .lateral("country")
    )


def _three(named: Any, women: Any, known: Any) -> list[ColumnElement[Any]]:
    return [cast(n, Integer).label(name) for n, name in ((named, "named"), (women, "women"), (known, "known"))]


def tells_countries(a: Columns) -> ColumnElement[bool]:
    return func.coalesce(cast(a.headcount_by_country, Text), literal("{}")) != "{}"
