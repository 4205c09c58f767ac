"""What migrations make is what the code declares, whole: in each schema, a service's own tables and the shared ones.

A table that only one of the two knows is found as well, so the comparison leaves out nothing but alembic's own notes.
"""

from typing import Any

import pytest
from alembic.autogenerate import produce_migrations
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData, text

import services.notifications.deliveries.delivery
import services.notifications.facts.projection  # noqa: F401  importing declares the tables
import shared.bus.flood_guard
import shared.bus.outbox
import shared.identity.access  # noqa: F401  importing declares the tables
from services.notifications.facts.base import Table as OfNotifications
from services.registry.models import Table as OfRegistry
from services.reporting.facts import tables as of_reporting
from shared.database import Database, shared_tables
from shared.settings import SERVICES, ServiceName
from tests.conftest import DatabaseUrl

DECLARED: dict[ServiceName, MetaData] = {
    "registry": OfRegistry.metadata,
    "reporting": of_reporting.metadata,
    "notifications": OfNotifications.metadata,
}


@pytest.mark.parametrize("service", SERVICES)
async def test_the_migrated_tables_are_those_the_code_knows(database_url: DatabaseUrl, service: ServiceName) -> None:
    assert await differences(database_url(service), service) == []


@pytest.mark.parametrize("service", SERVICES)
async def test_a_table_that_only_the_database_knows_is_found_in_each_schema(
    database_url: DatabaseUrl, service: ServiceName
) -> None:
    address = database_url(service)
    database = Database(address)
    async with database.engine.begin() as connection:
        for statement in ("CREATE TABLE forgotten ()", "CREATE SCHEMA apart", "CREATE TABLE apart.forgotten ()"):
            await connection.execute(text(statement))
    await database.close()
    found = [(kind, table.schema, table.name) for kind, table in await differences(address, service)]
    assert sorted(found, key=str) == [("remove_table", "apart", "forgotten"), ("remove_table", None, "forgotten")]


async def differences(address: str, service: ServiceName) -> list[Any]:
    def declared(name: str | None, kind: str, _parents: object) -> bool:
        return kind != "table" or name not in ("shared_version", "service_version")

    def compare(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(connection, opts={"include_schemas": True, "include_name": declared})
        made = produce_migrations(context, [DECLARED[service], shared_tables])  # type: ignore[arg-type]
        return list(made.upgrade_ops.as_diffs() if made.upgrade_ops else [])

    database = Database(address)
    try:
        async with database.engine.connect() as connection:
            return await connection.run_sync(compare)
    finally:
        await database.close()
