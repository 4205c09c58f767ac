"""The registry over HTTP, as `app.py` composes it: what it takes, what it refuses, and in which words."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from fastapi import FastAPI
from sqlmodel import select

from services.registry.http.api import examples
from services.registry.models import Activity, AnsweredRequest
from services.registry.nouns import NOUNS
from services.registry.purge import KEPT_FOR, Purge
from services.registry.usecases.activities.steps import Completion, NewSchedule
from services.registry.usecases.organisations.add import AddOrganisation, add_organisation
from services.registry.usecases.steps import Reason
from shared.clock import SystemClock
from shared.identifiers import new_id
from shared.identity import Role
from shared.service import Service
from shared.settings import ServiceName
from tests.conftest import DatabaseUrl
from tests.registry import ACTIVITY, TREE, Desk, SetClock, desk, registry_site
from tests.web import SCRAPER, browser, program, visitor

API = "/registry/api/v1"
ANY = {"if-match": "*"}


@dataclass
class Api:
    """The registry's site over the database of a desk."""

    app: FastAPI
    folder: Path
    desk: Desk

    def as_(self, role: Role = "editor") -> httpx2.AsyncClient:
        return browser(self.app, self.folder, role)

    async def plan(self, **changes: Any) -> Activity:
        return await self.desk.plan(**changes)


@pytest_asyncio.fixture
async def api(database_url: DatabaseUrl, tmp_path: Path) -> AsyncIterator[Api]:
    url = database_url("registry")
    app = registry_site(tmp_path, url)
    service: Service = app.state.service
    async with desk(url) as opened:
        opened.clock.at = SystemClock().now()
        try:
            yield Api(app, tmp_path, opened)
        finally:
            await service.database.close()


def problem(response: httpx2.Response, status: int, slug: str) -> dict[str, Any]:
    """The problem that the response is; every one names its kind and says something."""
    found: dict[str, Any] = response.json()
    assert (response.status_code, found["type"]) == (status, f"urn:registan:problem:{slug}"), found
    assert response.headers["content-type"] == "application/problem+json"
    assert found["title"]
    return found


def shown(example: Any) -> Any:
    """The body that the API's document shows."""
    return example.openapi_examples["example"]["value"]


def fields(found: dict[str, Any]) -> list[str]:
    return [error["field"] for error in found["errors"]]


async def test_an_activity_lives_from_plan_to_completion(api: Api) -> None:
    editor = api.as_()
    planned = await editor.post(f"{API}/activities", json=ACTIVITY | {"starts": "2026-03-02", "ends": "2026-03-04"})
    assert (planned.status_code, planned.headers["etag"]) == (201, '"1"')
    address = planned.headers["location"]
    assert (await editor.get(address)).json() == planned.json()

    async def step(path: str, version: int, body: Any = None) -> dict[str, Any]:
        response = await editor.post(f"{address}/{path}", json=body, headers={"if-match": f'"{version}"'})
        assert response.status_code == 200, response.text
        assert response.headers["etag"] == f'"{version + 1}"'
        return response.json()  # type: ignore[no-any-return]

    assert (await step("confirm", 1))["status"] == "confirmed"
    assert (await step("reschedule", 2, {"starts": "2026-04-02", "reason": "Snow"}))["starts"] == "2026-04-02"
    assert (await step("cancel", 3, {"reason": "No room"}))["status"] == "cancelled"
    assert (await step("reinstate", 4, {"reason": "There is room"}))["status"] == "confirmed"
    held = await step("complete", 5, {"headcount": {"total": 12, "women": 5}})
    assert (held["status"], held["headcount"]["women"]) == ("held", 5)


async def test_a_patch_changes_what_it_names_and_leaves_the_rest(api: Api) -> None:
    activity = await api.plan(series="Sample series", title={"en": "Sample workshop", "ru": "Семинар"})
    editor = api.as_()
    patch = {"title": {"ru": "Учебный семинар"}, "series": None, "outputs": ["Handbook"]}
    response = await editor.patch(
        f"{API}/activities/{activity.id}",
        content=json.dumps(patch),
        headers={"if-match": '"1"', "content-type": "application/merge-patch+json"},
    )
    assert response.status_code == 200, response.text
    after = response.json()
    assert after["title"] == {"en": "Sample workshop", "ru": "Учебный семинар"}
    assert (after["series"], after["outputs"], after["starts"]) == (None, ["Handbook"], ACTIVITY["starts"])


