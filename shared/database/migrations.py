"""Bring a service's database to the newest version: first what all services share, then the service's own tables.

Two histories with two version tables, so that neither knows of the other. An advisory lock lets several processes start
at once.
"""

import asyncio
from pathlib import Path

from alembic import command, context
from alembic.config import Config
from sqlalchemy import Connection, MetaData, text

from shared.database.connection import Database

_LOCK = 0x7265676973  # the same for all: migrations of one database never run side by side
_LOCKS_WITHIN = 60.0  # seconds for a table that is in use; everybody who comes later would wait behind a migration
SHARED_HISTORY = Path(__file__).parent / "history"


async def migrate(database: Database, history: Path) -> None:
    """Apply what is missing. Safe to repeat and to run from several processes at once.

    Args:
        history: the folder of the service's own history.
    """
    if not await pending(database, history):  # the usual case, and a cheap one: no model need be loaded
        return
    for each, version_table in ((SHARED_HISTORY, "shared_version"), (history, "service_version")):
        async with database.engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            await connection.execute(text(f"SET LOCAL lock_timeout = '{_LOCKS_WITHIN:g}s'"))
            await connection.run_sync(_upgrade, each, version_table)


async def pending(database: Database, history: Path) -> bool:
    """Whether `migrate` would change anything."""
    from alembic.migration import MigrationContext  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    def behind(connection: Connection, history: Path, version_table: str) -> bool:
        heads = set(ScriptDirectory(str(history)).get_heads())
        current = MigrationContext.configure(connection, opts={"version_table": version_table}).get_current_heads()
        return heads != set(current)

    async with database.engine.connect() as connection:
        for each, table in ((SHARED_HISTORY, "shared_version"), (history, "service_version")):
            if await connection.run_sync(behind, each, table):
                return True
    return False


def _upgrade(connection: Connection, history: Path, version_table: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(history))
    config.attributes["connection"] = connection
    config.attributes["version_table"] = version_table
    command.upgrade(config, "head")


def run_env(metadata: MetaData) -> None:
    """The whole of an `env.py`: alembic calls it with the connection that `migrate` opened."""
    options = context.config.attributes
    context.configure(
        connection=options["connection"],
        version_table=options["version_table"],
        target_metadata=metadata,
    )
    context.run_migrations()


def migrate_now(url: str, history: Path) -> None:
    """`migrate` for callers that have no event loop."""

    async def run() -> None:
        database = Database(url)
        try:
            await migrate(database, history)
        finally:
            await database.close()

    asyncio.run(run())
