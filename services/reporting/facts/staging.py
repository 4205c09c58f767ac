"""Facts that are built beside the live ones from the whole history: to see whether those are right, or to replace them.

Nothing of this is seen by readers until the tables change places, in one moment and under the lock that the projection
takes. Events are only heaped up at first; the heaps are sorted out, and what follows from the rows is derived, once at
the end: so a million events take a time that grows with their number and no faster.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Literal, Protocol

import asyncpg
from pydantic_core import from_json, to_json
from sqlalchemy import MetaData, Select, Table, exists, func, insert, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.schema import CreateIndex, CreateTable

from services.reporting.facts import projection
from services.reporting.facts.digest import Difference, differences, facts_hash, in_schema
from services.reporting.facts.rows import rows_of
from services.reporting.facts.tables import FACTS, SCHEMA, VERSIONED, key_of
from shared.contracts import Event
from shared.database import Database, Session
from shared.errors import DomainError
from shared.garbage import gc_less_often

Purpose = Literal["facts_check", "facts_next"]
_REPLACED = "facts_replaced"


class History(Protocol):
    """All events there ever were, as far back as the journal or Kafka still keeps them."""

    complete: bool
    """Whether it has every version; a compacted topic has the latest only."""

    def unread(self) -> AsyncIterator[Sequence[Event]]:
        """What has come since it was read last, in batches; the first time, everything.

        What it has given up to here is whole: no event that was committed before this call is left out.
        """


Progress = Callable[[int], None]
"""Told how many events have been read so far."""


class AlreadyUnderWay(DomainError):
    """Somebody builds these facts at this moment: wait until that has ended, then try again."""

    status = 409
    slug = "already-under-way"


class Staging:
    """The facts in a schema of their own."""

    def __init__(self, database: Database, schema: Purpose) -> None:
        self._database = database
        self._engine = database.engine.execution_options(schema_translate_map={SCHEMA: schema})
        self._schema = schema
        self.events = 0

    @asynccontextmanager
    async def built(self, history: History, progress: Progress) -> AsyncIterator["Staging"]:
        """The facts of a history, until the end of the block.

        Raises:
            AlreadyUnderWay: somebody else builds the same.
        """
        async with self._alone():
            await self._drop(self._schema)
            await self._make_tables()
            try:
                await self._load(history, progress)
                async with self._transaction() as session:
                    await self._derive(session)
                yield self
            finally:
                await self._drop(self._schema)

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        connection = await self._database.connect()  # the lock ends with it, however this process ends
        try:
            if not await connection.fetchval("SELECT pg_try_advisory_lock(hashtext($1))", self._schema):
                raise AlreadyUnderWay
            yield
        finally:
            await connection.close()

    async def _make_tables(self) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(text(f"CREATE SCHEMA {self._schema}"))
            for table in FACTS:
                await connection.execute(CreateTable(table))
            for table in VERSIONED:
                of_it = f"{self._schema}.{_heap(table).name} (LIKE {self._schema}.{table.name})"
                await connection.execute(text(f"CREATE UNLOGGED TABLE {of_it}"))

    async def _load(self, history: History, progress: Progress) -> None:
        """Copy a batch to the heaps while the next one is read: PostgreSQL works while we parse."""
        connection = await self._database.connect()
        await connection.set_type_codec(
            "jsonb", schema="pg_catalog", encoder=_to_jsonb, decoder=from_json, format="binary"
        )
        copying = asyncio.create_task(asyncio.sleep(0))
        try:
            with gc_less_often():
                async for events in history.unread():
                    await copying
                    copying = asyncio.create_task(self._copy(connection, events))
                    self.events += len(events)
                    progress(self.events)
        finally:
            await copying
            await connection.close()

    async def _copy(self, connection: "asyncpg.Connection[asyncpg.Record]", events: Sequence[Event]) -> None:
        for table, rows in rows_of(events).items():
            records = [tuple(row.values()) for row in rows]
            into = {"schema_name": self._schema, "columns": list(rows[0])}
            await connection.copy_records_to_table(_heap(table).name, records=records, **into)

    async def _derive(self, session: Session) -> None:
        """Make facts of the heaps; indexes come last, because they are made faster than kept."""
        await session.execute(text("SET LOCAL work_mem = '64MB'"))
        for table in VERSIONED:
            names = [column.name for column in table.columns]
            await session.execute(insert(table).from_select(names, _versions_in(_heap(table), key_of(table).name)))
            await session.execute(text(f"DROP TABLE {self._schema}.{_heap(table).name}"))
        await projection.derive_all(session)
        for table in FACTS:
            for index in table.indexes:
                await session.execute(CreateIndex(index))
            await session.execute(text(f"ANALYZE {self._schema}.{table.name}"))

    async def catch_up(self, history: History) -> None:
        """Learn of what has happened meanwhile."""
        async for events in history.unread():
            async with self._transaction() as session:
                await projection.learn(session, events)
            self.events += len(events)

    async def keep_what_is_older(self) -> None:
        """Take over from the live facts what they know of the past, and the history has forgotten."""
        async with self._database.transaction() as session:
            for live in VERSIONED:
                ours = in_schema(live, self._schema)
                newer = ours.alias("newer")
                key, version = key_of(live), live.c.version
                below = exists().where(newer.c[key.name] == key, newer.c.version > version)
                same = exists().where(ours.c[key.name] == key, ours.c.version == version)
                columns = [column.name for column in live.columns]
                await session.execute(insert(ours).from_select(columns, select(live).where(below, ~same)))
        async with self._transaction() as session:
            for table in VERSIONED:
                await projection.supersede(session, table)

    async def hash(self) -> str:
        async with self._transaction() as session:
            return await facts_hash(session)

    async def differences(self) -> Sequence[Difference]:
        """What the live facts have otherwise."""
        async with self._database.transaction() as session:
            return await differences(session, self._schema)

    async def swap_in(self, history: History) -> None:
        """Become the live facts. Readers see the old ones until the one moment in which they see these."""
        await self._drop(_REPLACED)
        async with self._database.transaction() as session:
            await projection.hold(session)
            await self.catch_up(history)
            await session.execute(text(f"ALTER SCHEMA {SCHEMA} RENAME TO {_REPLACED}"))
            await session.execute(text(f"ALTER SCHEMA {self._schema} RENAME TO {SCHEMA}"))
            await session.execute(select(func.pg_notify(projection.CHANGED, "")))
        await self._drop(_REPLACED)

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Session]:
        async with Session(self._engine, expire_on_commit=False) as session, session.begin():
            yield session

    async def _drop(self, schema: str) -> None:
        async with self._database.transaction() as session:
            await session.execute(text(f"DROP SCHEMA IF EXISTS {schema} CASCADE"))


def _heap(table: Table) -> Table:
    """Where the rows of a table lie as they come: in any order, some of them repeatedly."""
    return table.to_metadata(MetaData(), name=f"{table.name}_heap")


def _versions_in(heap: Table, key: str) -> Select[*tuple[object, ...]]:
    """Each version once; it was the newest until any higher one was told of."""
    once = select(heap).ext(distinct_on(heap.c[key], heap.c.version)).order_by(heap.c[key], heap.c.version.desc())
    v = once.subquery("version")
    until = func.min(v.c.known_from).over(partition_by=v.c[key], order_by=v.c.version.desc(), rows=(None, -1))
    return select(*(until if column.name == "known_until" else column for column in v.c))


def _to_jsonb(value: object) -> bytes:
    return b"\x01" + to_json(value)  # the version of the format, then the text