BAD_ACTIVITIES: list[tuple[dict[str, Any], str, str]] = [
    ({"starts": "2026-02-30"}, "invalid", "starts"),
    ({"starts": "next week"}, "invalid", "starts"),
    ({"starts": "2026-09-14", "ends": "2026-09-13"}, "ends-before-it-starts", "ends"),
    ({"beneficiary_countries": ["ZZ"]}, "invalid", "beneficiary_countries.0"),
    ({"beneficiary_countries": ["KG", "KG"]}, "country-named-twice", "beneficiary_countries"),
    ({"host_country": "Atlantis"}, "invalid", "host_country"),
    ({"kind": "party"}, "invalid", "kind"),
    ({"phase": "11"}, "unknown-phase", "phase"),
    ({"component": "7"}, "unknown-component", "component"),
    ({"programme": "NOWHERE"}, "unknown-programme", "programme"),
    ({"title": {}}, "invalid", "title"),
    ({"title": {"en": "\x00"}}, "invalid", "body"),
    ({"title": None}, "invalid", "title"),
    ({"time_zone": "Mars/Olympus"}, "invalid", "time_zone"),
    ({"tilte": {"en": "Sample"}}, "invalid", "tilte"),
    ({"status": "held", "headcount": {"total": 3, "women": 4}}, "invalid", "headcount"),
    ({"status": "held", "headcount": {"total": 3, "by_country": {"KG": 4}}}, "invalid", "headcount"),
    ({"status": "held", "headcount": {"total": -1}}, "invalid", "headcount.total"),
    ({"headcount": {"total": 3}}, "headcount-before-held", "headcount"),
    ({"co_organisers": [{"name": "Sample Agency", "id": "7"}]}, "unknown-organisation", "co_organisers"),
]


@pytest.mark.parametrize(("changes", "slug", "field"), BAD_ACTIVITIES, ids=lambda value: str(value)[:40])
async def test_a_bad_activity_is_refused_with_the_field_that_is_at_fault(
    api: Api, changes: dict[str, Any], slug: str, field: str
) -> None:
    before = len(await api.desk.journal())
    found = problem(await api.as_().post(f"{API}/activities", json=ACTIVITY | changes), 422, slug)
    assert fields(found) == [field], found
    assert len(await api.desk.journal()) == before


@pytest.mark.parametrize(
    ("body", "status", "slug"),
    [
        (b'{"programme": ', 400, "not-json"),
        (b'{"title": {"en": "\xd1"}}', 400, "unreadable"),
        (b'{"title": {"en": "\\ud800"}}', 422, "invalid"),
        (b"[]", 422, "invalid"),
        (b'{"title": {"en": "' + b"x" * 1_000_001 + b'"}}', 413, "too-large"),
    ],
)
async def test_a_body_that_cannot_be_read_is_a_problem_and_not_a_failure(
    api: Api, body: bytes, status: int, slug: str
) -> None:
    response = await api.as_().post(f"{API}/activities", content=body, headers={"content-type": "application/json"})
    problem(response, status, slug)


async def test_a_change_names_the_version_it_saw(api: Api) -> None:
    activity = await api.plan()
    address = f"{API}/activities/{activity.id}/cancel"
    editor, body = api.as_(), {"reason": "No room"}
    problem(await editor.post(address, json=body), 428, "if-match-needed")
    for wrong in ("1", 'W/"1"', '"one"', '""', '"1", "2"', '"²"'):
        problem(await editor.post(address, json=body, headers=[(b"if-match", wrong.encode())]), 400, "bad-if-match")
    found = problem(await editor.post(address, json=body, headers={"if-match": '"7"'}), 412, "stale")
    assert "it is version 1 now" in found["detail"]
    assert (await editor.post(address, json=body, headers=ANY)).status_code == 200


async def test_what_is_not_there_is_not_found(api: Api) -> None:
    editor = api.as_("admin")
    nothing = "01890000-0000-7000-8000-000000000000"
    for method, path, slug in (
        ("GET", f"activities/{nothing}", "activity-not-found"),
        ("PATCH", f"activities/{nothing}", "activity-not-found"),
        ("GET", f"activities/{nothing}/history", "activity-not-found"),
        ("GET", f"activities/{nothing}/registrations", "activity-not-found"),
        ("PUT", f"registrations/{nothing}/absence", "registration-not-found"),
        ("DELETE", f"persons/{nothing}", "person-not-found"),
        ("GET", "programmes/NOWHERE", "programme-not-found"),
        ("GET", f"organisations/{nothing}", "organisation-not-found"),
    ):
        body: dict[str, str] | None = {} if method == "PATCH" else None
        problem(await editor.request(method, f"{API}/{path}", headers=ANY, json=body), 404, slug)


