"""Every list is filtered, sorted, paged, counted and saved in the same way; a cursor belongs to one list and order."""

import csv
from collections.abc import AsyncIterator
from io import BytesIO, StringIO
from pathlib import Path

import pytest_asyncio
from python_calamine import CalamineWorkbook

from services.registry.usecases.organisations.add import AddOrganisation, add_organisation
from tests.conftest import DatabaseUrl
from tests.office import ACTIVITIES, Office, ahead, open_office

API = "/registry/api/v1"
ORGANISATIONS = "/registry/organisations"


@pytest_asyncio.fixture
async def office(database_url: DatabaseUrl, tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path, database_url("registry")) as opened:
        yield opened


async def _agencies(office: Office, many: int) -> None:
    for number in range(many):
        name = {"en": f"Sample Agency {number:03}", "ru": f"Пример {number:03}"}
        kind = "customs" if number % 2 else "police"
        described = AddOrganisation.model_validate({"programme": "SAMPLE", "name": name, "kind": kind, "country": "KG"})
        await office.desk.do(add_organisation, described)


async def test_a_list_goes_on_where_its_page_ended_and_counts_all_of_it(office: Office) -> None:
    await _agencies(office, 60)
    page = await office.viewer.open(f"{ORGANISATIONS}?kind=&sort=-name")
    assert "60 organisations" in page.text and "Sample Agency 059" in page.text and "Sample Agency 009" not in page.text
    following = next(link for link in page.links if "after=" in link)
    rest = await office.viewer.open(following)
    assert "Sample Agency 009" in rest.text and "Sample Agency 010" not in rest.text
    assert f"{ORGANISATIONS}?sort=-name" in rest.links, "and leads back to the first page"
    found = await office.viewer.open(f"{ORGANISATIONS}?text=ПРИМЕР+007")
    assert "1 organisation" in found.text
    assert "No organisation fits" in (await office.viewer.open(f"{ORGANISATIONS}?text=nowhere")).text


async def test_a_list_is_saved_as_it_is_filtered_and_sorted(office: Office) -> None:
    await _agencies(office, 6)
    asked = "kind=customs&sort=-name"
    saved = await office.viewer.client.get(f"{ORGANISATIONS}.csv?{asked}")
    rows = list(csv.DictReader(StringIO(saved.text.removeprefix("\ufeff"))))
    assert [row["name"] for row in rows] == [f"Sample Agency {number:03}" for number in (5, 3, 1)]
    book = await office.viewer.client.get(f"{ORGANISATIONS}.xlsx?{asked}")
    sheet = CalamineWorkbook.from_filelike(BytesIO(book.content)).get_sheet_by_index(0).to_python()
    assert [row[1] for row in sheet[1:]] == [row["name"] for row in rows]


async def test_a_cursor_of_another_list_is_refused(office: Office) -> None:
    await _agencies(office, 2)
    for number in range(2):
        await office.desk.plan(title={"en": f"Sample {number}"})
    first = (await office.viewer.client.get(f"{API}/organisations?limit=1")).json()["next"]
    refused = await office.viewer.client.get(f"{API}/activities?after={first}")
    assert refused.status_code == 400 and "organisations" in refused.json()["detail"]
    page = await office.viewer.open(f"{ACTIVITIES}?after={first}", 400)
    assert "start from the first page" in page.text


async def test_the_people_of_an_activity_are_listed_and_saved_for_editors_only(office: Office) -> None:
    activity = await office.desk.plan(**ahead())
    for name, gender in (("Sample Person B", "female"), ("Sample Person A", "male"), ("=Sample Person C", "female")):
        await office.desk.register(activity, name, gender=gender)
    address = f"{ACTIVITIES}/{activity.id}/registrations"
    page = await office.editor.open(f"{address}?gender=female")
    assert "2 people" in page.text and "Sample Person B" in page.text and "Sample Person A" not in page.text
    saved = await office.editor.client.get(f"{address}.csv")
    names = [row["Name"] for row in csv.DictReader(StringIO(saved.text.removeprefix("\ufeff")))]
    assert names == ["Sample Person A", "Sample Person B", "'=Sample Person C"], "a sign is no letter"
    assert saved.headers["cache-control"] == "no-store"
    for asked in (address, f"{address}.csv", f"{address}.xlsx"):
        assert (await office.viewer.client.get(asked)).status_code == 403
