"""Which other records may tell of the same activity as one that is before somebody's eyes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from rapidfuzz import fuzz
from sqlmodel import col, func, or_, select

from services.registry.models import Activity, Registration
from services.registry.models.base import as_seen
from services.registry.sheets.likeness import Sighting, likeness, sighting
from shared.database import Session
from shared.identity import Actor

MOST_OFFERED = 3

_AROUND = timedelta(days=92)  # a plan that was moved by a season may stand in two lists
_ALIKE, _TITLES_ALIKE = 60, 85  # percent
_LOOKED_AT = 2000


@dataclass(frozen=True)
class Record:
    """A record of an activity as its reader may see it, and how many are registered in it, where that is for them."""

    activity: Activity
    people: int | None


async def records_alike(session: Session, activity: Activity, *, actor: Actor) -> Sequence[Record]:
    """The record itself, and after it those that are likeliest the same."""
    query = select(Activity).where(
        Activity.programme == activity.programme,
        col(Activity.status).in_(("planned", "confirmed", "held")),
        Activity.id != activity.id,
    )
    if activity.earliest is not None:
        near = col(Activity.day).between(activity.earliest - _AROUND, activity.earliest + _AROUND)
        query = query.where(or_(near, col(Activity.earliest).is_(None)))
    seen = _seen(activity)
    weighed = [(_weight(seen, _seen(other)), other) for other in await session.exec(query.limit(_LOOKED_AT))]
    best = sorted((each for each in weighed if each[0]), key=lambda each: (-each[0], str(each[1].id)))[:MOST_OFFERED]
    shown = [activity, *(other for _weight_of, other in best)]
    counted = select(Registration.activity_id, func.count()).group_by(col(Registration.activity_id))
    counted = counted.where(col(Registration.entered_by_mistake).is_(False))
    many = dict(
        (await session.exec(counted.where(col(Registration.activity_id).in_([each.id for each in shown])))).all()
    )
    return [Record(as_seen(each, actor), None if each.hidden_from(actor) else many.get(each.id, 0)) for each in shown]


def _seen(activity: Activity) -> Sighting[str]:
    return sighting(
        str(activity.id),
        titles=activity.title.values(),
        kind=activity.kind,
        countries=[activity.host_country, *activity.beneficiary_countries],
        starts=activity.starts,
        ends=activity.ends,
    )


def _weight(one: Sighting[str], other: Sighting[str]) -> int:
    """In percent; 0 for what is not worth showing. What was moved is known by its title alone."""
    alike = likeness(one, other)
    titles = round(max(fuzz.ratio(a, b) for a in one.titles for b in other.titles))
    return max(alike if alike >= _ALIKE else 0, titles - 10 if titles >= _TITLES_ALIKE else 0)
