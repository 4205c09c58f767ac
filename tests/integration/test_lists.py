"""Every list is filtered, sorted, paged, counted and saved in the same way; a cursor belongs to one list and order."""

import csv
from collections.abc import AsyncIterator
from io import BytesIO, StringIO
from pathlib import Path

import pytest_asyncio
from python_calamine import CalamineWorkbook

from services.registry.usecases.activities.find import ACTIVITIES as ALL_ACTIVITIES
from services.registry.usecases.organisations.add import AddOrganisation, add_organisation
from services.registry.usecases.organisations.find import ORGANISATIONS as ALL_ORGANISATIONS
from services.registry.usecases.outputs.find import OUTPUTS
from services.registry.usecases.outputs.plan import PlanOutput, plan_output
from services.registry.usecases.programmes.find import PROGRAMMES
from shared.contracts.access import Grant
from tests.conftest import DatabaseUrl
from tests.office import ACTIVITIES, Office, ahead, open_office
from tests.web import granted

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
    assert [row["name_en"] for row in rows] == [f"Sample Agency {number:03}" for number in (5, 3, 1)]
    book = await office.viewer.client.get(f"{ORGANISATIONS}.xlsx?{asked}")
    sheet = CalamineWorkbook.from_filelike(BytesIO(book.content)).get_sheet_by_index(0).to_python()
    assert [row[1] for row in sheet[1:]] == [row["name_en"] for row in rows]


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


async def test_programmes_are_filtered_sorted_and_saved(office: Office) -> None:
    await office.desk.define(code="OTHER", name={"en": "Other programme", "ru": "Другая"}, countries=["TJ"])
    page = await office.viewer.open("/registry/programmes?sort=-code")
    assert "2 programmes" in page.text
    links = list(page.links)
    assert links.index("/registry/programmes/SAMPLE") < links.index("/registry/programmes/OTHER")
    found = await office.viewer.open("/registry/programmes?text=другая&country=TJ")
    assert "1 programme" in found.text and "/registry/programmes/SAMPLE" not in found.links
    assert "No programme fits" in (await office.viewer.open("/registry/programmes?text=%25")).text
    saved = await office.viewer.client.get("/registry/programmes.csv?country=TJ")
    assert [row["code"] for row in csv.DictReader(StringIO(saved.text.removeprefix("\ufeff")))] == ["OTHER"]
    first = (await office.viewer.client.get(f"{API}/programmes?limit=1&sort=-code")).json()
    assert [item["code"] for item in first["items"]] == ["SAMPLE"]
    rest = (await office.viewer.client.get(f"{API}/programmes?sort=-code&after={first['next']}")).json()
    assert ([item["code"] for item in rest["items"]], rest["next"]) == (["OTHER"], None)
    refused = await office.viewer.client.get(f"{API}/organisations?after={first['next']}")
    assert refused.status_code == 400


async def test_imports_are_filtered_sorted_saved_and_of_editors_of_their_programme(
    office: Office, tmp_path: Path
) -> None:
    await office.desk.define(code="OTHER", name={"en": "Other programme"}, countries=["KG"])
    client, done = office.editor.client, []
    for programme, name in (("SAMPLE", "first.csv"), ("SAMPLE", "second.csv"), ("OTHER", "elsewhere.csv")):
        content = f"name,kind\nAgency of {name},customs\n".encode()
        sent = await client.post(
            f"{API}/imports", files={"file": (name, content)}, data={"programme": programme, "noun": "organisations"}
        )
        assert sent.status_code == 201, sent.text
        assert (await client.post(f"{sent.headers['location']}/accept", json={})).status_code == 200
        done.append(sent.headers["location"].rpartition("/")[2])
    assert (await client.post(f"{API}/imports/{done[0]}/undo", json={})).status_code == 200
    first = (await client.get(f"{API}/imports?limit=1")).json()
    assert [(each["name"], each["undone"]) for each in first["items"]] == [("elsewhere.csv", False)]
    rest = (await client.get(f"{API}/imports?after={first['next']}")).json()["items"]
    assert [(each["name"], each["undone"]) for each in rest] == [("second.csv", False), ("first.csv", True)]
    page = await office.editor.open("/registry/imports?undone=false&sort=name")
    assert "2 lists" in page.text and "first.csv" not in page.text
    assert page.text.index("elsewhere.csv") < page.text.index("second.csv")
    saved = await client.get("/registry/imports.csv?programme=SAMPLE")
    rows = list(csv.DictReader(StringIO(saved.text.removeprefix("\ufeff"))))
    assert [row["list"] for row in rows] == ["second.csv", "first.csv"]
    editor = await granted(office.app, tmp_path, Grant(role="editor", programme="OTHER"))
    theirs = Grant(role="coordinator", programme="SAMPLE", countries=("KG",))
    coordinator = await granted(office.app, tmp_path, theirs)
    assert [each["name"] for each in (await editor.get(f"{API}/imports")).json()["items"]] == ["elsewhere.csv"]
    assert (await coordinator.get(f"{API}/imports")).json()["items"] == [], "but their own lists of participants"
    assert (await office.viewer.client.get(f"{API}/imports")).status_code == 403


async def test_each_list_goes_on_in_each_of_its_orders(office: Office) -> None:
    await _agencies(office, 3)
    await office.desk.define(code="OTHER", name={"en": "Other programme"}, countries=["TJ"])
    for number in range(3):
        await office.desk.plan(title={"en": f"Sample {number}"})
        described = {"programme": "SAMPLE", "kind": "manual", "title": {"en": f"Sample manual {number}"}}
        await office.desk.do(plan_output, PlanOutput.model_validate(described))
    for path, listing in (
        ("activities", ALL_ACTIVITIES),
        ("organisations", ALL_ORGANISATIONS),
        ("outputs", OUTPUTS),
        ("programmes", PROGRAMMES),
    ):
        for sort in listing.sorts:
            found: list[dict[str, str]] = []
            after: dict[str, str] = {}
            while True:
                answer = await office.viewer.client.get(f"{API}/{path}", params={"limit": 1, "sort": sort, **after})
                assert answer.status_code == 200, (path, sort, answer.text)
                found += answer.json()["items"]
                if (more := answer.json()["next"]) is None:
                    break
                after = {"after": more}
            keys = [each.get("id", each.get("code")) for each in found]
            assert len(set(keys)) == len(keys) == (2 if path == "programmes" else 3), (path, sort)
