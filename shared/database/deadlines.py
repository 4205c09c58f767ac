"""How long the database is waited for.

A database that refuses is noticed at once; one that hangs (a frozen host, a network that swallows packets, half of all
failovers) says nothing, for ever. So there is a deadline for each answer of it: for a connection, a statement, a
commit. What we do between them does not count. The deadline belongs to the work and not to the connection: somebody who
looks at a page is told after seconds, while a rebuild may take an hour over the same pool.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import ConnectionPoolEntry

ANSWER_WITHIN = 4.0
"""Seconds, where a person or a program waits for the answer: it says 503 within five."""

WORK_WITHIN = 300.0
"""Seconds, where only a runner waits: it tries again."""

LONG_WORK_WITHIN = 3600.0
"""Seconds for what is known to take long: imports, rebuilds, checks, migrations. PostgreSQL itself ends any statement
after it, and a transaction that is left lying after `WORK_WITHIN`."""

_within: ContextVar[float] = ContextVar("within", default=WORK_WITHIN)
_DEADLINE = "deadline"


def within() -> float:
    """The seconds that an answer which is asked for now may take."""
    return _within.get()


def wait_at_most(seconds: float) -> None:
    """From here on in this request."""
    _within.set(seconds)


@contextmanager
def waiting_at_most(seconds: float) -> Iterator[None]:
    """Inside the block."""
    token = _within.set(seconds)
    try:
        yield
    finally:
        _within.reset(token)


def keep(engine: AsyncEngine) -> None:
    """Tear down each connection of the engine whose answer is late: what waits for it then fails as if it was lost."""

    def asked(connection: Connection, *_: Any) -> None:
        if connection.invalidated:
            return
        answered(connection)
        raw: Any = connection.connection.driver_connection
        connection.info[_DEADLINE] = asyncio.get_running_loop().call_later(within(), raw.terminate)

    def answered(connection: Connection, *_: Any) -> None:
        _let_go(connection.info)

    def failed(error: ExceptionContext) -> None:
        if error.connection is not None and not error.connection.invalidated:
            answered(error.connection)

    def done_with(_raw: object, entry: ConnectionPoolEntry, *_: Any) -> None:
        _let_go(entry.info)

    for begin in ("before_cursor_execute", "commit", "rollback"):
        event.listen(engine.sync_engine, begin, asked)
    event.listen(engine.sync_engine, "after_cursor_execute", answered)
    event.listen(engine.sync_engine, "handle_error", failed)
    for end in ("checkin", "invalidate"):
        event.listen(engine.sync_engine, end, done_with)


def _let_go(info: Any) -> None:
    deadline: asyncio.TimerHandle | None = info.pop(_DEADLINE, None)
    if deadline is not None:
        deadline.cancel()
