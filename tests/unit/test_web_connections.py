"""Connections are not held for nothing: deadlines, a limit, and as many files as the system allows."""

import asyncio
import json
import logging
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import pytest
from fastapi import APIRouter, File, Form, UploadFile
from pydantic import BaseModel
from structlog.testing import capture_logs

from deploy.local.ports import free_port
from shared.database import Database
from shared.service import Service
from shared.settings import ServiceName
from shared.telemetry import metrics
from shared.web import connections
from shared.web.identity import public
from shared.web.server import serve
from tests.web import NOWHERE, settings_of

_FORM = b"POST /reporting/form HTTP/1.1\r\nhost: h\r\ncontent-type: application/x-www-form-urlencoded\r\n"
HEALTHY = b"GET /healthz HTTP/1.1\r\nhost: h\r\n\r\n"


class Tea(BaseModel):
    cups: int


router = APIRouter(dependencies=[public])


@router.post("/api/v1/json")
async def take_json(tea: Tea) -> int:
    return tea.cups


@router.post("/form")
async def take_form(cups: Annotated[int, Form()]) -> int:
    return cups


@router.post("/file")
async def take_file(file: Annotated[UploadFile, File()]) -> int:
    return len(await file.read())


@pytest.fixture
async def port(tmp_path: Path) -> AsyncIterator[int]:
    """Where a service listens."""
    chosen, stop = free_port(), asyncio.Event()
    settings = settings_of("reporting", tmp_path).model_copy(update={"port": chosen})
    server = asyncio.create_task(
        serve(Service(settings=settings, database=Database(NOWHERE), http=[router]), "all", stop)
    )
    while not server.done():
        try:
            _reader, writer = await asyncio.open_connection("127.0.0.1", chosen)
        except OSError:
            await asyncio.sleep(0.01)
        else:
            writer.close()
            break
    yield chosen
    stop.set()
    await server


@asynccontextmanager
async def connected(port: int, *sent: bytes) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.writelines(sent)
    try:
        async with asyncio.timeout(20):
            yield reader, writer
    finally:
        writer.close()


async def drip(writer: asyncio.StreamWriter, drop: bytes) -> None:
    """A drop now and then, which would keep a deadline between two drops from ever being over."""
    try:
        while True:
            writer.write(drop)
            await writer.drain()
            await asyncio.sleep(0.05)
    except ConnectionError:
        pass


@pytest.mark.parametrize(
    ("begun", "drop"),
    [
        (b"", b""),
        (b"GET /healthz HTTP/1.1\r\n", b"x: y\r\n"),
        (_FORM + b"content-length: 90000\r\n\r\n", b"x"),
        (_FORM + b"transfer-encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    ],
    ids=["nothing", "head", "body", "chunks"],
)
async def test_a_request_that_does_not_come_to_its_end_is_closed(
    port: int, monkeypatch: pytest.MonkeyPatch, begun: bytes, drop: bytes
) -> None:
    monkeypatch.setattr(connections, "HEAD_WITHIN", 0.3)
    monkeypatch.setattr(connections, "BODY_WITHIN", 0.3)
    async with connected(port, begun) as (reader, writer):
        dripping = asyncio.create_task(drip(writer, drop))
        said = await reader.read()
        dripping.cancel()
    assert said.startswith(b"HTTP/1.1 408 ")


async def test_a_connection_that_was_served_is_not_held_by_less_than_a_request(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_WITHIN", 0.3)
    async with connected(port, HEALTHY) as (reader, writer):
        await reader.readuntil(b"lives\n")
        dripping = asyncio.create_task(drip(writer, b"\r\n"))
        assert (await reader.read()).startswith(b"HTTP/1.1 408 ")
        dripping.cancel()


async def test_a_slow_line_is_served_as_long_as_it_brings_something(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "BODY_WITHIN", 0.3)
    monkeypatch.setattr(connections, "SLOWEST", 10)
    body = b"cups=" + b"0" * 30 + b"3"
    head = _FORM + b"connection: close\r\ncontent-length: %d\r\n\r\n" % len(body)
    async with connected(port, head) as (reader, writer):
        for place in range(0, len(body), 4):
            writer.write(body[place : place + 4])
            await asyncio.sleep(0.1)  # 40 bytes a second, for longer than the deadline was at first
        assert (await reader.read()).startswith(b"HTTP/1.1 200 ")


async def test_one_more_than_there_is_room_for_is_told_to_come_back(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "most_connections", lambda: 2)
    async with connected(port) as _, connected(port) as _, connected(port, HEALTHY) as (reader, _writer):
        said = await reader.read()
    assert said.startswith(b"HTTP/1.1 503 ")
    assert b"retry-after: " in said
    while not said.endswith(b"lives\n"):  # once it has seen that the others are gone
        async with connected(port, HEALTHY.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n")) as (reader, _writer):
            said = await reader.read()


def test_as_many_files_as_the_system_allows_and_no_more_visitors_than_they_suffice_for() -> None:
    asked = (
        "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (256, 1024));"
        "from shared.web import connections as c; c.open_enough_files();"
        "print(*resource.getrlimit(resource.RLIMIT_NOFILE), c.most_connections())"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1024", "1024", "824"]


def test_what_asyncio_says_without_end_is_written_once(
    log_as_service: Callable[[ServiceName], None], capsys: pytest.CaptureFixture[str]
) -> None:
    log_as_service("reporting")
    for _ in range(1000):
        logging.getLogger("asyncio").error("socket.accept() out of system resource")
    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line)["event"] == "socket.accept() out of system resource"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/reporting/form", "application/x-www-form-urlencoded"),
        ("/reporting/api/v1/json", "application/json"),
        ("/reporting/file", "multipart/form-data; boundary=b"),
    ],
)
async def test_a_visitor_who_leaves_while_sending_is_no_failure_of_ours(port: int, path: str, kind: str) -> None:
    head = f"POST {path} HTTP/1.1\r\nhost: h\r\ncontent-type: {kind}\r\ncontent-length: 1000\r\n\r\n"

    def counted(status: str) -> float:
        samples = (sample for family in metrics.http_requests.collect() for sample in family.samples)
        return sum(
            sample.value
            for sample in samples
            if sample.name.endswith("_count") and sample.labels["status"] == status and sample.labels["route"] == path
        )

    before, failed = counted("499"), counted("500")
    with capture_logs() as lines:
        async with connected(port, head.encode(), b"--b\r\n") as (_reader, writer):
            await writer.drain()
            await asyncio.sleep(0.1)
        async with asyncio.timeout(20):
            while counted("499") == before:
                await asyncio.sleep(0.01)
    assert counted("500") == failed
    (line,) = [line for line in lines if line["event"] == "request"]
    assert (line["status"], line["log_level"]) == (499, "info")
    assert not [line for line in lines if line["event"] == "request_failed"]
