"""The import through HTTP: a file is sent, its report is read, and exactly that is accepted."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from services.registry.app import build
from services.registry.sheets.files import ImportedFile
from shared.web.application import application
from tests.conftest import DatabaseUrl
from tests.registry import Desk, registry_settings
from tests.spreadsheets import csv_file, many, row, workbook
from tests.web import browser, program

IMPORTS = "/registry/api/v1/imports"


class Site:
    """The registry's own application, with SAMPLE defined, and an editor's program."""

    def __init__(self, folder: Path, url: str) -> None:
        self.service = build(registry_settings(folder, url))
        self.app = application(self.service)
        self.desk = Desk(self.service.database)


@pytest.fixture
async def site(tmp_path: Path, database_url: DatabaseUrl) -> AsyncIterator[Site]:
    made = Site(tmp_path, database_url("registry"))
    await made.desk.define()
    yield made
    await made.service.database.close()


@pytest.fixture
async def editor(site: Site) -> AsyncIterator[httpx2.AsyncClient]:
    async with await program(site.app) as client:
        yield client


async def send(client: httpx2.AsyncClient, file: ImportedFile, **form: str) -> httpx2.Response:
    return await client.post(IMPORTS, files={"file": (file.name, file.content)}, data={"programme": "SAMPLE"} | form)


async def test_a_list_is_sent_looked_at_and_accepted(editor: httpx2.AsyncClient) -> None:
    sent = await send(editor, csv_file(row(), row(id="sample-2", title="Handover of kennels", kind="handover")))
    assert sent.status_code == 201, sent.text
    report = sent.json()["report"]
    assert report["counts"]["new"] == 2
    seen = await editor.get(sent.headers["location"])
    assert seen.json() == sent.json()
    accepted = await editor.post(f"{sent.headers['location']}/accept", json={"token": report["token"]})
    assert accepted.status_code == 200, accepted.text
    assert accepted.json()["created"] == 2
    listed = (await editor.get("/registry/api/v1/activities")).json()["items"]
    assert {each["id"] for each in listed} == {each["id"] for each in accepted.json()["rows"]}
    after = (await editor.get(sent.headers["location"])).json()
    assert (after["report"], after["result"]) == (None, accepted.json())


async def test_a_workbook_and_its_sheet_are_taken(editor: httpx2.AsyncClient) -> None:
    header = ["id", "title", "phase", "starts"]
    file = workbook({"Old": [header, ["old", "Sample", 1, "2020"]], "New": [header, ["new", "Sample", 1, "2021"]]})
    assert [each["code"] for each in (await send(editor, file)).json()["report"]["rows"]] == ["old"]
    assert [each["code"] for each in (await send(editor, file, sheet="New")).json()["report"]["rows"]] == ["new"]


async def test_ten_thousand_rows_are_more_than_a_usual_body_and_are_taken(editor: httpx2.AsyncClient) -> None:
    file = many(10_000)
    assert len(file.content) > 1_000_000
    assert len((await send(editor, file)).json()["report"]["rows"]) == 10_000


async def test_rows_with_errors_are_refused_until_they_are_left_out(editor: httpx2.AsyncClient) -> None:
    sent = await send(editor, csv_file(row(), row(id="sample-2", phase="99")))
    accept = f"{sent.headers['location']}/accept"
    refused = await editor.post(accept, json={})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:registan:problem:rows-with-errors")
    assert (await editor.post(accept, json={"leave_out_errors": True})).json()["left_out"] == [3]


async def test_a_report_that_is_no_longer_true_is_not_accepted(site: Site, editor: httpx2.AsyncClient) -> None:
    sent = await send(editor, csv_file(row()))
    await site.desk.plan(code="sample-1", status="held")
    token = sent.json()["report"]["token"]
    refused = await editor.post(f"{sent.headers['location']}/accept", json={"token": token})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:registan:problem:import-outdated")


@pytest.mark.parametrize(
    ("content", "form", "slug"),
    [
        (b"", {}, "empty-file"),
        (b"%PDF-1.7", {}, "not-a-table"),
        (b"First,Last\na,b\n", {}, "wrong-columns"),
        (b"id,title,phase\na,b,1\n", {"programme": "NONE"}, "unknown-programme"),
    ],
)
async def test_a_file_that_is_no_list_is_refused_and_not_kept(
    editor: httpx2.AsyncClient, content: bytes, form: dict[str, str], slug: str
) -> None:
    refused = await send(editor, ImportedFile("list.csv", content), **form)
    assert (refused.status_code, refused.json()["type"]) == (422, f"urn:registan:problem:{slug}")


async def test_only_who_may_write_may_import(site: Site, tmp_path: Path) -> None:
    async with await program(site.app, "viewer") as viewer:
        assert (await send(viewer, csv_file(row()))).status_code == 403
    async with browser(site.app, tmp_path, "viewer") as viewer:
        assert (await viewer.get(f"{IMPORTS}/018f0000-0000-7000-8000-000000000000")).status_code in (401, 403)


async def test_an_upload_that_is_not_there_is_not_found(editor: httpx2.AsyncClient) -> None:
    missing = await editor.post(f"{IMPORTS}/018f0000-0000-7000-8000-000000000000/accept", json={})
    assert missing.json()["type"] == "urn:registan:problem:upload-not-found"
