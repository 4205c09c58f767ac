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


async def test_organisations_are_imported_with_their_units_and_brought_again_unchanged(
    site: Site, editor: httpx2.AsyncClient
) -> None:
    text = (
        "Название;Сокращение;Вид;Страна;Входит в\n"
        "Учебный центр Образца;;;Кыргызстан;Служба Образца\n"
        "Служба Образца;СО;таможня;KGZ;\n"
        "Отдел без начальника;;;KG;Нет такой\n"
    )
    file = ImportedFile("organisations.csv", text.encode())
    sent = await send(editor, file, noun="organisations")
    report = sent.json()["report"]
    assert report["counts"]["new"] == 2 and report["counts"]["error"] == 1, report
    assert report["rows"][2]["errors"][0]["problem"] == "unknown-organisation"
    accepted = await editor.post(f"{sent.headers['location']}/accept", json={"leave_out_errors": True})
    assert accepted.json()["created"] == 2, accepted.text
    listed = (await editor.get("/registry/api/v1/organisations", params={"programme": "SAMPLE"})).json()["items"]
    by_name = {each["name"]["ru"]: each for each in listed}
    assert by_name["Учебный центр Образца"]["parent_id"] == by_name["Служба Образца"]["id"]
    assert (by_name["Служба Образца"]["kind"], by_name["Служба Образца"]["country"]) == ("customs", "KG")
    again = (await send(editor, file, noun="organisations")).json()["report"]
    assert again["counts"]["unchanged"] == 2, again


async def test_an_address_in_a_public_text_is_refused_at_each_door_until_it_is_listed(
    editor: httpx2.AsyncClient,
) -> None:
    title = "Workshop; write to office@example.org"
    plan = {"programme": "SAMPLE", "phase": "1", "kind": "workshop", "title": {"en": title}}
    refused = await editor.post("/registry/api/v1/activities", json=plan)
    assert refused.status_code == 422 and refused.json()["contacts"] == ["office@example.org"], refused.text
    report = (await send(editor, csv_file(row(title=title)))).json()["report"]
    assert [each["problem"] for each in report["rows"][0]["errors"]] == ["personal-contact"]
    contact = {"programme": "SAMPLE", "value": "office@example.org"}
    listed = await editor.post("/registry/api/v1/public-contacts", json=contact)
    assert listed.json() == {"values": ["office@example.org"]}, listed.text
    assert (await editor.post("/registry/api/v1/activities", json=plan)).status_code == 201
    assert (await send(editor, csv_file(row(title=title)))).json()["report"]["counts"]["error"] == 0
