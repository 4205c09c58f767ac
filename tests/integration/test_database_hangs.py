"""A database that hangs says nothing: no refusal, no end of the connection. Half of all failovers look like this."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import httpx2
import psutil
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from deploy.local.ports import free_port
from deploy.local.postgres import Postgres
from deploy.migration import history_of
from shared.database import Database, is_temporary
from shared.database.deadlines import waiting_at_most
from shared.database.migrations import migrate
from shared.service import Service
from tests.integration.bus import eventually
from tests.registry import registry_site
from tests.web import program

PROMISED = 5.0  # seconds until the answer 503
MARGIN = 3  # a machine that is busy with other tests is slow, not wrong


@pytest.fixture(scope="module")
def own_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    from tests import servers

    folder = Path(servers.folder_of_this_run()) / f"hanging-{os.getpid()}"
    folder.mkdir(mode=0o711)
    server = Postgres(folder / "postgres", folder / "postgres.log", free_port(), "sample-password", durable=False)
    server.prepare()
    server.start()
    server.wait_until_ready()
    yield server
    server.child.kill()


@contextmanager
def hanging(server: Postgres) -> Iterator[None]:
    """Every process of the server is frozen; the kernel still takes its connections."""
    assert server.child.pid
    postmaster = psutil.Process(server.child.pid)

    def send(number: signal.Signals) -> None:
        for process in [postmaster, *postmaster.children(recursive=True)]:
            with suppress(psutil.Error):
                process.send_signal(number)

    send(signal.SIGSTOP)
    try:
        yield
    finally:
        send(signal.SIGCONT)


@asynccontextmanager
async def registry(server: Postgres, folder: Path) -> AsyncIterator[tuple[FastAPI, httpx2.AsyncClient]]:
    """The registry's application over this server, and a program that may use it."""
    name = f"registry_{os.urandom(4).hex()}"
    server.grant_database(name, "secret")
    app = registry_site(folder, server.url(name, name, "secret"))
    service: Service = app.state.service
    try:
        await migrate(service.database, history_of("registry"))
        yield app, await program(app)
    finally:
        await service.database.close()


@asynccontextmanager
async def silent_once_signed_in(server: Postgres) -> AsyncIterator[int]:
    """The port of a server that lets a client in, and never answers its first question."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind, ahead = await asyncio.open_connection("127.0.0.1", server.port)
        let_in = asyncio.Event()

        async def answers() -> None:
            while said := await behind.read(65536):
                writer.write(said)
                if b"Z\0\0\0\5I" in said:  # it is ready for a question
                    let_in.set()

        opened.extend((ahead, writer))
        answering = asyncio.create_task(answers())
        with suppress(ConnectionError):
            while asked := await reader.read(65536):
                if not let_in.is_set():
                    ahead.write(asked)
        answering.cancel()

    opened: list[asyncio.StreamWriter] = []
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
        yield listening.sockets[0].getsockname()[1]
    for each in opened:
        each.close()
        with suppress(ConnectionError):
            await each.wait_closed()


async def test_a_server_that_falls_silent_while_it_is_met_first_is_away_and_no_mistake_of_ours(
    own_postgres: Postgres,
) -> None:
    name = f"met_{os.urandom(4).hex()}"
    own_postgres.grant_database(name, "secret")
    async with silent_once_signed_in(own_postgres) as port:
        url = own_postgres.url(name, name, "secret").replace(f":{own_postgres.port}/", f":{port}/")
        for opening in ("transaction", "reading"):
            database = Database(url)
            with waiting_at_most(0.5), pytest.raises(TimeoutError):
                async with getattr(database, opening)():
                    pass
            await database.close()


ASKED = "/registry/api/v1/activities"


async def test_people_are_told_within_seconds_and_served_again_when_it_is_back(
    own_postgres: Postgres, tmp_path: Path
) -> None:
    async with registry(own_postgres, tmp_path) as (_, client):
        assert (await client.get(ASKED)).status_code == 200
        with hanging(own_postgres):
            # The first finds connections that were open, those of the second round are made while it hangs; and there
            # are more than the pool has.
            for _ in range(2):
                async with asyncio.timeout(PROMISED * MARGIN):
                    answers = await asyncio.gather(*(client.get(ASKED) for _ in range(40)))
                assert {answer.status_code for answer in answers} == {503}
            refused = await client.get(ASKED)
            assert "retry-after" in refused.headers

        async def served() -> bool:
            return (await client.get(ASKED)).status_code == 200

        await eventually(served)


async def test_a_stop_does_not_wait_for_it(own_postgres: Postgres, tmp_path: Path) -> None:
    async with registry(own_postgres, tmp_path) as (app, client):
        assert (await client.get(ASKED)).status_code == 200
        with hanging(own_postgres):
            async with asyncio.timeout(PROMISED * MARGIN):
                await app.state.service.database.close()


async def test_each_work_has_a_limit_of_its_own(own_postgres: Postgres, tmp_path: Path) -> None:
    own_postgres.grant_database("limits", "secret")
    database = Database(own_postgres.url("limits", "limits", "secret"))
    try:
        async with database.transaction() as session:
            await session.execute(text("SELECT pg_sleep(0.3)"))
        with waiting_at_most(0.1):
            with pytest.raises(DBAPIError) as written:
                async with database.transaction() as session:
                    await asyncio.sleep(0.3)  # what we do ourselves does not count
                    await session.execute(text("SELECT 1"))
                    await session.execute(text("SELECT pg_sleep(30)"))
            with pytest.raises(DBAPIError) as read:
                async with database.reading() as reading:
                    await reading.execute(text("SELECT pg_sleep(30)"))
        assert is_temporary(written.value)
        assert is_temporary(read.value)

        async def nobody_sleeps() -> bool:
            asked = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(30)'"
            return own_postgres.run(asked) == "0"

        await eventually(nobody_sleeps)
    finally:
        await database.close()


async def test_postgresql_itself_ends_what_a_frozen_process_leaves_behind(
    own_postgres: Postgres, tmp_path: Path
) -> None:
    own_postgres.grant_database("frozen", "secret")
    database = Database(own_postgres.url("frozen", "frozen", "secret"))
    try:
        for connection in (await database.connect(),):
            assert await connection.fetchval("SHOW statement_timeout") == "1h"
            assert await connection.fetchval("SHOW idle_in_transaction_session_timeout") == "5min"
            await connection.close()
        async with database.reading() as reading:
            assert (await reading.execute(text("SHOW statement_timeout"))).scalar_one() == "1h"
    finally:
        await database.close()
