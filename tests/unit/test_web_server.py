"""The server starts with one clear line or not at all, and stops whatever is open."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from unittest.mock import AsyncMock

import httpx2
import pytest
from fastapi import APIRouter, Request
from starlette.responses import StreamingResponse

from shared.database import Database
from shared.service import Service
from shared.settings import ProcessRole
from shared.web import health, server
from shared.web.identity import public
from shared.web.live import until_stopped
from shared.web.server import CannotListen, serve
from tests.ports import free_port
from tests.web import NOWHERE, settings_of

router = APIRouter(dependencies=[public])


@router.get("/endless")
async def endless(request: Request) -> StreamingResponse:
    async def ticks() -> AsyncIterator[str]:
        yield "data: first\n\n"
        await asyncio.Event().wait()

    return StreamingResponse(until_stopped(request, ticks()), media_type="text/event-stream")


@router.get("/three")
async def three(request: Request) -> StreamingResponse:
    async def ticks() -> AsyncIterator[str]:
        for number in range(3):
            yield f"{number} "

    return StreamingResponse(until_stopped(request, ticks()), media_type="text/plain")


async def never() -> None:
    await asyncio.Event().wait()


def service_at(port: int, folder: Path) -> Service:
    settings = settings_of("reporting", folder).model_copy(update={"port": port})
    return Service(settings=settings, database=Database(NOWHERE), http=[router], without={"kafka": never})


@asynccontextmanager
async def serving(
    folder: Path, role: ProcessRole = "all", leaving: asyncio.Event | None = None
) -> AsyncIterator[tuple[httpx2.AsyncClient, asyncio.Event]]:
    port, stop = free_port(), asyncio.Event()
    running = asyncio.create_task(serve(service_at(port, folder), role, stop, leaving))
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        while not running.done():
            try:
                await client.get("/healthz")
                break
            except httpx2.ConnectError:
                await asyncio.sleep(0.01)
        yield client, stop
    stop.set()
    await asyncio.wait_for(running, 60)


async def test_a_port_that_is_taken_is_one_clear_line_that_names_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        with pytest.raises(CannotListen, match=f"REGISTAN_REPORTING_PORT: port {port} of 127.0.0.1 is used"):
            await serve(service_at(port, tmp_path), "all", asyncio.Event())


async def test_an_address_that_is_not_this_machines_is_one_clear_line(tmp_path: Path) -> None:
    service = service_at(0, tmp_path)
    service.settings.host = "192.0.2.1"
    with pytest.raises(CannotListen, match=r"cannot listen at 192\.0\.2\.1:0"):
        await serve(service, "all", asyncio.Event())


async def test_a_stream_that_is_open_ends_when_the_service_stops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "FINISH_WITHIN", 600)
    async with serving(tmp_path) as (client, stop), client.stream("GET", "/reporting/endless") as response:
        lines = response.aiter_lines()
        assert await anext(lines) == "data: first"
        stop.set()
        async with asyncio.timeout(60):  # less than the server waits for requests under way
            assert [line async for line in lines] == [""]


async def test_a_stream_that_ends_by_itself_is_whole(tmp_path: Path) -> None:
    async with serving(tmp_path) as (client, _stop):
        assert (await client.get("/reporting/three")).text == "0 1 2 "


async def test_a_worker_answers_about_its_health_and_nothing_else(tmp_path: Path) -> None:
    async with serving(tmp_path, "worker") as (client, _stop):
        assert (await client.get("/healthz")).status_code == 200
        assert "registan_" in (await client.get("/metrics")).text
        for path in ("/", "/reporting/three", "/reporting/api/openapi.json"):
            assert (await client.get(path)).status_code == 404


async def test_a_server_that_was_told_to_stop_listens_no_more(tmp_path: Path) -> None:
    async with serving(tmp_path) as (client, _stop):
        port = client.base_url.port
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_readiness_is_answered_at_once_while_what_it_asks_hangs(tmp_path: Path) -> None:
    async with serving(tmp_path) as (client, _stop):
        took = []
        for _ in range(20):
            began = time.monotonic()
            answer = await client.get("/readyz")
            took.append(time.monotonic() - began)
        assert min(took) < 0.05 * 3  # a machine that is busy with other tests is slow, not wrong
        said = answer.json()
        assert said["checks"]["kafka"] in ("not yet looked at", "no answer within 3 s")
        assert said["seconds_ago"].keys() == said["checks"].keys()


async def test_what_was_found_long_ago_is_not_taken_for_the_truth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = replace(service_at(0, tmp_path), without={})
    monkeypatch.setattr(service.database, "ping", AsyncMock())
    watched = health.Health(service, "web")
    await watched.look()
    assert watched.report()["ready"] is True
    monkeypatch.setattr(health, "_TOO_OLD", 0.0)
    assert watched.report()["ready"] is False


async def test_who_leaves_says_so_first_and_serves_on_until_the_port_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Database, "ping", AsyncMock())
    leaving = asyncio.Event()
    async with serving(tmp_path, leaving=leaving) as (client, _stop):
        while (await client.get("/readyz")).status_code != 200:
            await asyncio.sleep(0.01)
        assert 'registan_ready{service="reporting"} 1.0' in (await client.get("/metrics")).text
        assert "connection" not in (await client.get("/reporting/three")).headers
        leaving.set()
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()["leaving"]) == (503, True)
        assert 'registan_ready{service="reporting"} 0.0' in (await client.get("/metrics")).text
        served = await client.get("/reporting/three")
        assert (served.status_code, served.headers["connection"]) == (200, "close")
