"""The databases of tests: cloned from migrated templates over one open connection, made ahead and dropped behind.

To start a client for each statement would cost more than most statements. The connection lives in a thread with a loop
of its own, because tests ask for databases from within a loop and from outside of one.
"""

import asyncio
import threading
import uuid
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, TypeVar

import asyncpg

from deploy.local.postgres import Postgres
from shared.settings import ServiceName

T = TypeVar("T")
DatabaseUrl = Callable[[ServiceName], str]


class Databases:
    """What the administrator of a PostgreSQL does for one process that runs tests."""

    def __init__(self, postgres: Postgres) -> None:
        self._postgres = postgres
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._one_by_one = asyncio.Lock()
        self._ahead: dict[ServiceName, Future[str]] = {}
        self._connection = self._begin(asyncpg.connect(postgres.url().replace("+asyncpg", ""))).result(60)

    @contextmanager
    def cloning(self) -> Iterator[DatabaseUrl]:
        """Gives a new, migrated, empty database each time it is asked; drops them at the end, and waits for none."""
        given: list[str] = []

        def clone(service: ServiceName) -> str:
            name = self._clone(service)
            given.append(name)
            return self._postgres.url(name, service, service)

        yield clone
        for name in given:
            self._begin(self._do(f"DROP DATABASE {name} WITH (FORCE)"))

    def close(self) -> None:
        self._begin(self._close()).result(60)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _clone(self, service: ServiceName) -> str:
        ready = self._ahead.get(service) or self._begin(self._make(service))
        self._ahead[service] = self._begin(self._make(service))
        return ready.result(60)

    async def _make(self, service: ServiceName) -> str:
        name = f"{service}_{uuid.uuid4().hex[:12]}"
        await self._do(
            f"CREATE DATABASE {name} TEMPLATE {service} OWNER {service}",
            f"REVOKE CONNECT, TEMPORARY ON DATABASE {name} FROM PUBLIC",
        )
        return name

    async def _do(self, *statements: str) -> None:
        async with self._one_by_one:
            for statement in statements:
                await self._connection.execute(statement)

    async def _close(self) -> None:
        """When what was begun is done."""
        async with self._one_by_one:
            await self._connection.close()

    def _begin(self, work: Coroutine[Any, Any, T]) -> "Future[T]":
        return asyncio.run_coroutine_threadsafe(work, self._loop)