async def test_a_repeated_request_is_answered_alike_and_done_once(api: Api) -> None:
    editor, key = api.as_(), {"idempotency-key": "one"}
    first = await editor.post(f"{API}/activities", json=ACTIVITY, headers=key)
    again = await editor.post(f"{API}/activities", json=ACTIVITY, headers=key)
    assert (again.status_code, again.json()) == (201, first.json())
    for name in ("etag", "location"):
        assert again.headers[name] == first.headers[name]
    assert again.headers["idempotency-replayed"] == "true"
    other = await editor.post(f"{API}/activities", json=ACTIVITY | {"kind": "seminar"}, headers=key)
    problem(other, 422, "idempotency-key-reused")
    path = first.headers["location"]
    problem(await editor.post(f"{path}/confirm", headers=key | ANY), 422, "idempotency-key-reused")
    somebody_else = await api.as_().post(f"{API}/activities", json=ACTIVITY, headers=key)
    assert somebody_else.json()["id"] != first.json()["id"], "a key belongs to its account"
    assert len(await _found(api)) == 2


async def test_repeated_requests_at_the_same_moment_are_done_once(api: Api) -> None:
    editor, key = api.as_(), {"idempotency-key": "one"}
    responses = await asyncio.gather(*(editor.post(f"{API}/activities", json=ACTIVITY, headers=key) for _ in range(8)))
    assert {response.status_code for response in responses} == {201}
    assert len({response.json()["id"] for response in responses}) == 1
    assert len(await _found(api)) == 1


async def test_a_refused_request_can_be_corrected_under_the_same_key(api: Api) -> None:
    editor, key = api.as_(), {"idempotency-key": "one"}
    problem(await editor.post(f"{API}/activities", json=ACTIVITY | {"phase": "9"}, headers=key), 422, "unknown-phase")
    assert (await editor.post(f"{API}/activities", json=ACTIVITY, headers=key)).status_code == 201


async def test_answers_are_kept_for_more_than_a_day_and_then_forgotten(api: Api) -> None:
    await api.as_().post(f"{API}/activities", json=ACTIVITY, headers={"idempotency-key": "one"})
    assert timedelta(hours=24) <= KEPT_FOR
    for later, kept in ((KEPT_FOR - timedelta(minutes=5), 1), (KEPT_FOR + timedelta(minutes=5), 0)):
        await Purge(api.desk.database, SetClock(datetime.now(UTC) + later)).once()
        async with api.desk.database.transaction() as session:
            assert len((await session.exec(select(AnsweredRequest))).all()) == kept


async def test_what_is_kept_of_a_repeated_registration_holds_no_name(api: Api) -> None:
    activity = await api.plan()
    body = {"person": {"name": "Kanareika Sample", "email": "kanareika@example.org"}}
    path, key = f"{API}/activities/{activity.id}/registrations", {"idempotency-key": "one"}
    await api.as_().post(path, json=body, headers=key)
    await api.as_().post(f"{path}/list", json=[body | {"person": {"name": "Kanareika Other"}}], headers=key)
    async with api.desk.database.transaction() as session:
        kept = (await session.exec(select(AnsweredRequest))).all()
    assert len(kept) == 2
    assert "anareika" not in repr([each.model_dump() for each in kept])


async def test_names_and_rows_per_person_are_for_editors_and_administrators_only(api: Api) -> None:
    activity = await api.plan()
    await api.desk.register(activity, "Sample Person 1", email="one@example.org")
    address = f"{API}/activities/{activity.id}/registrations"
    for role in ("editor", "admin"):
        seen = await api.as_(role).get(address)
        assert seen.json()["items"][0]["person"]["name"] == "Sample Person 1"
        assert seen.headers["cache-control"] == "no-store"
    problem(await api.as_("viewer").get(address), 403, "not-allowed")
    problem(await visitor(api.app).get(address), 401, "not-signed-in")


async def test_viewers_read_and_editors_write_and_only_administrators_erase(api: Api) -> None:
    activity = await api.plan()
    registration = await api.desk.register(activity)
    viewer, editor = api.as_("viewer"), api.as_("editor")
    assert (await viewer.get(f"{API}/activities/{activity.id}")).status_code == 200
    problem(await viewer.post(f"{API}/activities", json=ACTIVITY), 403, "not-allowed")
    problem(await viewer.get(f"{API}/persons/{registration.person_id}"), 403, "not-allowed")
    problem(await editor.delete(f"{API}/persons/{registration.person_id}"), 403, "not-allowed")
    problem(await editor.put(f"{API}/programmes/SAMPLE", json={}), 403, "not-allowed")
    erased = await api.as_("admin").delete(f"{API}/persons/{registration.person_id}")
    assert (erased.status_code, erased.json()) == (200, {"registrations": 1})


