"""Event → facts: whatever the order, and however often, the same events leave the same facts.

Each state is inserted under its aggregate's id and version, and a row that is there already stays. What follows from
the rows (how long a version was the newest, how many people an activity has) is derived again for whatever a batch
touches, from all that is known; so nothing depends on what came first. A missing version is no error: every event
carries the whole state, and the highest version is the truth.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    FromClause,
    Select,
    Table,
    Text,
    Update,
    Uuid,
    and_,
    any_,
    bindparam,
    cast,
    column,
    delete,
    exists,
    func,
    select,
    text,
    union,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, Insert, insert

from services.reporting.facts.counts import HELD, attendances_of, cells_of, firsts_of, newcomers_of, took_part
from services.reporting.facts.rows import rows_of
from services.reporting.facts.tables import (
    SCHEMA,
    VERSIONED,
    activity,
    attendance,
    cell,
    first_attendance,
    key_of,
    known_at,
    newcomers,
    registration,
)
from shared.contracts import Event
from shared.database import Session, given

CHANGED = "facts"
"""The channel that is notified when facts have changed."""

Added = Mapping[Table, Sequence[Any]]
"""The keys of the aggregates of which a new version became known, by table."""

_ONE_AT_A_TIME = 0x66616374
_MANY = 500  # events in a batch: so many come together only from a backlog
_KEYS = any_(bindparam("keys", type_=ARRAY(Uuid)))


async def apply(session: Session, events: Sequence[Event]) -> None:
    """The listener's handler: make the facts include these events."""
    await hold(session)
    if len(events) >= _MANY:
        await look_again(session)
    if await learn(session, events):
        await session.execute(_TELL)


async def hold(session: Session) -> None:
    """Until the transaction ends, nobody else changes the facts.

    Two batches at once could each count an activity's people without the registrations of the other. A rebuild takes
    the same lock to put its tables in the place of the live ones. And a batch is small beside the tables: PostgreSQL is
    told to use their keys, since before it has first gathered statistics it would read them whole, again and again.
    """
    await session.execute(_HOLD)


async def look_again(session: Session) -> None:
    """Let PostgreSQL gather statistics of the tables that have doubled since it looked at them last.

    By itself it looks once a minute. A backlog fills empty tables in less, with plans that were made for empty tables:
    they take twice the processor time.
    """
    for table in (await session.scalars(_DOUBLED)).all():
        await session.execute(text(f"ANALYZE {table}"))


async def learn(session: Session, events: Sequence[Event]) -> bool:
    """Record events and derive what follows from them. Whether anything was new."""
    added = await record(session, events)
    if registration in added:
        await recount(session, added[registration])
    if registration in added or activity in added:
        await recognise(session, added)
    return bool(added)


async def derive_all(session: Session) -> None:
    """Fill the tables of what follows from the rows; they are empty yet."""
    now = select(registration).where(known_at(registration, None)).subquery()
    derived = {
        cell: cells_of(now),
        attendance: attendances_of(now),
        first_attendance: _firsts(),
        newcomers: newcomers_of(first_attendance),
    }
    for table, rows in derived.items():
        await session.execute(insert(table).from_select(table.columns.keys(), rows))


async def record(session: Session, events: Iterable[Event]) -> Added:
    """Keep the states that are not known yet, and say until when each was the newest. The keys of those that were."""
    rows = rows_of(events)
    added = {}
    for table in VERSIONED:
        if given := rows.get(table):
            new = (await session.execute(_INSERTS[table], {"rows": to_json(given).decode()})).all()
            if new:
                added[table] = [key for key, _ in new]
            if several := [key for key, one_of_several in new if one_of_several]:
                await supersede(session, table, several)
    return added


async def supersede(session: Session, table: Table, keys: Sequence[Any] | None = None) -> None:
    """Say of each version until when it was the newest one known; of these aggregates, or of all."""
    if keys is None:
        await session.execute(_superseded(table))
    else:
        await session.execute(_SUPERSEDE[table], {"keys": keys})


async def recount(session: Session, registrations: Sequence[UUID]) -> None:
    """Count the people again of the activities that these registrations are or were for."""
    await session.execute(_RECOUNT, {"keys": registrations})


async def recognise(session: Session, added: Added) -> None:
    """Find again where people took part first, for the people in these aggregates.

    Few first attendances change. Only those are written, and newcomers counted again where one came or went.
    """
    given = {"activities": added.get(activity, ()), "registrations": added.get(registration, ())}
    told_of = (await session.execute(_TOLD_OF, given)).all()
    if not told_of:
        return  # as with most of what happens before an activity is held
    people = {"programmes": [one.programme for one in told_of], "person_keys": [one.person_key for one in told_of]}
    if changed := (await session.scalars(_CHANGED_FIRSTS, people)).all():
        await session.execute(_WELCOME, {"keys": changed})


def _firsts(persons: FromClause | None = None) -> Select[*tuple[object, ...]]:
    """First attendances as they follow from what is known now; of these persons, or of all."""
    r = select(registration).where(known_at(registration, None))
    if persons is not None:
        r = r.join(persons, _same(persons, registration, "programme", "person_key"))
    return firsts_of(_ACTIVITIES_NOW, r.subquery("of_person"))


