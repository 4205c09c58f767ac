"""Telling those outside the house of people: the tables of activities are released once they have settled.

A table is looked at when nothing about its activity was recorded for a while, so that a list that is just being entered
is released whole and not in pieces. What was released is never changed: the next table stands beside it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, any_, bindparam, func, insert, select, true, union, update
from sqlalchemy.dialects.postgresql import ARRAY

from services.reporting.facts.counts import HELD
from services.reporting.facts.projection import CHANGED
from services.reporting.facts.tables import activity, known_at, registration, released
from services.reporting.rules.participants import PARTICIPANTS_V2
from services.reporting.subjects.activities import held
from services.reporting.subjects.participants import NOT_FEMALE, OF_PARTICIPANTS
from services.reporting.subjects.released import UNKNOWN, Released, release
from services.reporting.subjects.subject import Dimension, Judged, Narrowing, key_column
from shared.database import Database, Session

SETTLED_AFTER = timedelta(minutes=10)
_LATE = timedelta(days=1)
_ONE_AT_A_TIME = 0x72656C65


class Releases:
    """Releases what has settled since it looked last."""

    def __init__(self, database: Database, settled_after: timedelta = SETTLED_AFTER) -> None:
        self._database = database
        self._settled_after = settled_after
        self._looked_at: datetime | None = None

    async def release(self, now: datetime) -> int:
        """Release what may be told of activities that have settled. How many tables were released."""
        settled = now - self._settled_after
        since = self._looked_at - _LATE if self._looked_at else None
        async with self._database.transaction() as session:
            await session.execute(select(func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))
            number = await release_all(session, await _changed(session, since, settled), now)
        self._looked_at = settled
        return number


async def release_all(session: Session, activities: Sequence[UUID], now: datetime) -> int:
    """Release the tables of these activities, where they may be told. How many were."""
    if not activities:
        return 0
    people, lines = await _counted(session, activities)
    earlier = await _earlier(session, activities)
    tables = {
        key: table
        for key, number in people.items()
        if (table := release(number, lines[key], earlier.get(key, ()))) is not None
    }
    if tables:
        await session.execute(_SUPERSEDE, {"keys": list(tables), "now": now})
        rows = [{"activity_id": key, "known_from": now, "numbers": table} for key, table in tables.items()]
        await session.execute(insert(released), rows)
        await session.execute(select(func.pg_notify(CHANGED, "")))
    return len(tables)


async def _changed(session: Session, since: datetime | None, settled: datetime) -> Sequence[UUID]:
    """Activities of which something was recorded since then, and nothing after they settled."""
    a, r = activity.c, registration.c
    moments = union(
        select(a.id, a.known_from).where(known_at(activity, None)),
        select(r.activity_id, r.known_from).where(known_at(registration, None)),
    ).subquery()
    last = func.max(moments.c.known_from)
    found = select(moments.c.id).group_by(moments.c.id).having(last <= settled)
    if since:
        found = found.having(last > since)
    return (await session.scalars(found)).all()


async def _counted(
    session: Session, activities: Sequence[UUID]
) -> tuple[Mapping[UUID, int | None], Mapping[UUID, Mapping[Dimension, Mapping[str, int]]]]:
    people: dict[UUID, int | None] = {}
    lines: dict[UUID, dict[Dimension, dict[str, int]]] = defaultdict(lambda: {name: {} for name in OF_PARTICIPANTS})
    for name, statement in _COUNTS.items():
        for row in await session.execute(statement, {"keys": list(activities)}):
            if name is None:
                people[row.of] = row.number
            elif row.number:
                group = _coarse(name, row.group)
                lines[row.of][name][group] = lines[row.of][name].get(group, 0) + row.number
    return people, lines


def _coarse(dimension: Dimension, group: str | None) -> str:
    """Outside, genders are women and not women: names and head counts tell both."""
    if group is None:
        return UNKNOWN
    return NOT_FEMALE if dimension == "gender" and group != "female" else group


async def _earlier(session: Session, activities: Sequence[UUID]) -> Mapping[UUID, Sequence[Released]]:
    found = select(released.c.activity_id, released.c.numbers).where(released.c.activity_id == _KEYS)
    earlier: dict[UUID, list[Released]] = defaultdict(list)
    for row in await session.execute(found.order_by(released.c.known_from), {"keys": list(activities)}):
        earlier[row.activity_id].append(row.numbers)
    return earlier


_KEYS = any_(bindparam("keys", type_=ARRAY(Uuid)))
_SUPERSEDE = (
    update(released)
    .where(released.c.activity_id == _KEYS, released.c.known_until.is_(None))
    .values(known_until=bindparam("now", type_=released.c.known_from.type))
)


def _count(dimension: Dimension | None) -> Select[Any]:
    """How many took part in these activities, by activity and group."""
    rows = PARTICIPANTS_V2.subject.rows(False)
    kept = select(*rows.c, true().label("belongs")).where(rows.c.status == HELD, rows.c.id == _KEYS).cte("settled")
    judged = Judged(PARTICIPANTS_V2.subject, held, Narrowing(), kept, kept.c.belongs, {})
    by = [dimension] if dimension else []
    c = PARTICIPANTS_V2.counting.contributions(judged, by).subquery("contribution").c
    groups = [c[key_column(name)].label("group") for name in by]
    return select(c.of, *groups, func.sum(c.number).label("number")).group_by(c.of, *groups)


_COUNTS = {name: _count(name) for name in (None, *OF_PARTICIPANTS)}