async def test_a_token_works_like_a_person(api: Api) -> None:
    machine = await program(api.app, "editor")
    made = await machine.post(f"{API}/activities", json=ACTIVITY)
    assert made.status_code == 201
    history = (await machine.get(f"{made.headers['location']}/history")).json()
    assert history["items"][0]["actor_kind"] == "token"


async def test_a_registration_lives_from_nomination_to_attendance(api: Api) -> None:
    activity = await api.plan(starts="2026-03-02", ends="2026-03-04")
    editor, person = api.as_(), {"person": {"name": "Sample Person 1", "email": "one@example.org"}}
    address = f"{API}/activities/{activity.id}/registrations"
    nominated = await editor.post(address, json=person | {"status": "nominated"})
    assert nominated.json()["status"] == "nominated"
    registered = await editor.post(address, json=person | {"gender": "female"})
    assert (registered.json()["id"], registered.headers["etag"]) == (nominated.json()["id"], '"2"')
    problem(await editor.post(address, json=person), 409, "already-registered")
    own = registered.headers["location"]
    changed = await editor.patch(own, json={"role": "trainer"}, headers={"if-match": '"2"'})
    assert (changed.json()["role"], changed.json()["gender"]) == ("trainer", "female")
    for day in ("2026-03-03", "2026-03-02"):
        marked = await editor.put(f"{own}/attendance/{day}")
    assert (marked.json()["status"], marked.json()["days_attended"]) == ("attended", ["2026-03-02", "2026-03-03"])
    found = problem(await editor.put(f"{own}/attendance/2026-03-05"), 422, "day-outside-activity")
    assert "2026-03-02 to 2026-03-04" in found["detail"]
    problem(await editor.put(f"{own}/attendance/yesterday"), 422, "invalid")
    problem(await editor.post(f"{own}/withdraw", headers=ANY), 409, "already-attended")
    unmarked = await editor.delete(f"{own}/attendance/2026-03-03")
    assert unmarked.json()["days_attended"] == ["2026-03-02"]
    assert (await editor.put(f"{own}/absence")).json()["status"] == "absent"


async def test_registering_on_a_cancelled_or_protected_activity_is_refused(api: Api) -> None:
    body = {"person": {"name": "Sample Person 1"}}
    protected = await api.plan(protected=True)
    response = await api.as_().post(f"{API}/activities/{protected.id}/registrations", json=body)
    problem(response, 409, "registering-on-protected-activity")
    cancelled = await api.plan(starts="2049", ends=None)
    await api.desk.cancel(cancelled)
    for path in ("registrations", "registrations/list"):
        rows = [body] if path.endswith("list") else body
        response = await api.as_().post(f"{API}/activities/{cancelled.id}/{path}", json=rows)
        problem(response, 409, "registering-on-cancelled-activity")


async def test_a_list_of_25_is_registered_at_once_and_errors_name_their_rows(api: Api) -> None:
    activity = await api.plan()
    people = [{"person": {"name": f"Sample Person {n}"}, "country": "KG"} for n in range(25)]
    editor, address = api.as_(), f"{API}/activities/{activity.id}/registrations"
    found = problem(await editor.post(f"{address}/list", json=[*people, people[3]]), 422, "rows-refused")
    assert fields(found) in (["rows.25"], ["rows.3"])
    found = problem(await editor.post(f"{address}/list", json=[people[0], {"person": {}}]), 422, "invalid")
    assert fields(found) == ["1.person.name"]
    assert (await editor.get(address)).json()["items"] == []
    made = await editor.post(f"{address}/list", json=people)
    assert (made.status_code, len(made.json()["items"])) == (201, 25)
    names, after = [], None
    while True:
        page = (await editor.get(address, params={"limit": 10} | ({"after": after} if after else {}))).json()
        names += [item["person"]["name"] for item in page["items"]]
        if (after := page["next"]) is None:
            break
    assert sorted(names) == sorted(person["person"]["name"] for person in people)  # type: ignore[index]


async def test_the_attendance_grid_is_marked_at_once(api: Api) -> None:
    activity = await api.plan(starts="2026-03-02", ends="2026-03-04")
    people = [await api.desk.register(activity, f"Sample Person {n}") for n in range(3)]
    rows: list[dict[str, Any]] = [
        {"registration_id": str(people[0].id), "days": ["2026-03-02", "2026-03-03"]},
        {"registration_id": str(people[1].id), "mark": "absent"},
        {"registration_id": str(people[2].id), "days": ["2026-03-02"], "seen_version": 7},
    ]
    address = f"{API}/activities/{activity.id}/attendance"
    found = problem(await api.as_().put(address, json=rows), 422, "rows-refused")
    assert fields(found) == ["rows.2"]
    rows[2]["seen_version"] = 1
    marked = (await api.as_().put(address, json=rows)).json()["items"]
    assert [item["status"] for item in marked] == ["attended", "absent", "attended"]


