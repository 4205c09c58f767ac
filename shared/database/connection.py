"""One engine per process, and sessions that are transactions: what is inside a `transaction()` happens whole or not."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress

import asyncpg
import sqlalchemy.ext.asyncio
from pydantic_core import to_json
from sqlalchemy import event, text
from sqlalchemy.engine import AdaptedConnection
from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.database import deadlines
from shared.database.deadlines import LONG_WORK_WITHIN, WORK_WITHIN, within
from shared.database.tracing import trace_statements
from shared.database_address import dsn_of
from shared.telemetry.traces import exported


class Session(AsyncSession):
    """SQLModel's session: `exec` for models. `execute`, for statements of SQLAlchemy's core, is as good here."""

    execute = sqlalchemy.ext.asyncio.AsyncSession.execute  # SQLModel's own warns against it, to lead to `exec`


_TEMPORARY_STATES = (
    "08",  # connection exceptions
    "40",  # serialisation failure, deadlock
    "53",  # insufficient resources: disk full, too many connections
    "55",  # object not in prerequisite state: lock not available
    "57",  # operator intervention: shutdown, crash, cancelled
    "58",  # system error
    "XX",  # internal error
    "25006",  # read-only transaction: a failover is under way
)

_CONNECT_WITHIN = 5.0  # seconds
_GOODBYE_WITHIN = 0.5  # seconds


class _Connection(asyncpg.Connection):  # type: ignore[misc]
    """One that is not waited for when it is given up: SQLAlchemy would wait for two seconds, and its pool for ever."""

    __slots__ = ()

    async def close(self, *, timeout: float | None = None) -> None:  # noqa: ASYNC109  asyncpg's signature
        with suppress(TimeoutError):  # then it is torn down
            await super().close(timeout=min(timeout or _GOODBYE_WITHIN, _GOODBYE_WITHIN))


class Database:
    """A service's own database.

    Args:
        url: `postgresql://user:password@host:port/name`, with libpq's names for TLS; see `shared/database_address.py`.
        pool_size: connections at most; they are opened when they are needed first, and kept.

    Raises:
        WrongAddress: the address cannot be used.
    """

    def __init__(self, url: str, *, pool_size: int = 15) -> None:
        self.dsn = dsn_of(url)
        """The address as asyncpg takes it; it contains the password and is never logged."""
        self.engine = create_async_engine(
            "postgresql+asyncpg://",
            async_creator=self._connect,  # the same way to connect for the pool and for what lies outside of it
            pool_size=pool_size,
            max_overflow=0,  # one that is opened for a moment costs more than the wait for another
            pool_timeout=10,
            pool_use_lifo=True,  # the one used last knows its statements; as few as possible are opened
            json_serializer=lambda value: to_json(value).decode(),  # several times as fast as Python's own
            hide_parameters=True,  # an error that is logged must not quote the names it was to store
        )
        event.listen(self.engine.sync_engine, "checkout", _replace_if_closed)
        deadlines.keep(self.engine)
        if exported():
            trace_statements(self.engine)
        self._reading = self.engine.execution_options(isolation_level="AUTOCOMMIT")

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Session]:
        """A session that commits at the end of the block, or rolls back when the block raises.

        Raises:
            TimeoutError: no connection could be had in time.
        """
        async with Session(self.engine, expire_on_commit=False) as session, session.begin():
            await _in_time(session.connection())
            yield session

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """For single questions: each statement sees what is committed when it begins, and costs one round trip.

        Raises:
            TimeoutError: no connection could be had in time.
        """
        connection = self._reading.connect()
        await _in_time(connection.start())
        try:
            yield connection
        finally:
            await connection.close()

    async def connect(self) -> "asyncpg.Connection[asyncpg.Record]":
        """A connection outside the pool, for what must hold a session open: LISTEN and advisory locks."""
        return await self._connect(command_timeout=WORK_WITHIN)

    async def _connect(self, command_timeout: float | None = None) -> "asyncpg.Connection[asyncpg.Record]":
        return await asyncpg.connect(
            self.dsn,
            timeout=_CONNECT_WITHIN,
            command_timeout=command_timeout,
            connection_class=_Connection,
            server_settings={
                "application_name": "registan",
                "timezone": "UTC",
                "statement_timeout": f"{LONG_WORK_WITHIN:g}s",
                "idle_in_transaction_session_timeout": f"{WORK_WITHIN:g}s",  # a frozen process gives its locks back
                "client_connection_check_interval": "2s",  # what is asked for by nobody any more is not worked on
            },
        )

    def connections(self) -> dict[str, int]:
        """How many connections of the pool are in use, and how many stand ready."""
        pool = self.engine.pool
        assert isinstance(pool, AsyncAdaptedQueuePool)
        return {"in-use": pool.checkedout(), "idle": pool.checkedin()}

    async def ping(self) -> None:
        """Ask for nothing, to see whether the database answers."""
        async with self.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        await self.engine.dispose()


async def _in_time(opening: Awaitable[object]) -> None:
    """Raises TimeoutError: no connection could be had in time."""
    deadline = asyncio.timeout(within())
    try:
        async with deadline:
            await opening
    except Exception as error:
        if deadline.expired():  # SQLAlchemy raises what it happens to when its first questions are given up
            raise TimeoutError from error
        raise


def _replace_if_closed(adapted: AdaptedConnection, _record: object, _proxy: object) -> None:
    """A connection that PostgreSQL has closed, in its restart for example, is replaced instead of being handed out.

    asyncpg hears of it at once, so nobody has to ask: the pool's own ping takes three round trips before each use.
    """
    if adapted.driver_connection.is_closed():
        raise DisconnectionError("PostgreSQL has closed this connection")


def is_temporary(error: BaseException) -> bool:
    """Whether the same can succeed later: the database is away or busy, and the statement is not at fault."""
    if isinstance(error, OSError | TimeoutError | PoolTimeout | asyncpg.InterfaceError):
        return True
    if isinstance(error, asyncpg.PostgresError):
        return (error.sqlstate or "").startswith(_TEMPORARY_STATES)
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None)
        if state is None:
            return error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)
        return str(state).startswith(_TEMPORARY_STATES)
    return False
