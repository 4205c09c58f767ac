"""Undoing an import: what it made is taken out, what it changed is as before; or what stands in the way is named."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest_asyncio
from sqlmodel import select

from services.registry.contracts import contact_changed
from services.registry.journal import as_event
from services.registry.models import Activity, Organisation, Person, Registration
from shared.contracts import ACTIVITIES as ACTIVITY_TOPIC
from shared.contracts import PARTICIPANTS
from shared.database import Database
from tests.conftest import DatabaseUrl
from tests.integration.mailing import hear, notifications, told, waiting
from tests.office import ACTIVITIES, TODAY, Office, ahead, around_today, open_office
from tests.pages import english_in
from tests.spreadsheets import csv_file, row

API = "/registry/api/v1"
ANY = {"if-match": "*"}


@pytest_asyncio.fixture
async def mails(database_url: DatabaseUrl) -> AsyncIterator[Database]:
    async with notifications(database_url) as opened:
        yield opened


async def hear_all(office: Office, mails: Database) -> None:
    """Notifications hears all that the registry has told until now, in the order in which it was told."""
    async with office.desk.database.transaction() as session:
        contacts = [contact_changed(person, office.desk.keys) for person in await session.exec(select(Person))]
    await hear(mails, [*contacts, *(as_event(entry) for entry in await office.desk.journal())], ask_above=50)


@pytest_asyncio.fixture
async def office(database_url: DatabaseUrl, tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path, database_url("registry")) as opened:
        yield opened


async def bring(office: Office, content: bytes, noun: str = "activities", **choices: Any) -> dict[str, Any]:
    """Import a list; what it did, with its address."""
    sent = await office.editor.client.post(
        f"{API}/imports", files={"file": ("list.csv", content)}, data={"programme": "SAMPLE", "noun": noun}
    )
    assert sent.status_code == 201, sent.text
    at = sent.headers["location"]
    done = await office.editor.client.post(f"{at}/accept", json=choices)
    assert done.status_code == 200, done.text
    return {**done.json(), "at": at, "key": at.rpartition("/")[2]}


async def undone(office: Office, at: str, **command: Any) -> tuple[int, dict[str, Any]]:
    answer = await office.editor.client.post(f"{at}/undo", json=command)
    return answer.status_code, answer.json()


async def would(office: Office, at: str) -> dict[str, Any]:
    answer = await office.editor.client.get(f"{at}/undo")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def public_state(activity: Activity) -> dict[str, Any]:
    return activity.model_dump(exclude={"version", "updated_at"})


async def test_what_was_recorded_is_taken_out_and_what_was_changed_is_as_before(office: Office) -> None:
    first = await bring(office, csv_file(row(), row(id="sample-2", title="Plan", starts="2030-01-01", ends="")).content)
    kept = [await office.desk.read(Activity, each["id"]) for each in first["rows"]]
    changed = csv_file(
        row(title="Another title", starts="2026-09-15"),
        row(id="sample-2", title="Plan", starts="2030-02-01", ends=""),
        row(id="sample-3", title="Something else altogether", kind="handover", starts="2020-02-02", ends=""),
    )
    done = await bring(office, changed.content)
    assert (done["created"], done["changed"]) == (1, 2)
    undoing = await would(office, done["at"])
    assert (undoing["taken_out"], undoing["restored"], undoing["in_the_way"], undoing["told"]) == (1, 2, 0, 0)
    assert [each["what"] for each in undoing["rows"]] == ["restored", "restored", "taken-out"]
    status, did = await undone(office, done["at"], token=undoing["token"])
    assert (status, did["taken_out"], did["restored"]) == (200, 1, 2)
    assert (await undone(office, done["at"])) == (200, did), "once, however often it is asked"
    for before in kept:
        assert public_state(await office.desk.read(Activity, before.id)) == public_state(before)
    new = await office.desk.read(Activity, done["rows"][2]["id"])
    assert (new.status, new.entered_by_mistake) == ("cancelled", True)
    events = [each for each in await office.desk.waiting() if each.topic == ACTIVITY_TOPIC.name][-3:]
    assert {each.type for each in events} == {"activity-updated", "activity-rescheduled", "activity-cancelled"}
    assert {entry.reason for entry in (await office.desk.journal())[-3:]} == {"The import was undone."}
    again = await bring(office, changed.content, undecided="import")
    assert (again["created"], again["changed"]) == (1, 2), "the list can be brought again, with the same ids"
    reinstate = f"{API}/activities/{new.id}/reinstate"
    refused = await office.editor.client.post(reinstate, json={"reason": "No mistake"}, headers=ANY)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:registan:problem:code-taken")


async def test_what_was_held_or_cancelled_by_the_list_is_planned_again(office: Office) -> None:
    planned = b"id,status,title,phase,starts\nsample-7,planned,Visit of experts,1,2030-05-01\n"
    key = (await bring(office, planned))["rows"][0]["id"]
    done = await bring(office, b"id,status\nsample-7,cancelled\n")
    assert (await office.desk.read(Activity, key)).status == "cancelled"
    assert (await undone(office, done["at"]))[0] == 200
    back = await office.desk.read(Activity, key)
    assert (back.status, back.status_reason, back.status_before) == ("planned", None, None)


async def test_what_was_built_on_a_row_stands_in_the_way_and_nothing_is_undone(office: Office) -> None:
    done = await bring(
        office,
        csv_file(
            row(),
            row(id="sample-2", title="Border crossing visit", kind="study-visit", starts="2030-01-01", ends=""),
            row(id="sample-3", title="Grant call for schools", kind="grant-call", starts="2031-01-01", ends=""),
            row(id="sample-4", title="Steering meeting", kind="meeting", starts="2032-01-01", ends=""),
        ).content,
    )
    one, two, three, four = [await office.desk.read(Activity, each["id"]) for each in done["rows"]]
    part = await office.desk.register(two, "Sample Person", status="nominated")
    output = {"programme": "SAMPLE", "kind": "manual", "title": {"en": "Manual"}, "activities": [str(three.id)]}
    made = await office.editor.client.post(f"{API}/outputs", json=output)
    assert made.status_code == 201, made.text
    await office.desk.cancel(four)
    page = await office.editor.open(f"/registry/import/{done['key']}/undo")
    assert "Something was built on 3 rows" in page.text and page.mistakes == []
    for said in ("1 people are registered", "The output manual-", "The import left version 1, it is version 2"):
        assert said in page.text
    assert page.text.index("is taken out") > page.text.index("The output manual-"), "what stands in the way comes first"
    status, problem = await undone(office, done["at"])
    assert (status, problem["type"]) == (409, "urn:registan:problem:built-on-import")
    assert "3, 4, 5" in problem["detail"]
    assert (await office.desk.read(Activity, one.id)).status == "held", "all of it or nothing"

    taken = await office.editor.client.post(f"{API}/registrations/{part.id}/take-out", headers=ANY)
    assert taken.json()["entered_by_mistake"] is True
    left = [each["row"]["row"] for each in (await would(office, done["at"]))["rows"] if each["obstacles"]]
    assert left == [4, 5]


async def test_what_has_changed_since_it_was_shown_is_shown_again(office: Office) -> None:
    done = await bring(office, csv_file(row()).content)
    token = (await would(office, done["at"]))["token"]
    activity = await office.desk.read(Activity, done["rows"][0]["id"])
    taken = await office.editor.client.post(f"{API}/activities/{activity.id}/take-out", headers=ANY)
    assert taken.status_code == 200
    status, problem = await undone(office, done["at"], token=token)
    assert (status, problem["type"]) == (409, "urn:registan:problem:undo-outdated")
    assert [each["what"] for each in (await would(office, done["at"]))["rows"]] == ["nothing"]
    assert (await undone(office, done["at"]))[0] == 200


async def test_what_was_merged_stands_for_itself_again_and_is_taken_out(office: Office) -> None:
    first = await bring(office, csv_file(row(participants="20")).content)
    kept = await office.desk.read(Activity, first["rows"][0]["id"])
    same = csv_file(row(id="sample-9", source_url_or_seed="https://example.org/9"))
    done = await bring(office, same.content, undecided="same")
    assert done["merged"] == 1
    assert "https://example.org/9" in (await office.desk.read(Activity, kept.id)).sources
    assert (await undone(office, done["at"]))[0] == 200
    assert public_state(await office.desk.read(Activity, kept.id)) == public_state(kept)
    gone = await office.desk.read(Activity, done["rows"][0]["id"])
    assert (gone.status, gone.entered_by_mistake, gone.merged_into) == ("cancelled", True, None)


async def test_organisations_are_taken_out_unless_others_name_them(office: Office) -> None:
    listed = b"name,parent,country\nCustoms Service,,KG\nBorder Unit,Customs Service,KG\nAcademy,,KG\n"
    done = await bring(office, listed, "organisations")
    ids = {each["title"]: each["id"] for each in done["rows"]}
    activity = await office.desk.plan(**ahead())
    reference = {"name": "Academy", "id": ids["Academy"]}
    named = await office.desk.register(activity, organisation=reference)
    unit = {"programme": "SAMPLE", "name": {"en": "Later unit"}, "parent_id": ids["Border Unit"]}
    later = await office.editor.client.post(f"{API}/organisations", json=unit)
    assert later.status_code == 201, later.text
    other = await office.desk.plan(**ahead(), co_organisers=[{"name": "C", "id": ids["Customs Service"]}])
    reasons = [each["obstacles"] for each in (await would(office, done["at"]))["rows"]]
    assert [[one["reason"] for one in each] for each in reasons] == [
        ["It is named by 1 activities."],
        ["It is named by 1 units."],
        ["It is named by 1 registrations."],
    ]
    assert (await undone(office, done["at"]))[0] == 409
    await office.editor.client.post(f"{API}/registrations/{named.id}/take-out", headers=ANY)
    for path, change in (
        (f"activities/{other.id}", {"co_organisers": []}),
        (f"organisations/{later.json()['id']}", {"parent_id": None}),
    ):
        patch = {"if-match": "*", "content-type": "application/merge-patch+json"}
        answer = await office.editor.client.patch(f"{API}/{path}", content=json.dumps(change), headers=patch)
        assert answer.status_code == 200, answer.text
    assert (await undone(office, done["at"]))[0] == 200
    listing = (await office.editor.client.get(f"{API}/organisations", params={"programme": "SAMPLE"})).json()["items"]
    assert [each["name"]["en"] for each in listing] == ["Later unit"]
    assert (await office.desk.read(Organisation, ids["Academy"])).entered_by_mistake
    assert (await bring(office, listed, "organisations"))["created"] == 3, "they are recorded anew"


async def test_a_list_of_participants_is_undone_from_its_page_and_each_is_as_before(office: Office) -> None:
    activity = await office.desk.plan(**around_today())
    nominated = await office.desk.register(activity, "Sample Asanova", email="a@example.org", status="nominated")
    url = f"{ACTIVITIES}/{activity.id}/registrations/list"
    rows = f"Name\tE-mail\t{TODAY}\nSample Asanova\ta@example.org\t1\nSample Bekov\tb@example.org\t1\n"
    page = await office.editor.open(url)
    page = await office.editor.fill(page, url, rows=rows, status="registered")
    page = await office.editor.fill(page, url)
    assert len(await office.people(activity)) == 2
    page = await office.editor.open(url)
    (address,) = [link for link in page.links if link.startswith("/registry/import/")]
    page = await office.editor.open(address)
    assert f"{address}/undo" in page.links and page.mistakes == []
    page = await office.editor.open(f"{address}/undo")
    assert "1 record would be taken out, 1 would be as before" in page.text and page.mistakes == []
    page = await office.editor.fill(page, f"{address}/undo")
    assert "1 record is taken out, 1 is as before." in page.text
    assert "This import was undone by" in page.text
    (left,) = await office.people(activity)
    assert (left.registration.id, left.registration.status, left.registration.days_attended) == (
        nominated.id,
        "nominated",
        (),
    )
    last = [json.loads(each.value or b"{}") for each in await office.desk.waiting() if each.topic == PARTICIPANTS.name]
    assert sorted((each["status"], each["entered_by_mistake"]) for each in last[-2:]) == [
        ("nominated", None),
        ("withdrawn", True),
    ]
    assert "Bekov" not in json.dumps([entry.data for entry in await office.desk.journal()])
    again = await office.desk.register(activity, "Sample Bekov", email="b@example.org")
    assert (again.status, again.entered_by_mistake) == ("registered", False), "and is registered in the same one"


async def test_a_registration_entered_by_mistake_is_taken_out_and_put_back(office: Office) -> None:
    activity = await office.desk.plan(**around_today())
    part = await office.desk.register(activity, "Sample Asanova", email="a@example.org")
    await office.editor.client.put(f"{API}/registrations/{part.id}/attendance/{TODAY}")
    url = f"/registry/registrations/{part.id}"
    page = await office.editor.fill(await office.editor.open(url), f"{url}/take-out")
    assert "stands in no list and counts nowhere" in page.text and page.mistakes == []
    assert await office.people(activity) == []
    again = await office.editor.client.post(f"{API}/registrations/{part.id}/take-out", headers=ANY)
    assert again.json()["type"] == "urn:registan:problem:already-taken-out"
    page = await office.editor.fill(await office.editor.open(url), f"{url}/put-back")
    back = await office.desk.read(Registration, part.id)
    assert (back.status, back.days_attended, back.entered_by_mistake) == ("attended", (TODAY,), False)
    once_more = await office.editor.client.post(f"{API}/registrations/{part.id}/put-back", headers=ANY)
    assert once_more.json()["type"] == "urn:registan:problem:not-taken-out"


async def test_who_was_told_nothing_of_an_undone_list_gets_nothing_and_who_was_told_gets_the_truth_once(
    office: Office, mails: Database
) -> None:
    activity = await office.desk.plan(**ahead())
    people = [{"person": {"name": f"Sample Person {n}", "email": f"p{n}@example.org"}} for n in range(2)]
    lists = f"{API}/activities/{activity.id}/registrations/list"
    first = (await office.editor.client.post(lists, json=people[:1], headers={"idempotency-key": "1"})).headers
    await hear_all(office, mails)
    await told(mails)
    second = (await office.editor.client.post(lists, json=people[1:], headers={"idempotency-key": "2"})).headers
    await hear_all(office, mails)
    assert [each[0] for each in await waiting(mails)] == ["confirmation"]
    assert (await would(office, second["location"]))["told"] == 1
    assert (await undone(office, second["location"]))[0] == 200
    await hear_all(office, mails)
    assert await waiting(mails) == [], "the letter that waited is dropped, and no other takes its place"
    assert (await undone(office, first["location"]))[0] == 200
    await hear_all(office, mails)
    assert [each[0] for each in await waiting(mails)] == ["withdrawal"]


async def test_a_move_that_an_undone_list_made_is_taken_back_for_those_who_heard_of_it(
    office: Office, mails: Database
) -> None:
    activity = await office.desk.plan(**ahead(), code="sample-1")
    await office.desk.register(activity, "Sample Person", email="a@example.org")
    await hear_all(office, mails)
    await told(mails)
    moved = f"id,starts,ends\nsample-1,{TODAY + timedelta(days=40)},{TODAY + timedelta(days=41)}\n".encode()
    unheard = await bring(office, moved)
    await hear_all(office, mails)
    assert [each[0] for each in await waiting(mails)] == ["rescheduling"]
    assert (await would(office, unheard["at"]))["told"] == 1
    await undone(office, unheard["at"])
    await hear_all(office, mails)
    assert await waiting(mails) == [], "they know the days that are true again"
    heard = await bring(office, moved, undecided="import")
    await hear_all(office, mails)
    await told(mails)
    await undone(office, heard["at"])
    await hear_all(office, mails)
    assert [each[0] for each in await waiting(mails)] == ["rescheduling"]


async def test_the_pages_of_undoing_speak_russian_to_a_russian_reader(office: Office) -> None:
    listed = csv_file(row(title="Семинар", kind="семинар"), row(id="s-2", title="Встреча", kind="встреча"))
    done = await bring(office, listed.content)
    await office.desk.register(await office.desk.read(Activity, done["rows"][0]["id"]), "Образец Асанова")
    office.editor.client.cookies.set("registan_language", "ru")
    for url in ("/registry/import", f"/registry/import/{done['key']}", f"/registry/import/{done['key']}/undo"):
        page = await office.editor.open(url)
        assert (page.mistakes, english_in(page)) == ([], set()), url


async def test_a_viewer_undoes_nothing_and_a_stranger_does_not_find_it(office: Office) -> None:
    done = await bring(office, csv_file(row()).content)
    assert (await office.viewer.client.post(f"{done['at']}/undo", json={})).status_code in (403, 404)
    assert (await office.desk.read(Activity, done["rows"][0]["id"])).status == "held"