async def test_history_says_who_did_what_and_why_page_by_page(api: Api) -> None:
    activity = await api.plan(starts="2049-01-01", ends=None)
    editor, address = api.as_(), f"{API}/activities/{activity.id}"
    await editor.post(f"{address}/reschedule", json={"starts": "2049-02-01", "reason": "Snow"}, headers=ANY)
    await editor.post(f"{address}/cancel", json={"reason": "No room"}, headers=ANY)
    whole = (await editor.get(f"{address}/history")).json()
    assert [item["type"] for item in whole["items"]] == [
        "activity-created",
        "activity-rescheduled",
        "activity-cancelled",
    ]
    moved = whole["items"][1]
    assert moved["reason"] == "Snow"
    assert {"field": "starts", "before": "2049-01-01", "after": "2049-02-01"} in moved["changes"]
    pages, after = [], 0
    while after is not None:
        page = (await editor.get(f"{address}/history", params={"after": after, "limit": 1})).json()
        pages += page["items"]
        after = page["next"]
    assert pages == whole["items"], "the same, however it is cut into pages"


async def test_each_noun_has_a_history_and_that_of_a_registration_names_no_person(api: Api) -> None:
    agency = await api.desk.do(add_organisation, AddOrganisation(programme="SAMPLE", name={"en": "Sample Agency"}))
    registration = await api.desk.register(await api.plan(), "Sample Person 1", gender="female")
    await api.desk.erase(registration)
    one_of = {"programmes": "SAMPLE", "organisations": agency.id, "activities": registration.activity_id}
    one_of["registrations"] = registration.id
    output = await api.as_().post(f"{API}/outputs", json=shown(examples.OUTPUT) | {"programme": "SAMPLE"})
    one_of["outputs"] = output.json()["id"]
    for noun in NOUNS:
        found = (await api.as_().get(f"{API}/{noun.path}/{one_of[noun.path]}/history")).json()["items"]
        assert found[0]["version"] == 1
        assert {each["type"] for each in found} <= set(noun.topic.events)
        missing = f"{API}/{noun.path}/{'NONE' if noun.topic.key == 'code' else new_id()}/history"
        problem(await api.as_().get(missing), 404, noun.model.not_found.slug)
    told = (await api.as_().get(f"{API}/registrations/{registration.id}/history")).text
    assert registration.person_key not in told
    assert "person_key" not in told
    problem(await api.as_("viewer").get(f"{API}/registrations/{registration.id}/history"), 403, "not-allowed")


async def test_pages_of_a_list_neither_lose_nor_repeat_a_row_while_others_are_added(api: Api) -> None:
    for number in range(7):
        await api.plan(code=f"M-{number}", title={"en": f"Middle {number}"}, starts="2026-05-05", ends=None)
    for sort in ("starts", "-starts", "title", "-title", "code", "-code"):
        before = {activity["code"] for activity in await _found(api)}
        seen: list[str] = []
        after = None
        while True:
            params = {"sort": sort, "limit": 2} | ({"after": after} if after else {})
            page = (await api.as_("viewer").get(f"{API}/activities", params=params)).json()
            seen += [item["code"] for item in page["items"]]
            await api.plan(code=f"{sort}-A-{len(seen)}", title={"en": "AAA"}, starts="2026-01-01", ends=None)
            await api.plan(code=f"{sort}-Z-{len(seen)}", title={"en": "ZZZ"}, starts="2026-06-06", ends=None)
            if (after := page["next"]) is None or len(seen) > 500:
                break
        assert len(set(seen)) == len(seen), sort
        assert before <= set(seen), sort
        await _forget_all_but_the_middle(api)


async def _forget_all_but_the_middle(api: Api) -> None:
    async with api.desk.database.transaction() as session:
        for activity in (await session.exec(select(Activity))).all():
            if not activity.code.startswith("M-"):
                await session.delete(activity)


async def test_a_list_is_sorted_as_asked_and_unknown_days_come_last_when_the_newest_come_first(api: Api) -> None:
    for code, starts in (("b", "2026-05"), ("a", None), ("c", "2025")):
        await api.plan(code=code, starts=starts, ends=None, title={"en": f"Title {code}"})

    async def codes(sort: str) -> str:
        return "".join(item["code"] for item in await _found(api, sort=sort))

    assert await codes("-starts") == "bca"
    assert await codes("starts") == "acb"
    assert (await codes("title"), await codes("-code")) == ("abc", "cba")
    assert (await codes("updated"), await codes("-updated")) == ("bac", "cab")


