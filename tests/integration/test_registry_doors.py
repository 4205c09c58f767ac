"""What was entered wrongly is put right through doors that staff have: one person of two, no activity, taken back."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_asyncio

from services.registry.models import Activity, ErasedPerson, Person, Registration
from shared.contracts import ACTIVITIES as ACTIVITY_TOPIC
from shared.contracts import PARTICIPANTS
from tests.conftest import DatabaseUrl
from tests.office import ACTIVITIES, TODAY, Office, ahead, around_today, open_office
from tests.pages import english_in

API = "/registry/api/v1"
ANY = {"if-match": "*"}


@pytest_asyncio.fixture
async def office(database_url: DatabaseUrl, tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path, database_url("registry")) as opened:
        yield opened


async def told(office: Office, topic: str) -> list[tuple[str, dict[str, Any]]]:
    return [(each.type, json.loads(each.value or b"{}")) for each in await office.desk.waiting() if each.topic == topic]


async def test_a_nominated_person_is_registered_and_one_who_withdrew_is_taken_back(office: Office) -> None:
    activity = await office.desk.plan(**ahead())
    nominated = await office.desk.register(activity, "Sample Asanova", email="a@example.org", status="nominated")
    url = f"/registry/registrations/{nominated.id}"
    page = await office.editor.open(url)
    assert "One mail confirms it." in page.text
    page = await office.editor.fill(page, f"{url}/register")
    assert "The person is registered." in page.text
    await office.editor.fill(await office.editor.open(url), f"{url}/withdraw")
    answer = await office.editor.client.post(f"{API}/registrations/{nominated.id}/register", headers=ANY)
    assert answer.json()["status"] == "registered"
    again = await office.editor.client.post(f"{API}/registrations/{nominated.id}/register", headers=ANY)
    assert (again.status_code, again.json()["type"]) == (409, "urn:registan:problem:already-registered")
    types = [event for event, _state in await told(office, PARTICIPANTS.name)]
    assert types == ["participant-updated", "participant-registered", "participant-withdrawn", "participant-registered"]


async def test_two_persons_are_compared_made_one_and_parted_again(office: Office) -> None:
    both, only = await office.desk.plan(**around_today()), await office.desk.plan(**ahead())
    kept = await office.desk.register(both, "Жээнбеков Жумабек", email="one@example.org")
    gone = await office.desk.register(both, "Jumabek Jeenbekov", email="two@example.org", gender="male")
    elsewhere = await office.desk.register(only, "Jumabek Jeenbekov", email="two@example.org")
    editor = office.editor.client
    marked = await editor.put(f"{API}/registrations/{gone.id}/attendance/{TODAY}")
    assert marked.json()["status"] == "attended"
    page = await office.editor.open(f"/registry/persons/{kept.person_id}")
    assert "Jumabek Jeenbekov" in page.text and page.mistakes == []
    compare = f"/registry/persons/{gone.person_id}/merge?into={kept.person_id}"
    assert compare in page.links
    page = await office.editor.open(compare)
    assert "In 1 activity both are registered" in page.text and page.mistakes == []
    page = await office.editor.fill(page, f"/registry/persons/{gone.person_id}/merge")
    assert "The two are one person from now on." in page.text
    assert "Was recorded as well as" in page.text

    (remains,) = await office.people(both)
    assert (remains.registration.id, remains.registration.status) == (gone.id, "attended"), "the one that says more"
    assert remains.registration.person_id == kept.person_id
    follows = await office.desk.read(Registration, elsewhere.id)
    assert follows.person_key == kept.person_key
    loser = await office.desk.read(Registration, kept.id)
    assert (loser.status, loser.counted_as) == ("withdrawn", gone.id)
    last = {state["id"]: (event, state) for event, state in await told(office, PARTICIPANTS.name)}
    assert {event for event, _state in last.values()} == {"participant-updated"}, "nobody is told that they withdrew"
    assert last[str(kept.id)][1]["counted_as"] == str(gone.id)
    assert {state["person_key"] for _event, state in last.values()} == {kept.person_key}
    known = await office.desk.register(await office.desk.plan(**ahead()), "Jumabek Jeenbekov", email="two@example.org")
    assert known.person_id == kept.person_id, "a list with the other spelling means the same person"
    text = json.dumps([entry.data for entry in await office.desk.journal()], ensure_ascii=False)
    assert "Jumabek" not in text and "Жумабек" not in text

    page = await office.editor.fill(
        await office.editor.open(f"/registry/persons/{gone.person_id}"),
        f"/registry/persons/{gone.person_id}/undo-merge",
    )
    assert "They are two persons again" in page.text
    back = {each.registration.id: each.registration for each in await office.people(both)}
    assert {key: each.status for key, each in back.items()} == {kept.id: "registered", gone.id: "attended"}
    assert (back[gone.id].person_id, back[gone.id].person_key) == (gone.person_id, gone.person_key)
    assert (await office.desk.read(Registration, elsewhere.id)).person_key == gone.person_key


async def test_merging_persons_over_the_api_is_refused_where_it_makes_no_sense(office: Office) -> None:
    activity = await office.desk.plan(**ahead())
    one, two, three = [await office.desk.register(activity, f"Sample Person {n}") for n in range(3)]
    editor = office.editor.client

    async def merge(gone: Registration, into: Registration) -> tuple[int, str]:
        body = {"into": str(into.person_id)}
        answer = await editor.post(f"{API}/persons/{gone.person_id}/merge", json=body, headers=ANY)
        return answer.status_code, answer.json().get("type", "").rpartition(":")[2]

    assert await merge(one, one) == (409, "cannot-merge-persons")
    assert (await merge(one, two))[0] == 200
    assert await merge(one, three) == (409, "person-merged")
    assert await merge(three, one) == (409, "person-merged")
    assert await merge(two, three) == (409, "cannot-merge-persons"), "somebody was merged into two"
    undone = await editor.post(f"{API}/persons/{one.person_id}/undo-merge", headers=ANY)
    assert (undone.status_code, undone.json()["merged_into"]) == (200, None)
    again = await editor.post(f"{API}/persons/{one.person_id}/undo-merge", headers=ANY)
    assert again.json()["type"].endswith("person-not-merged")
    viewer = await office.viewer.client.post(f"{API}/persons/{one.person_id}/undo-merge", headers=ANY)
    assert viewer.status_code == 403


async def test_erasing_a_person_erases_whom_they_were_recorded_as_as_well(office: Office) -> None:
    activity = await office.desk.plan(**ahead())
    one = await office.desk.register(activity, "Sample Canary", email="one@example.org")
    two = await office.desk.register(activity, "Canary Sample", email="two@example.org")
    body = {"into": str(two.person_id)}
    await office.editor.client.post(f"{API}/persons/{one.person_id}/merge", json=body, headers=ANY)
    assert await office.desk.erase(two) == 2
    assert await office.desk.read(Person, one.person_id) is None
    assert await office.desk.read(Person, two.person_id) is None
    for key in (one.person_key, two.person_key):
        assert await office.desk.read(ErasedPerson, key), "each is told to be forgotten"


async def test_an_activity_entered_by_mistake_is_taken_out_and_can_be_put_back(office: Office) -> None:
    activity = await office.desk.plan(**around_today(), status="held", headcount={"total": 12})
    url = f"{ACTIVITIES}/{activity.id}"
    page = await office.editor.fill(await office.editor.open(url), f"{url}/take-out")
    assert "entered by mistake" in page.text
    type_, state = (await told(office, ACTIVITY_TOPIC.name))[-1]
    assert (type_, state["status"], state["entered_by_mistake"]) == ("activity-cancelled", "cancelled", True)
    listed = await office.editor.client.get(f"{API}/activities", params={"programme": "SAMPLE"})
    assert listed.json()["items"] == []
    assert (await office.editor.client.get(f"{API}/activities/{activity.id}")).json()["entered_by_mistake"] is True
    step = f"{url}/reinstate"
    await office.editor.fill(await office.editor.open(step), step, reason="It was held")
    back = await office.read(activity)
    assert (back.status, back.entered_by_mistake, back.headcount.total if back.headcount else 0) == ("held", False, 12)
    assert (await told(office, ACTIVITY_TOPIC.name))[-1][1]["entered_by_mistake"] is None


async def test_an_activity_that_people_may_know_of_is_cancelled_and_not_taken_out(office: Office) -> None:
    activity = await office.desk.plan(**ahead())
    await office.desk.register(activity, "Sample Asanova", email="a@example.org")
    url = f"{ACTIVITIES}/{activity.id}"
    assert "Entered by mistake" not in (await office.editor.open(url)).text
    answer = await office.editor.client.post(f"{API}/activities/{activity.id}/take-out", headers=ANY)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:registan:problem:people-may-know")
    assert (await office.desk.read(Activity, activity.id)).status == "planned"


async def test_records_that_may_be_the_same_stand_beside_the_one_that_is_merged(office: Office) -> None:
    plan = {"title": {"en": "Regional workshop on risk analysis"}, "kind": "workshop"}
    one = await office.desk.plan(**ahead(), **plan, sources=["https://example.org/one"])
    moved = await office.desk.plan(starts=str(TODAY.replace(day=1)), ends=None, **plan)
    other = await office.desk.plan(**ahead(), title={"en": "Sample handover of equipment"}, kind="handover")
    url = f"{ACTIVITIES}/{one.id}/merge"
    page = await office.editor.open(url)
    assert f"{ACTIVITIES}/{moved.id}" in page.links and f"{ACTIVITIES}/{other.id}" not in page.links
    assert page.mistakes == []
    await office.editor.fill(page, url, into=str(moved.id))
    assert (await office.read(one)).merged_into == moved.id


async def test_people_stand_in_the_order_of_their_names_and_the_absent_are_not_counted(office: Office) -> None:
    activity = await office.desk.plan(**around_today())
    names = ["Ясная", "Ёлкина", "Zimmer", "Елкин", "Ābola"]
    for name in names:
        last = await office.desk.register(activity, name, gender="female", country="KZ" if name == "Zimmer" else "KG")
    await office.editor.client.put(f"{API}/registrations/{last.id}/absence")
    page = await office.editor.open(f"{ACTIVITIES}/{activity.id}")
    places = [page.text.index(name) for name in ("Ābola", "Zimmer", "Елкин", "Ёлкина", "Ясная")]
    assert places == sorted(places)
    assert "female: 4" in page.text and "Kyrgyzstan: 3 · Kazakhstan: 1" in page.text


async def test_the_new_pages_speak_russian_to_a_russian_reader(office: Office) -> None:
    one = await office.desk.plan(**ahead())
    two = await office.desk.plan(**ahead())
    first = await office.desk.register(one, "Жээнбеков Жумабек")
    second = await office.desk.register(two, "Jumabek Jeenbekov", status="nominated")
    office.editor.client.cookies.set("registan_language", "ru")
    for url in (
        f"/registry/persons/{first.person_id}",
        f"/registry/persons/{first.person_id}/merge?into={second.person_id}",
        f"/registry/registrations/{second.id}",
        f"{ACTIVITIES}/{one.id}/merge",
        f"{ACTIVITIES}/{one.id}",
    ):
        page = await office.editor.open(url)
        assert (page.mistakes, english_in(page)) == ([], set()), url
