"""Event → facts: whatever the order, and however often, the same events leave the same facts.

Each state is inserted under its aggregate's id and version, and a row that is there already stays. What follows from
the rows (how long a version was the newest, how many people an activity has) is derived again for whatever a batch
touches, from all that is known; so nothing depends on what came first. A missing version is no error: every event
carries the whole state, and the highest version is the truth.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy import Table, Text, Uuid, any_, bindparam, cast, column, delete, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert

from services.reporting.facts.counts import attendances_of, cells_of
from services.reporting.facts.rows import FACTS, Row, row_of
from services.reporting.facts.tables import VERSIONED, attendance, cell, key_of, known_at, registration
from shared.contracts import Event
from shared.database import Session

CHANGED = "facts"
"""The channel that is notified when facts have changed."""

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
    return bool(added)


async def record(session: Session, events: Iterable[Event]) -> Mapping[Table, Sequence[Any]]:
    """Keep the states that are not known yet. The keys of the aggregates that got one, by table."""
    rows: dict[Table, list[Row]] = defaultdict(list)
    for event in events:
        rows[FACTS[event.topic.name].table].append(row_of(event))
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
    given = {} if activities is None else {"keys": activities}
    for table, rows_of in ((cell, cells_of), (attendance, attendances_of)):
        clear, current = delete(table), now
        if activities is not None:
            clear = clear.where(table.c.activity_id == _KEYS)
            current = current.where(registration.c.activity_id == _KEYS)
        await session.execute(clear.execution_options(synchronize_session=False), given)
        names = [column.name for column in table.columns]
        await session.execute(insert(table).from_select(names, rows_of(current.subquery())), given)


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