async def test_a_list_is_filtered_by_what_people_look_for(api: Api) -> None:
    await api.desk.define(phases=[*TREE["phases"], {"code": "2"}])
    await api.plan(code="a", component="1", kind="seminar", scope="national", delivery="online", series="Dogs")
    await api.plan(code="b", phase="2", starts="2025-01-10", ends="2025-02-10", beneficiary_countries=["KG", "TJ"])
    await api.plan(code="c", starts=None, ends=None, beneficiary_countries=[], title={"ru": "Обучение кинологов 100%"})

    async def codes(**sought: Any) -> str:
        return "".join(item["code"] for item in await _found(api, sort="code", **sought))

    assert await codes() == "abc"
    assert await codes(programme="SAMPLE", phase="2") == "b"
    assert await codes(component="1") == "a"
    assert await codes(kind=["seminar", "workshop"]) == "abc"
    assert await codes(kind="seminar", scope="national", delivery="online", series="Dogs") == "a"
    assert await codes(country="KG") == "ab"
    assert await codes(country="TJ") == "b"
    assert await codes(status="planned", since="2025-02-10", until="2025-12-31") == "b"
    assert await codes(since="2025-02-11", until="2025-12-31") == ""
    assert await codes(until="2026-12-31") == "ab", "of unknown days nothing is said"
    assert await codes(text="КИНОЛОГОВ обучение") == "c"
    assert await codes(text="100%") == "c"
    assert await codes(text="2%0") == ""
    assert await codes(text="_") == ""


@pytest.mark.parametrize(
    ("query", "status", "slug"),
    [
        ("sort=colour", 422, "invalid"),
        ("limit=0", 422, "invalid"),
        ("limit=201", 422, "invalid"),
        ("contry=KG", 422, "invalid"),
        ("kind=party", 422, "invalid"),
        ("since=soon", 422, "invalid"),
        ("after=nonsense", 400, "bad-cursor"),
        ("after=bnVsbA", 400, "bad-cursor"),
        ("after=%D0%B6", 400, "bad-cursor"),
        ("series=%00", 400, "unreadable"),
    ],
)
async def test_a_bad_question_is_refused(api: Api, query: str, status: int, slug: str) -> None:
    problem(await api.as_("viewer").get(f"{API}/activities?{query}"), status, slug)


async def test_a_cursor_of_one_order_is_refused_in_another(api: Api) -> None:
    for _ in range(2):
        await api.plan()
    page = (await api.as_().get(f"{API}/activities", params={"limit": 1, "sort": "title"})).json()
    wrong = await api.as_().get(f"{API}/activities", params={"after": page["next"], "sort": "code"})
    problem(wrong, 400, "bad-cursor")


async def test_a_programme_is_defined_whole_and_against_the_version_seen(api: Api) -> None:
    admin, tree = api.as_("admin"), {name: value for name, value in TREE.items() if name != "code"}
    made = await admin.put(f"{API}/programmes/OTHER", json=tree)
    assert (made.status_code, made.headers["etag"]) == (200, '"1"')
    problem(await admin.put(f"{API}/programmes/OTHER", json=tree), 428, "if-match-needed")
    changed = tree | {"donor": "Sample Donor"}
    put = await admin.put(f"{API}/programmes/OTHER", json=changed, headers={"if-match": '"1"'})
    assert put.headers["etag"] == '"2"'
    problem(await admin.put(f"{API}/programmes/OTHER", json=tree, headers={"if-match": '"1"'}), 412, "stale")
    await api.plan(component="1")
    gone = await admin.put(f"{API}/programmes/SAMPLE", json=tree | {"phases": []}, headers=ANY)
    problem(gone, 409, "part-in-use")
    twice = tree | {"phases": [*tree["phases"], {"code": "1"}]}
    found = problem(await admin.put(f"{API}/programmes/SAMPLE", json=twice, headers=ANY), 422, "invalid")
    assert fields(found) == ["phases"]
    problem(await admin.put(f"{API}/programmes/{'X' * 121}", json=tree), 422, "invalid")
    listed = (await api.as_("viewer").get(f"{API}/programmes")).json()["items"]
    assert [each["code"] for each in listed] == ["OTHER", "SAMPLE"]


