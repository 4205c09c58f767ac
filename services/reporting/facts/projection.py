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
    union,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert

from services.reporting.facts.counts import HELD, attendances_of, cells_of, firsts_of, newcomers_of, took_part
from services.reporting.facts.rows import rows_of
from services.reporting.facts.tables import (
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
from shared.database import Session

CHANGED = "facts"
"""The channel that is notified when facts have changed."""

Added = Mapping[Table, Sequence[Any]]
"""The keys of the aggregates of which a new version became known, by table."""

_ONE_AT_A_TIME = 0x66616374
_KEYS = any_(bindparam("keys", type_=ARRAY(Uuid)))


async def apply(session: Session, events: Sequence[Event]) -> None:
    """The listener's handler: make the facts include these events."""
    await hold(session)
    if await learn(session, events):
        await session.execute(select(func.pg_notify(CHANGED, "")))


async def hold(session: Session) -> None:
    """Until the transaction ends, nobody else changes the facts.

    Two batches at once could each count an activity's people without the registrations of the other. A rebuild takes
    the same lock to put its tables in the place of the live ones. And a batch is small beside the tables: PostgreSQL is
    told to use their keys, since before it has first gathered statistics it would read them whole, again and again.
    """
    by_key = (
        func.set_config("enable_seqscan", "off", True),
        func.set_config("plan_cache_mode", "force_custom_plan", True),
    )
    await session.execute(select(func.pg_advisory_xact_lock(_ONE_AT_A_TIME), *by_key))


async def learn(session: Session, events: Sequence[Event]) -> bool:
    """Record events and derive what follows from them. Whether anything was new."""
    added = await record(session, events)
    for table, keys in added.items():
        await supersede(session, table, keys)
    if registration in added:
        mine = select(registration.c.activity_id).where(registration.c.id == _KEYS)
        touched = await session.scalars(mine.distinct(), {"keys": added[registration]})
        await recount(session, touched.all())
    if registration in added or activity in added:
        await recognise(session, added)
    return bool(added)


async def derive_all(session: Session) -> None:
    """Count all people again, and find where each took part first."""
    await recount(session)
    await recognise(session)


async def record(session: Session, events: Iterable[Event]) -> Added:
    """Keep the states that are not known yet. The keys of the aggregates that got one, by table."""
    rows = rows_of(events)
    added = {}
    for table in VERSIONED:
        if new := rows.get(table):
            keys = await session.scalars(_INSERTS[table], {"rows": to_json(new).decode()})
            if found := sorted(set(keys)):
                added[table] = found
    return added


async def supersede(session: Session, table: Table, keys: Sequence[Any] | None = None) -> None:
    """Say of each version until when it was the newest one known; of these aggregates, or of all."""
    key, higher = key_of(table), table.alias("higher")
    above = (higher.c[key.name] == key) & (higher.c.version > table.c.version)
    until = select(func.min(higher.c.known_from)).where(above).scalar_subquery()
    statement = update(table).where(table.c.known_until.is_distinct_from(until)).values(known_until=until)
    if keys is not None:
        statement = statement.where(key == any_(bindparam("keys", type_=ARRAY(key.type))))
    await session.execute(
        statement.execution_options(synchronize_session=False), {} if keys is None else {"keys": keys}
    )


async def recount(session: Session, activities: Sequence[UUID] | None = None) -> None:
    """Count the people again from the registrations; of these activities, or of all."""
    now = select(registration).where(known_at(registration, None))
    if activities is not None:
        now = now.where(registration.c.activity_id == _KEYS)
    await _derive(session, cell, cells_of(now.subquery()), activities)
    await _derive(session, attendance, attendances_of(now.subquery()), activities)


async def recognise(session: Session, added: Added | None = None) -> None:
    """Find again where people took part first; those of whom these aggregates tell, or everybody.

    Few first attendances change. Only those are written, and newcomers counted again where one came or went.
    """
    if added is None:
        await _derive(session, first_attendance, _firsts())
        await _derive(session, newcomers, newcomers_of(first_attendance))
        return
    given = {"activities": added.get(activity, ()), "registrations": added.get(registration, ())}
    told_of = (await session.execute(_TOLD_OF, given)).all()
    if not told_of:
        return  # as with most of what happens before an activity is held
    people = {"programmes": [one.programme for one in told_of], "person_keys": [one.person_key for one in told_of]}
    if changed := (await session.scalars(_CHANGED_FIRSTS, people)).all():
        of_these = select(first_attendance).where(first_attendance.c.activity_id == _KEYS).subquery()
        await _derive(session, newcomers, newcomers_of(of_these), changed)


async def _derive(
    session: Session, table: Table, rows: Select[*tuple[object, ...]], activities: Sequence[UUID] | None = None
) -> None:
    """Put these rows in the place of what the table has; of these activities, or of all."""
    clear, given = delete(table), {}
    if activities is not None:
        clear, given = clear.where(table.c.activity_id == _KEYS), {"keys": activities}
    await session.execute(clear.execution_options(synchronize_session=False), given)
    await session.execute(insert(table).from_select([column.name for column in table.columns], rows), given)


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
    writes must not have the key of what it deletes: hence the key is the whole row. The persons are given as arrays,
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


_ACTIVITIES_NOW = select(activity).where(known_at(activity, None)).subquery("activity_now")
_TOLD_OF = _told_of()
_CHANGED_FIRSTS = _changed_firsts()


def _insert(table: Table) -> Any:
    """Insert rows given as one JSON array, and return the keys of those that were new.

    One statement for a batch of any length: row by row through the driver takes several times as long.
    """
    columns = [column for column in table.columns if column.name != "known_until"]
    rows = (
        func.jsonb_to_recordset(cast(bindparam("rows", type_=Text), JSONB))
        .table_valued(*(column(c.name, c.type) for c in columns), name="given")
        .render_derived(with_types=True)
    )
    names = [c.name for c in columns]
    return insert(table).from_select(names, select(rows)).on_conflict_do_nothing().returning(key_of(table))


_INSERTS = {table: _insert(table) for table in VERSIONED}
