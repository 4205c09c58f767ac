"""A database of each earlier release, with data in it, becomes one of today, and nothing in it is lost."""

import uuid
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text
from sqlmodel import select

from deploy.histories import Journal
from deploy.local.postgres import Postgres
from deploy.migration import history_of
from services.registry.models import Activity, JournalEntry, Person, Registration
from services.registry.usecases.republish import republish
from services.reporting.facts.checking import rebuild, verify
from shared.database import Database
from shared.database.migrations import migrate, pending
from shared.settings import SERVICES, ServiceName
from tests.registry import KEYS
from tests.releases import RELEASES, load

Loaded = Callable[[ServiceName], Database]


@pytest.fixture(params=RELEASES)
def loaded(request: pytest.FixtureRequest, postgres: Postgres) -> Iterator[Loaded]:
    made: list[str] = []

    def make(service: ServiceName) -> Database:
        name = f"{service}_{uuid.uuid4().hex[:12]}"
        postgres.run(f"CREATE DATABASE {name} OWNER {service}")
        made.append(name)
        load(postgres, name, request.param, service)
        return Database(postgres.url(name, service, service), pool_size=4)

    yield make
    for name in made:
        postgres.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.parametrize("service", SERVICES)
async def test_each_database_of_a_release_is_migrated(loaded: Loaded, service: ServiceName) -> None:
    database = loaded(service)
    try:
        before = await rows(database)
        await migrate(database, history_of(service))
        assert not await pending(database, history_of(service))
        after = await rows(database)
        kept = {table for table, count in before.items() if count and not table.endswith("_version")}
        assert {table for table in kept if table in after and after[table] < before[table]} == set()
    finally:
        await database.close()


async def rows(database: Database) -> dict[str, int]:
    async with database.reading() as connection:
        tables = (
            await connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        ).scalars()
        counts = {}
        for table in tables.all():
            query = text(f'SELECT count(*) FROM "{table}"')  # noqa: S608  names of our own tables
            counts[str(table)] = int((await connection.execute(query)).scalar_one())
        return counts


async def test_what_a_release_has_recorded_is_read_told_and_counted_by_this_one(loaded: Loaded) -> None:
    registry, reporting = loaded("registry"), loaded("reporting")
    try:
        await migrate(registry, history_of("registry"))
        await migrate(reporting, history_of("reporting"))
        async with registry.transaction() as session:
            entries = (await session.exec(select(JournalEntry))).all()
            assert len((await session.exec(select(Activity))).all()) == 2
            assert len((await session.exec(select(Registration))).all()) == 3
            assert {person.name for person in (await session.exec(select(Person))).all()} == {"Sample Person 1"}
        told = sum([count async for count in republish(registry, KEYS, whole=True)])
        assert told >= len(entries) == 9
        await rebuild(reporting, Journal(registry), lambda _: None)
        assert not (await verify(reporting, Journal(registry), lambda _: None, 0)).differences
    finally:
        await registry.close()
        await reporting.close()