async def test_an_organisation_is_added_corrected_and_named_by_an_activity(api: Api) -> None:
    editor = api.as_()
    made = await editor.post(f"{API}/organisations", json={"programme": "SAMPLE", "name": {"en": "Sample Agency"}})
    own = made.headers["location"]
    changed = await editor.patch(own, json={"country": "KG", "kind": "customs"}, headers={"if-match": '"1"'})
    assert (changed.json()["name"], changed.json()["country"]) == ({"en": "Sample Agency"}, "KG")
    problem(await editor.patch(own, json={"name": None}, headers=ANY), 422, "invalid")
    problem(await editor.patch(own, json={"parent_id": made.json()["id"]}, headers=ANY), 422, "unknown-organisation")
    await api.plan(co_organisers=[{"name": "Sample Agency", "id": made.json()["id"]}])
    listed = (await editor.get(f"{API}/organisations", params={"country": "KG"})).json()
    assert [each["id"] for each in listed["items"]] == [made.json()["id"]]


async def test_two_records_of_one_activity_are_merged_and_parted_again(api: Api) -> None:
    gone, kept = await api.plan(), await api.plan()
    editor, address = api.as_(), f"{API}/activities/{gone.id}"
    merged = await editor.post(f"{address}/merge", json={"into": str(kept.id)}, headers={"if-match": '"1"'})
    assert (merged.json()["status"], merged.json()["merged_into"]) == ("merged", str(kept.id))
    problem(await editor.post(f"{address}/cancel", json={"reason": "x"}, headers=ANY), 409, "activity-merged")
    itself = await editor.post(f"{API}/activities/{kept.id}/merge", json={"into": str(kept.id)}, headers=ANY)
    problem(itself, 409, "cannot-merge")
    undone = await editor.post(f"{address}/undo-merge", headers={"if-match": '"2"'})
    assert undone.json()["status"] == "planned"


async def test_a_person_is_corrected_by_editors(api: Api) -> None:
    activity = await api.plan()
    registration = await api.desk.register(activity, "Sample Person 1", email="one@example.org")
    await api.desk.register(activity, "Sample Person 2", email="two@example.org")
    editor, own = api.as_(), f"{API}/persons/{registration.person_id}"
    changed = await editor.patch(own, json={"phone": "+996 555 000000"}, headers={"if-match": '"1"'})
    assert (changed.json()["phone"], changed.headers["cache-control"]) == ("+996 555 000000", "no-store")
    shared = await editor.patch(own, json={"email": "Two@example.org"}, headers=ANY)
    assert shared.json()["email"] == "Two@example.org", "two people can have one mailbox"
    problem(await editor.patch(own, json={"email": "nobody"}, headers=ANY), 422, "invalid")


async def test_what_the_documentation_shows_can_be_sent(api: Api) -> None:
    editor = api.as_()

    planned = await editor.post(
        f"{API}/activities", json=shown(examples.PLANNED) | {"starts": "2026-03-14", "ends": None}
    )
    own = planned.headers["location"]
    for path, example, status in (
        ("registrations", examples.PARTICIPANT, 201),
        ("registrations/list", examples.PARTICIPANTS, 201),
        ("reschedule", examples.of(NewSchedule), 200),
        ("cancel", examples.of(Reason), 200),
        ("reinstate", examples.of(Reason), 200),
    ):
        response = await editor.post(f"{own}/{path}", json=shown(example), headers=ANY)
        assert response.status_code == status, response.text
    other = await editor.post(f"{API}/activities", json=ACTIVITY | {"starts": "2026-03-14", "ends": None})
    held = await editor.post(f"{other.headers['location']}/complete", json=shown(examples.of(Completion)), headers=ANY)
    assert held.status_code == 200, held.text
    assert (await editor.post(f"{API}/organisations", json=shown(examples.ORGANISATION))).status_code == 201


async def test_without_kafka_the_registry_is_ready_and_says_what_is_missing(api: Api) -> None:
    await api.app.state.health.look()
    assert (await visitor(api.app).get("/readyz")).status_code == 503, "the secret of person keys is not recognised yet"
    over = asyncio.Event()
    over.set()
    for runner in api.app.state.service.always:
        await runner.run(over)
    await api.app.state.health.look()
    response = await visitor(api.app).get("/readyz")
    found = response.json()
    assert (response.status_code, found["ready"], found["degraded"]) == (200, True, True)
    assert found["checks"]["database"] == "ok"
    assert found["checks"]["kafka"] != "ok"
    assert (await api.as_().post(f"{API}/activities", json=ACTIVITY)).status_code == 201


async def _found(api: Api, **params: Any) -> list[dict[str, Any]]:
    response = await api.as_("viewer").get(f"{API}/activities", params={"limit": 200, **params})
    assert response.status_code == 200, response.text
    return response.json()["items"]  # type: ignore[no-any-return]


