"""The pool of connections: a restart of PostgreSQL must not be seen in the requests that come after it."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import text

from shared.database import Database
from tests.conftest import DatabaseUrl
from tests.integration.bus import eventually


@pytest.fixture
async def database(database_url: DatabaseUrl) -> AsyncIterator[Database]:
    database = Database(database_url("registry"), pool_size=2)
    yield database
    await database.close()


async def test_connections_that_postgresql_has_closed_are_replaced_before_anybody_gets_them(
    database: Database,
) -> None:
    before = await _two_connections(database)
    admin = await database.connect()
    for connection in before:
        await admin.execute("SELECT pg_terminate_backend($1)", connection.get_server_pid())
    await admin.close()

    async def closed() -> bool:
        return all(connection.is_closed() for connection in before)

    await eventually(closed)

    after = await _two_connections(database)

    assert not any(connection.is_closed() for connection in after)


async def test_a_question_leaves_no_transaction_and_no_mark_on_the_connection(database: Database) -> None:
    began = text("SELECT now()")  # the time at which the transaction began
    async with database.reading() as reading:
        first = (await reading.execute(began)).scalar_one()
        assert (await reading.execute(began)).scalar_one() > first

    async with database.transaction() as session:
        first = (await session.execute(began)).scalar_one()
        assert (await session.execute(began)).scalar_one() == first


async def _two_connections(database: Database) -> list["asyncpg.Connection[asyncpg.Record]"]:
    """The pool's, both in use at once, and given back."""
    async with database.reading() as one, database.reading() as other:
        found = []
        for each in (one, other):
            await each.execute(text("SELECT 1"))
            found.append((await each.get_raw_connection()).driver_connection)
    return found