def _told_of() -> CompoundSelect[str, str]:
    """Whose first attendances may change: who takes part in one of these activities, or did so first; and who takes or
    took part, by one of these registrations, in an activity that was held.
    """
    r, f = registration.c, first_attendance.c
    activities, registrations = (any_(bindparam(name, type_=ARRAY(Uuid))) for name in ("activities", "registrations"))
    person = select(r.programme, r.person_key).where(took_part(registration))
    a = _ACTIVITIES_NOW.c
    by_registration = person.join(_ACTIVITIES_NOW, (a.id == r.activity_id) & (a.status == HELD))
    return union(
        person.where(known_at(registration, None), r.activity_id == activities),
        select(f.programme, f.person_key).where(f.activity_id == activities),
        by_registration.where(r.id == registrations),
    )


def _changed_firsts() -> CompoundSelect[UUID]:
    """Write first attendances that are new, delete those that are no longer such; the activities of both.

    All in one statement, since to find them is what takes time. It sees the table as it was before, so that what it
    writes must not have the key of what it deletes, so the key is the whole row. The persons are given as arrays,
    whose length the planner knows.
    """
    given = (bindparam(name, type_=ARRAY(Text)) for name in ("programmes", "person_keys"))
    named = (
        func.unnest(*given)
        .table_valued(column("programme", Text), column("person_key", Text), name="given")
        .render_derived()
    )
    persons = select(named).cte("person")
    now = _firsts(persons).cte("now")
    names = [column.name for column in first_attendance.columns]
    still = exists().where(_same(now, first_attendance, *names))
    mine = _same(persons, first_attendance, "programme", "person_key")
    gone = delete(first_attendance).where(mine, ~still).returning(first_attendance.c.activity_id).cte("gone")
    came = insert(first_attendance).from_select(names, select(now)).on_conflict_do_nothing()
    come = came.returning(first_attendance.c.activity_id).cte("came")
    return union(select(gone.c.activity_id), select(come.c.activity_id))


def _same(rows: FromClause, others: FromClause, *names: str) -> ColumnElement[bool]:
    return and_(*(rows.c[name] == others.c[name] for name in names))


def _recount() -> Insert:
    """Count cells and attendances of all activities that one of these registrations, in any version, is for."""
    mine = select(registration.c.activity_id).where(registration.c.id == _KEYS).distinct()
    touched = select(func.array(mine.scalar_subquery(), type_=ARRAY(Uuid)).label("activities")).cte("touched")
    of_these = any_(cast(select(touched.c.activities).scalar_subquery(), ARRAY(Uuid)))  # as an array, for the index
    now = select(registration).where(known_at(registration, None), registration.c.activity_id == of_these).cte("now")
    gone = delete(cell).where(cell.c.activity_id == of_these).cte("gone_cell")
    come = insert(cell).from_select(cell.columns.keys(), cells_of(now)).cte("come_cell")
    return _replace(attendance, attendances_of(now), of_these).add_cte(gone, come)


def _replace(table: Table, rows: Select[*tuple[object, ...]], of_these: ColumnElement[Any]) -> Insert:
    """Put these rows in the place of what the table has of these activities.

    All in one statement, which sees the table as it was before: so what stays must be changed, and not deleted first.
    """
    come = rows.cte(f"come_{table.name}")
    stays = exists().where(come.c.activity_id == table.c.activity_id)
    gone = delete(table).where(table.c.activity_id == of_these, ~stays).cte(f"gone_{table.name}")
    statement = insert(table).from_select(table.columns.keys(), select(come)).add_cte(gone)
    values = {column.name: statement.excluded[column.name] for column in table.columns if not column.primary_key}
    return statement.on_conflict_do_update(index_elements=table.primary_key, set_=values)


def _superseded(table: Table) -> Update:
    key, higher = key_of(table), table.alias("higher")
    above = (higher.c[key.name] == key) & (higher.c.version > table.c.version)
    until = select(func.min(higher.c.known_from)).where(above).scalar_subquery()
    return update(table).where(table.c.known_until.is_distinct_from(until)).values(known_until=until)


_HOLD = select(
    func.pg_advisory_xact_lock(_ONE_AT_A_TIME),
    func.set_config("enable_seqscan", "off", True),
    func.set_config("plan_cache_mode", "force_custom_plan", True),
)
_DOUBLED = text(
    "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relnamespace = to_regnamespace(:schema)"
    " AND pg_relation_size(oid) > 2 * greatest(relpages, 4) * current_setting('block_size')::bigint"
).bindparams(schema=SCHEMA)
_TELL = select(func.pg_notify(CHANGED, ""))
_ACTIVITIES_NOW = select(activity).where(known_at(activity, None)).subquery("activity_now")
_TOLD_OF = _told_of()
_CHANGED_FIRSTS = _changed_firsts()
_RECOUNT = _recount()
_WELCOME = _replace(
    newcomers,
    newcomers_of(select(first_attendance).where(first_attendance.c.activity_id == _KEYS).subquery()),
    _KEYS,
)


def _insert(table: Table) -> Select[Any, bool]:
    """Insert the rows that are given. The keys of those that were new, and whether another of that key is known."""
    columns = [column for column in table.columns if column.name != "known_until"]
    insertion = insert(table).from_select([c.name for c in columns], given(columns)).on_conflict_do_nothing()
    new = insertion.returning(key_of(table).label("key"), table.c.version).cte("new")
    other = exists().where(key_of(table) == new.c.key, table.c.version != new.c.version)
    return select(new.c.key, func.bool_or(other) | (func.count() > 1)).group_by(new.c.key)


_INSERTS = {table: _insert(table) for table in VERSIONED}
_SUPERSEDE = {
    table: _superseded(table).where(key_of(table) == any_(bindparam("keys", type_=ARRAY(key_of(table).type))))
    for table in VERSIONED
}