async def test_very_long_names_are_kept_or_refused_and_never_a_failure(api: Api) -> None:
    activity = await api.plan(title={"en": "ж" * 500}, code="ж" * 120)
    person = {"name": "ж" * 500, "email": "a" * 64 + "@" + "b" * 60 + ".example.org"}
    body = {"person": person, "organisation": {"name": "ж" * 5000}}
    made = await api.as_().post(f"{API}/activities/{activity.id}/registrations", json=body)
    assert made.status_code == 201, made.text
    long = ACTIVITY | {"sources": ["x" * 500] * 1987}
    response = await api.as_().post(f"{API}/activities", json=long)
    problem(response, 413, "too-large")


NASTY: list[Any] = [
    None,
    True,
    -1,
    2**63,
    1e308,
    "",
    " ",
    "\x00",
    "x\u0000y",
    "\u202e",
    "ж" * 3000,
    "'; DROP TABLE activity; --",
    "2026-13-01",
    "0000-01-01",
    "9999-12-31",
    [],
    [None],
    [[]],
    {},
    {"": ""},
    {"en": None},
    {"en": "\x00"},
    {"name": "x", "id": "\x00"},
    [{"name": "x", "id": "01890000-0000-7000-8000-000000000000"}],
]


async def test_whatever_stands_in_a_field_is_taken_or_refused_and_never_a_failure(api: Api) -> None:
    activity = await api.plan()
    registration = await api.desk.register(activity)
    editor, admin = api.as_(), api.as_("admin")
    person = {"person": {"name": "Sample Person 9"}}
    targets: list[tuple[httpx2.AsyncClient, str, str, dict[str, Any]]] = [
        (editor, "POST", "activities", ACTIVITY | {"status": "held", "headcount": None, "place": None, "series": None}),
        (editor, "PATCH", f"activities/{activity.id}", dict.fromkeys(ACTIVITY)),
        (editor, "POST", f"activities/{activity.id}/reschedule", {"starts": "2026", "ends": None, "place": None}),
        (editor, "POST", f"activities/{activity.id}/merge", {"into": None, "reason": None}),
        (editor, "POST", f"activities/{activity.id}/registrations", person | dict.fromkeys(("role", "organisation"))),
        (editor, "PATCH", f"registrations/{registration.id}", dict.fromkeys(("country", "gender", "organisation"))),
        (editor, "PATCH", f"persons/{registration.person_id}", dict.fromkeys(("name", "email", "phone", "language"))),
        (
            editor,
            "POST",
            "organisations",
            {"programme": "SAMPLE", "name": {"en": "x"}, "parent_id": None, "kind": None},
        ),
        (admin, "PUT", "programmes/OTHER", {"name": {"en": "x"}, "phases": [], "languages": [], "donor": None}),
    ]
    failed = []
    for client, method, path, body in targets:
        for field in body:
            for nasty in NASTY:
                sent = {name: value for name, value in body.items() if value is not None} | {field: nasty}
                if method == "PATCH":
                    sent = {field: nasty}
                response = await client.request(method, f"{API}/{path}", json=sent, headers=ANY)
                if response.status_code >= 500:
                    failed.append((method, path, field, nasty, response.status_code))
    assert failed == []


async def test_neither_name_nor_address_is_in_a_log_or_a_metric_whatever_becomes_of_the_request(
    api: Api,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    log_as_service: Callable[[ServiceName], None],
) -> None:
    caplog.set_level(logging.WARNING, "httpx2")  # the client of this test writes down what it asks
    log_as_service("registry")
    activity = await api.plan()
    editor, address = api.as_(), f"{API}/activities/{activity.id}/registrations"
    canary = {"person": {"name": "Kanareika Sample", "email": "kanareika@example.org"}}
    made = await editor.post(address, json=canary)
    person = (await editor.get(address)).json()["items"][0]["person"]["id"]
    refused = [
        await editor.post(address, json=canary),
        await editor.post(f"{address}/list", json=[canary]),
        await editor.post(address, json={"person": {"name": "Kanareika Sample", "email": "kanareika at home"}}),
        await editor.post(address, json=canary | {"kanareika": "x"}),
        await editor.patch(f"{API}/persons/{person}", json={"email": "kanareika@"}, headers=ANY),
        await editor.get(f"{API}/activities", params={"text": "Kanareika"}),
    ]
    metrics = (await visitor(api.app, **SCRAPER).get("/metrics")).text
    assert made.status_code == 201
    assert [response.status_code for response in refused] == [409, 422, 422, 422, 422, 200]
    logged = capfd.readouterr()
    assert address in logged.err, "requests are logged, so that this looks at something"
    assert "kanareika" not in (logged.err + logged.out + metrics).lower()
