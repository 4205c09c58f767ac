"""Files are read apart from the process that serves: what is hostile harms nobody, and who leaves ends the work."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from time import perf_counter

import httpx2
import pytest

from services.registry.models.upload import UploadNotFound
from services.registry.sheets.errors import TookTooLong, TooLittleMemory
from services.registry.sheets.files import ImportedFile
from services.registry.usecases.imports.accept import examine_import
from services.registry.usecases.imports.upload import cancel_upload, examine_upload, keep_upload
from shared.apart import Apart
from shared.identity import SYSTEM
from tests.conftest import DatabaseUrl
from tests.integration.test_registry_imports_api import IMPORTS, Site, send
from tests.registry import Desk
from tests.spreadsheets import csv_file, many, row
from tests.web import program

HOSTILE = Path(__file__).parents[1] / "cases" / "hostile"


@pytest.fixture
async def site(tmp_path: Path, database_url: DatabaseUrl) -> AsyncIterator[Site]:
    made = Site(tmp_path, database_url("registry"))
    await made.desk.define()
    yield made
    await made.service.state["apart"].close()  # type: ignore[attr-defined]
    await made.service.database.close()


@pytest.fixture
async def editor(site: Site) -> AsyncIterator[httpx2.AsyncClient]:
    async with await program(site.app) as client:
        yield client


@pytest.fixture
async def desk_apart(site: Site) -> Desk:
    return site.desk


@pytest.mark.parametrize("name", ["far", "mid", "redos"])
async def test_a_hostile_workbook_is_read_as_the_few_cells_it_holds(editor: httpx2.AsyncClient, name: str) -> None:
    await send(editor, csv_file(row()))  # the process stands ready
    healthy = True

    async def look() -> None:
        nonlocal healthy
        while True:
            began = perf_counter()
            healthy &= (await editor.get("/healthz")).status_code == 200 and perf_counter() - began < 2
            await asyncio.sleep(0.05)

    looking = asyncio.create_task(look())
    file = ImportedFile(f"{name}.xlsx", (HOSTILE / f"{name}.xlsx").read_bytes())
    sent = await send(editor, file)
    looking.cancel()
    assert sent.status_code in (201, 413, 422), sent.text
    assert healthy
    if sent.status_code == 201:
        assert sent.json()["report"]["total"] <= 3


async def test_a_list_that_needs_too_much_memory_is_refused_and_nobody_else_is_harmed(desk_apart: Desk) -> None:
    apart = Apart(memory=20_000_000)
    try:
        with pytest.raises(TooLittleMemory):
            async with desk_apart.database.transaction() as session:
                await examine_import(session, many(20_000), "SAMPLE", clock=desk_apart.clock, apart=apart)
    finally:
        await apart.close()


async def test_a_list_that_takes_too_long_is_refused(desk_apart: Desk) -> None:
    apart = Apart(deadline=0.5)
    try:
        with pytest.raises(TookTooLong):
            async with desk_apart.database.transaction() as session:
                await examine_import(session, many(20_000), "SAMPLE", clock=desk_apart.clock, apart=apart)
    finally:
        await apart.close()


@pytest.mark.parametrize("way", ["leave", "take away"])
async def test_who_leaves_or_takes_the_list_away_ends_the_work(desk_apart: Desk, way: str) -> None:
    apart = Apart()
    database = desk_apart.database
    try:
        async with database.transaction() as session:
            upload = await keep_upload(session, many(20_000), "SAMPLE", actor=SYSTEM, clock=desk_apart.clock)
        work = asyncio.create_task(
            examine_upload(database, upload.id, actor=SYSTEM, clock=desk_apart.clock, apart=apart)
        )
        while not apart.living:
            await asyncio.sleep(0.01)
        if way == "leave":
            work.cancel()
            with pytest.raises(asyncio.CancelledError):
                await work
        else:
            await cancel_upload(database, upload.id, actor=SYSTEM)
            with pytest.raises(UploadNotFound):
                await work
        assert not apart.living
    finally:
        await apart.close()


async def test_progress_can_be_asked_for(editor: httpx2.AsyncClient) -> None:
    sent = await editor.post(
        IMPORTS, files={"file": ("many.csv", many(3000).content)}, data={"programme": "SAMPLE", "wait": "false"}
    )
    address = f"{IMPORTS}/{sent.json()['id']}"
    assert (await editor.get(f"{address}/progress")).json() == {"done": 0, "total": 0, "finished": False}
    assert (await editor.get(address)).json()["report"]["counts"]["new"] > 2000
    assert (await editor.get(f"{address}/progress")).json()["finished"]


async def test_the_report_is_kept_and_another_way_of_reading_makes_another(editor: httpx2.AsyncClient) -> None:
    sent = await editor.post(
        IMPORTS,
        files={"file": ("list.csv", b"title,kind,Anmerkung\nSample workshop,workshop,KG\n")},
        data={"programme": "SAMPLE"},
    )
    report = sent.json()["report"]
    assert report["unknown_columns"] == ["Anmerkung"]
    assert [each["problem"] for each in report["rows"][0]["errors"]] == ["needs-value"]
    address = f"{IMPORTS}/{sent.json()['id']}"
    how = {
        "columns": {"Anmerkung": "host_country"},
        "everywhere": {"phase": "1"},
        "corrections": {"2": {"title": "Other"}},
    }
    again = (await editor.patch(address, json=how)).json()["report"]
    assert (again["counts"]["new"], again["rows"][0]["title"]) == (1, "Other")
    assert again["rows"][0]["says"]["host_country"] == "KG"
    done = await editor.post(f"{address}/accept", json={"token": again["token"]})
    assert done.json()["created"] == 1
