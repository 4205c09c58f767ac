"""Outputs through both doors: the API and the pages, from the plan to those they are made for."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.conftest import DatabaseUrl
from tests.office import ACTIVITIES, Office, around_today, open_office

API = "/registry/api/v1/outputs"
OUTPUTS = "/registry/outputs"
PLANNED = {"programme": "SAMPLE", "phase": "1", "kind": "handbook", "title": {"en": "Sample handbook"}}


@pytest_asyncio.fixture
async def office(database_url: DatabaseUrl, tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path, database_url("registry")) as opened:
        yield opened


async def test_an_output_lives_from_plan_to_handover_in_the_api(office: Office) -> None:
    client = office.editor.client
    made = await client.post(API, json=PLANNED)
    assert (made.status_code, made.json()["status"]) == (201, "planned")
    address = made.headers["location"]

    async def step(name: str, version: int, body: Any = None) -> dict[str, Any]:
        response = await client.post(f"{address}/{name}", json=body, headers={"if-match": f'"{version}"'})
        assert response.status_code == 200, response.text
        return response.json()  # type: ignore[no-any-return]

    assert (await step("draft", 1, {"on": "2026-03", "languages": ["en"]}))["status"] == "drafted"
    assert (await step("translate", 2, {"languages": ["ky", "uz"]}))["status"] == "translated"
    handed = await step("hand-over", 3, {"to": {"name": "Sample Agency"}, "country": "KG", "on": "2026-05"})
    assert (handed["status"], handed["handovers"][0]["country"]) == ("handed-over", "KG")
    history = (await client.get(f"{address}/history")).json()["items"]
    assert [each["type"] for each in history] == [
        "output-planned",
        "output-drafted",
        "output-translated",
        "output-handed-over",
    ]
    patched = await client.patch(address, json={"handovers": []}, headers={"if-match": '"4"'})
    assert patched.json()["status"] == "translated"
    dropped = await step("drop", 5, {"reason": "Another one replaces it."})
    assert (dropped["status"], dropped["status_reason"]) == ("dropped", "Another one replaces it.")
    assert (await step("take-up", 6))["status"] == "translated"


async def test_outputs_are_found_by_who_received_them_and_by_any_language_they_are_in(office: Office) -> None:
    client = office.editor.client
    given = {"languages": ["en"], "translations": [{"language": "ky"}], "handovers": [{"country": "KG"}]}
    made = (await client.post(API, json=PLANNED | given)).json()["id"]
    for filters, found in (
        ("country=KG", [made]),
        ("country=TJ", []),
        ("language=ky", [made]),
        ("language=en", [made]),
    ):
        answer = await client.get(f"{API}?{filters}")
        assert [each["id"] for each in answer.json()["items"]] == found, filters


@pytest.mark.parametrize(
    ("changes", "slug", "field"),
    [
        ({"kind": "song"}, "invalid", "kind"),
        ({"title": {}}, "invalid", "title"),
        ({"phase": "77"}, "unknown-phase", "phase"),
        ({"phase": None, "component": "1"}, "unknown-phase", "phase"),
        ({"activities": ["018f0000-0000-7000-8000-000000000000"]}, "unknown-activity", "activities"),
        ({"handovers": [{}]}, "nobody-received", "handovers"),
        ({"handovers": [{"to": {"name": "A", "id": "x"}}]}, "unknown-organisation", "handovers"),
        ({"drafted_on": "1022"}, "year-out-of-bounds", "drafted_on"),
        ({"handovers": [{"country": "KG", "on": "2202"}]}, "year-out-of-bounds", "handovers"),
    ],
)
async def test_a_bad_output_is_refused_with_the_field_that_is_at_fault(
    office: Office, changes: dict[str, Any], slug: str, field: str
) -> None:
    refused = await office.editor.client.post(API, json=PLANNED | changes)
    found = refused.json()
    assert (refused.status_code, found["type"]) == (422, f"urn:registan:problem:{slug}"), found
    assert [error["field"] for error in found["errors"]] == [field]
    assert (await office.editor.client.get(API)).json()["items"] == []


async def test_a_stale_step_an_unknown_step_and_a_viewer_change_nothing(office: Office) -> None:
    made = await office.editor.client.post(API, json=PLANNED)
    address = made.headers["location"]
    stale = await office.editor.client.post(f"{address}/draft", json={}, headers={"if-match": '"7"'})
    assert (stale.status_code, stale.json()["type"]) == (412, "urn:registan:problem:stale")
    assert (await office.editor.client.post(f"{address}/burn", json={})).status_code == 404
    for asked in (f"{address}/draft", API):
        assert (await office.viewer.client.post(asked, json=PLANNED, headers={"if-match": "*"})).status_code == 403
    assert (await office.viewer.client.get(address)).json()["version"] == 1


async def test_an_editor_records_an_output_step_by_step_on_its_pages(office: Office) -> None:
    activity = await office.desk.plan(code="S-1", title={"en": "Sample workshop"})
    blank = await office.editor.open(f"{OUTPUTS}/new")
    page = await office.editor.fill(
        blank,
        f"{OUTPUTS}/new",
        title__en="Sample manual",
        kind="manual",
        part="SAMPLE/1/1",
        activities="S-1",
        expected="декабрь 2027",
    )
    assert "The output is recorded." in page.text
    for words in ("Sample manual", "manual", "Sample workshop", "December 2027"):
        assert words in page.text, words
    address = page.path
    draft = await office.editor.open(f"{address}/draft")
    page = await office.editor.fill(draft, f"{address}/draft", on="03.2026", languages=["en"])
    assert "March 2026" in page.text and "English" in page.text
    page = await office.editor.fill(await office.editor.open(f"{address}/translate"), f"{address}/translate", 422)
    assert "This is needed" in page.text
    page = await office.editor.fill(page, f"{address}/translate", languages=["ky"])
    assert "Kyrgyz" in page.text
    hand_over = await office.editor.open(f"{address}/hand-over")
    refused = await office.editor.fill(hand_over, f"{address}/hand-over", 422, on="2026-04")
    assert "Say who received the output" in refused.text
    page = await office.editor.fill(refused, f"{address}/hand-over", to__name="Sample Agency", country="KG")
    assert "Sample Agency, Kyrgyzstan, April 2026" in page.text
    form = await office.editor.open(f"{address}/edit")
    page = await office.editor.fill(form, f"{address}/edit", handovers=None)
    assert "What you changed is saved." in page.text and "Sample Agency, Kyrgyzstan, April" in page.text, (
        "in its history"
    )
    page = await office.editor.fill(await office.editor.open(f"{address}/drop"), f"{address}/drop", reason="No need.")
    assert "This output was dropped. The reason given: No need." in page.text
    page = await office.editor.fill(page, f"{address}/take-up")
    assert "The output is taken up again." in page.text
    assert "Sample manual" in (await office.viewer.open(f"{ACTIVITIES}/{activity.id}")).text


async def test_what_an_activity_announced_becomes_an_output_by_one_button(office: Office) -> None:
    activity = await office.desk.plan(
        **around_today(), component="1", outputs=["Handbook on profiling (planned)"], sources=["Sample source"]
    )
    url = f"{ACTIVITIES}/{activity.id}"
    made = await office.editor.fill(await office.editor.open(url), f"{url}/outputs")
    for words in ("The output is recorded.", "Handbook on profiling (planned)", "handbook", "Sample source"):
        assert words in made.text, words
    again = await office.editor.open(url)
    assert "Outputs announced" in again.text, "the text stays with the activity"
    listed = await office.viewer.open(f"{OUTPUTS}?text=PROFILING&kind=handbook")
    assert "1 output" in listed.text


async def test_a_form_that_was_overtaken_keeps_what_was_typed(office: Office) -> None:
    made = await office.editor.client.post(API, json=PLANNED)
    address = f"{OUTPUTS}/{made.json()['id']}"
    form = await office.editor.open(f"{address}/edit")
    await office.editor.client.patch(f"{API}/{made.json()['id']}", json={"series": "Sample"}, headers={"if-match": "*"})
    late = await office.editor.fill(form, f"{address}/edit", 412, title__en="Sample handbook, second edition")
    assert "Nothing of yours is lost" in late.text
    page = await office.editor.fill(late, f"{address}/edit")
    assert "Sample handbook, second edition" in page.text
    state = (await office.viewer.client.get(f"{API}/{made.json()['id']}")).json()
    assert (state["series"], state["title"]["en"]) == ("Sample", "Sample handbook, second edition")
