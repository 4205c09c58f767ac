"""Who may do what with what: each role meets what is within its reach and what is not, at every door of the registry.

SAMPLE is the programme of the accounts here. What belongs to OTHER is called "Elsewhere" and is not for them to see.
"""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx2
import pytest
import pytest_asyncio
from fastapi.routing import iter_route_contexts
from sqlalchemy import text
from sqlmodel import select

from services.registry.models import Activity, Organisation, Output, Registration, Token
from services.registry.usecases.activities.steps import STEPS
from services.registry.usecases.organisations.add import AddOrganisation, add_organisation
from services.registry.usecases.outputs.plan import PlanOutput, plan_output
from shared.contracts import ACTIVITIES
from shared.contracts.access import Grant
from shared.identifiers import new_id
from tests.conftest import DatabaseUrl
from tests.office import OPEN, Office, ahead, open_office
from tests.pages import Page, SentForm
from tests.web import granted

API = "/registry/api/v1"
ANY = {"if-match": "*"}
VIEWER = Grant(role="viewer", programme="SAMPLE")
COORDINATOR = Grant(role="coordinator", programme="SAMPLE", countries=("KG",))
EDITOR = Grant(role="editor", programme="SAMPLE")
ADMIN = Grant(role="admin", programme="SAMPLE")
ROLES = {"viewer": VIEWER, "coordinator": COORDINATOR, "editor": EDITOR, "admin": ADMIN}


@dataclass
class Things:
    """One of each noun."""

    activity: Activity
    registration: Registration
    organisation: Organisation
    output: Output
    programme: str

    def fill(self, path: str) -> str:
        keys = {
            "activity_id": self.activity.id,
            "registration_id": self.registration.id,
            "organisation_id": self.organisation.id,
            "output_id": self.output.id,
            "person_id": self.registration.person_id,
            "code": self.programme,
            "day": str(self.activity.starts or "2026-01-01"),
            "kind": "csv",
            "upload_id": new_id(),
            "account_id": new_id(),
            "file": "registry.css",
            "version": "v1",
            "topic": ACTIVITIES.name,
        }
        return path.format(**keys)


@dataclass
class House:
    """The registry with two programmes, and a way in for any grant."""

    office: Office
    folder: Path
    alone: Things
    """Of KG alone."""
    shared: Things
    """Of KG and KZ; the person is from KZ."""
    foreign: Things
    """Of KZ alone."""
    other: Things
    """Of another programme."""

    async def as_(self, *grants: Grant) -> httpx2.AsyncClient:
        return await granted(self.office.app, self.folder, *grants)

    async def versions(self) -> list[Any]:
        return [entry.position for entry in await self.office.desk.journal()]


@pytest_asyncio.fixture
async def house(database_url: DatabaseUrl, tmp_path: Path) -> AsyncIterator[House]:
    async with open_office(tmp_path, database_url("registry")) as office:
        await office.desk.define(code="OTHER", name={"en": "Elsewhere programme"}, countries=["KG", "KZ"])

        async def things(programme: str, countries: list[str], country: str, name: str) -> Things:
            activity = await office.desk.plan(
                **ahead(), programme=programme, beneficiary_countries=countries, title={"en": f"{name} workshop"}
            )
            registration = await office.desk.register(activity, f"{name} Person", country=country)
            agency = AddOrganisation(programme=programme, name={"en": f"{name} agency"}, country=country)
            organisation = await office.desk.do(add_organisation, agency)
            described = {"programme": programme, "kind": "manual", "title": {"en": f"{name} manual"}}
            output = await office.desk.do(plan_output, PlanOutput.model_validate(described))
            return Things(activity, registration, organisation, output, programme)

        yield House(
            office,
            tmp_path,
            await things("SAMPLE", ["KG"], "KG", "Alone"),
            await things("SAMPLE", ["KG", "KZ"], "KZ", "Shared"),
            await things("SAMPLE", ["KZ"], "KZ", "Foreign"),
            await things("OTHER", ["KG"], "KG", "Elsewhere"),
        )


def routes(house: House, method: str) -> Iterator[str]:
    for context in iter_route_contexts(house.office.app.routes):
        if method in (context.methods or ()) and str(context.path).startswith("/registry/"):
            yield str(context.path)


async def test_nothing_of_another_programme_is_read_at_any_door(house: House) -> None:
    walked = 0
    for role, grant in ROLES.items():
        client = await house.as_(grant)
        for path in routes(house, "GET"):
            if path.startswith(OPEN):
                continue
            headers = {} if "/api/" in path else {"accept": "text/html"}
            answer = await client.get(house.other.fill(path), headers=headers)
            assert "Elsewhere" not in answer.text, (role, path)
            if "_id}" in path or "{code}" in path:
                assert answer.status_code in (403, 404, 422), (role, path, answer.status_code)
            walked += 1
    assert walked > 4 * 40


async def test_what_is_of_their_programme_is_read_by_each_role(house: House) -> None:
    own = (
        "activities/{activity_id}",
        "organisations/{organisation_id}",
        "programmes/{code}",
        "activities/{activity_id}/history",
    )
    for role, grant in ROLES.items():
        client = await house.as_(grant)
        for things in (house.alone, house.shared, house.foreign):
            for path in own:
                found = await client.get(f"{API}/{things.fill(path)}")
                assert found.status_code == 200, (role, path)
        listed = (await client.get(f"{API}/activities")).json()["items"]
        assert len(listed) == 3, role
        assert (await client.get("/registry/activities.csv")).text.count("workshop") >= 3


async def test_nothing_of_another_programme_is_changed(house: House) -> None:
    before = await house.versions()
    for grant in ROLES.values():
        client = await house.as_(grant)
        for path in (*routes(house, "POST"), *routes(house, "PATCH"), *routes(house, "PUT"), *routes(house, "DELETE")):
            if "{" in path and not path.startswith(OPEN):
                for body in ({}, {"reason": "x"}, {"title": {"en": "Taken over"}}, {"name": {"en": "Taken over"}}):
                    method = next(m for m in ("POST", "PATCH", "PUT", "DELETE") if path in routes(house, m))
                    sent: dict[str, Any] = {"json": body} if "/api/" in path else {"data": {"reason": "x"}}
                    answer = await client.request(method, house.other.fill(path), headers=ANY, **sent)
                    assert answer.status_code in (303, 403, 404, 405, 422, 429), (path, answer.status_code, answer.text)
    assert await house.versions() == before


def changes(things: Things) -> dict[str, tuple[str, str, Any]]:
    """Something to do to each thing, that only an editor of it may."""
    activity, registration = f"{API}/activities/{things.activity.id}", f"{API}/registrations/{things.registration.id}"
    return {
        "describe": ("PATCH", activity, {"series": "Sample series"}),
        "move": ("POST", f"{activity}/reschedule", {"starts": "2027-03-01"}),
        "correct": ("PATCH", registration, {"role": "trainer"}),
        "absent": ("PUT", f"{registration}/absence", None),
        "withdraw": ("POST", f"{registration}/withdraw", None),
        "organisation": ("PATCH", f"{API}/organisations/{things.organisation.id}", {"kind": "customs"}),
        "person": ("PATCH", f"{API}/persons/{things.registration.person_id}", {"phone": "+996 555 000000"}),
    }


MAY = {
    "viewer": {"alone": set[str](), "shared": set[str](), "foreign": set[str]()},
    "coordinator": {
        "alone": {"describe", "move", "correct", "absent", "withdraw", "organisation", "person"},
        "shared": set[str](),
        "foreign": set[str](),
    },
    "editor": {
        each: {"describe", "move", "correct", "absent", "withdraw", "organisation", "person"}
        for each in ("alone", "shared", "foreign")
    },
}


@pytest.mark.parametrize("role", MAY)
async def test_each_role_changes_what_is_within_its_reach_and_nothing_else(house: House, role: str) -> None:
    client = await house.as_(ROLES[role])
    for name, allowed in MAY[role].items():
        for what, (method, address, body) in changes(getattr(house, name)).items():
            answer = await client.request(method, address, json=body, headers=ANY)
            expected = (200,) if what in allowed else (403,)
            assert answer.status_code in expected, (name, what, answer.text)


async def test_in_a_shared_activity_a_coordinator_works_on_people_of_their_countries_and_sees_only_their_names(
    house: House,
) -> None:
    ours = await house.office.desk.register(house.shared.activity, "Ours Person", country="KG")
    client = await house.as_(COORDINATOR)
    address = f"{API}/activities/{house.shared.activity.id}/registrations"
    people = {each["id"]: each["person"] for each in (await client.get(address)).json()["items"]}
    assert people[str(ours.id)]["name"] == "Ours Person"
    assert people[str(house.shared.registration.id)] is None
    new = {"person": {"name": "New Person"}}
    assert (await client.post(address, json=new | {"country": "KG"})).status_code == 201
    assert (await client.post(address, json=new | {"country": "KZ"})).status_code == 403
    assert (await client.post(address, json=new)).status_code == 403
    assert (await client.patch(f"{API}/registrations/{ours.id}", json={"role": "expert"}, headers=ANY)).is_success
    taken = {"country": "KZ"}
    assert (await client.patch(f"{API}/registrations/{ours.id}", json=taken, headers=ANY)).status_code == 403
    page = f"/registry/activities/{house.shared.activity.id}"
    for where in ("", "/registrations", "/registrations.csv", "/attendance"):
        text = (await client.get(page + where, headers={"accept": "text/html"})).text
        assert "Ours Person" in text, where
        assert "Shared Person" not in text, where
    everybody = await house.as_(EDITOR)
    assert "Shared Person" in (await everybody.get(f"{page}/registrations.csv")).text
    rows = [{"registration_id": str(each)} for each in (ours.id, house.shared.registration.id)]
    marked = await client.put(f"{API}/activities/{house.shared.activity.id}/attendance", json=[rows[1]])
    assert marked.json()["errors"][0]["code"] == "not-allowed"


async def test_a_coordinator_takes_no_activity_over_from_another_country_and_gives_none_away(house: House) -> None:
    client = await house.as_(COORDINATOR)
    address = f"{API}/activities/{house.alone.activity.id}"
    given = await client.patch(address, json={"beneficiary_countries": ["KG", "KZ"]}, headers=ANY)
    assert given.status_code == 403
    plan = {"programme": "SAMPLE", "phase": "1", "kind": "workshop", "title": {"en": "Mine"}}
    assert (await client.post(f"{API}/activities", json=plan | {"beneficiary_countries": ["KG"]})).status_code == 201
    for countries in (["KZ"], ["KG", "KZ"], []):
        refused = await client.post(f"{API}/activities", json=plan | {"beneficiary_countries": countries})
        assert refused.status_code == 403, countries
    merge = {"into": str(house.shared.activity.id)}
    assert (await client.post(f"{address}/merge", json=merge, headers=ANY)).status_code == 403


async def test_pages_offer_what_may_be_done_and_nothing_else(house: House) -> None:
    coordinator, viewer = await house.as_(COORDINATOR), await house.as_(VIEWER)
    page = {"accept": "text/html"}
    alone = (await coordinator.get(f"/registry/activities/{house.alone.activity.id}", headers=page)).text
    shared = (await coordinator.get(f"/registry/activities/{house.shared.activity.id}", headers=page)).text
    seen = (await viewer.get(f"/registry/activities/{house.alone.activity.id}", headers=page)).text
    assert "/edit" in alone
    assert "/edit" not in shared
    assert "/registrations/new" in shared
    assert "/registrations/new" not in seen
    for step in STEPS:
        address = f"/registry/activities/{house.shared.activity.id}/{step.name}"
        answer = await coordinator.post(address, data={"reason": "x", "into": str(house.alone.activity.id)})
        assert answer.status_code in (303, 403, 422), step.name
    assert (await house.office.read(house.shared.activity)).version == 1


async def test_lists_and_programmes_of_an_import_are_for_editors_of_the_programme(house: House) -> None:
    sheet = {"file": ("list.csv", b"title,phase\nNew workshop,1\n", "text/csv")}
    for role, status in {"viewer": 403, "coordinator": 403, "editor": 201, "admin": 201}.items():
        client = await house.as_(ROLES[role])
        sent = await client.post(f"{API}/imports", data={"programme": "SAMPLE"}, files=sheet)
        assert sent.status_code == status, (role, sent.text)
    editor = await house.as_(EDITOR)
    assert (await editor.post(f"{API}/imports", data={"programme": "OTHER"}, files=sheet)).status_code == 422
    kept = (await editor.post(f"{API}/imports", data={"programme": "SAMPLE"}, files=sheet)).headers["location"]
    stranger = await house.as_(Grant(role="admin", programme="OTHER"))
    assert (await stranger.get(kept)).status_code == 404
    assert (await stranger.post(f"{kept}/accept", json={})).status_code == 404
    tree = {"name": {"en": "Taken over"}}
    admin = await house.as_(ADMIN)
    assert (await admin.put(f"{API}/programmes/OTHER", json=tree, headers=ANY)).status_code in (403, 404)
    assert (await admin.put(f"{API}/programmes/NEW", json=tree)).status_code == 403


async def test_rights_in_two_programmes_add_up_and_none_leaks_into_the_other(house: House) -> None:
    client = await house.as_(VIEWER, Grant(role="editor", programme="OTHER"))
    for things, status in ((house.alone, 403), (house.other, 200)):
        answer = await client.patch(f"{API}/activities/{things.activity.id}", json={"series": "S"}, headers=ANY)
        assert answer.status_code == status


async def test_an_account_that_the_release_before_adds_may_do_what_its_role_says(house: House) -> None:
    """Both releases serve while an installation is upgraded; the one before writes no grants."""
    async with house.office.desk.database.transaction() as session:
        await session.execute(
            text(
                "INSERT INTO token (id, name, role, secret_hash, active, version, created_at, updated_at) "
                "VALUES (gen_random_uuid(), 'before', 'editor', 'x', true, 1, now(), now())"
            )
        )
        (found,) = (await session.exec(select(Token).where(Token.name == "before"))).all()
    assert found.grants == (Grant(role="editor"),)


IN_ALL = Grant(role="coordinator", countries=("KG", "KZ"))
PEOPLE = {
    **{role: (grant,) for role, grant in ROLES.items()},
    "viewer who administers elsewhere": (VIEWER, Grant(role="admin", programme="OTHER")),
    "coordinator who administers elsewhere": (COORDINATOR, Grant(role="admin", programme="OTHER")),
    "editor who administers elsewhere": (EDITOR, Grant(role="admin", programme="OTHER")),
    "coordinator of two countries everywhere": (IN_ALL,),
    "administrator": (Grant(role="admin"),),
}
LEFT = ("/registry/sign-out", "/registry/password", "/registry/language")
"""Pressed, they would end the walk."""


async def walk(client: httpx2.AsyncClient) -> tuple[dict[str, tuple[str, int]], dict[str, tuple[str, SentForm]]]:
    """All pages that links lead to: the links that lead to none, and the forms to be pressed, with where they stand."""
    waiting, seen = [("", "/registry/activities")], set[str]()
    dead: dict[str, tuple[str, int]] = {}
    forms: dict[str, tuple[str, SentForm]] = {}
    while waiting:
        stands_on, url = waiting.pop(0)
        answer = await client.get(url, headers={"accept": "text/html"}, follow_redirects=True)
        if answer.status_code != 200:
            dead[url] = (stands_on, answer.status_code)
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        page = Page(answer)
        forms |= {form.action: (url, form) for form in page.forms if form.method == "post" and form.action not in forms}
        for link in page.links:
            address = urljoin(url, link).partition("#")[0]
            path = re.sub(r"=[^&]*", "=", address)  # a list looks alike with each value of a filter
            if address.startswith("/registry/") and path not in seen and path not in LEFT:
                seen.add(path)
                waiting.append((url, address))
    return dead, {action: found for action, found in forms.items() if action not in LEFT}


@pytest.mark.parametrize("who", PEOPLE)
async def test_nobody_is_offered_what_is_refused_when_it_is_pressed(house: House, who: str) -> None:
    desk = house.office.desk
    for programme in ("SAMPLE", "OTHER"):
        described = {"programme": programme, "beneficiary_countries": ["KG"], "outputs": ["Sample handbook"]}
        one, two, past = [await desk.plan(**described) for _ in range(3)]
        await desk.complete(past)
        await desk.register(one, "Nominated Person", country="KG", status="nominated")
        await desk.cancel(two)
    client = await house.as_(*PEOPLE[who])
    dead, forms = await walk(client)
    assert dead == {}
    refused = {}
    for action, (stands_on, form) in forms.items():
        answer = await client.post(action, data=form.fields, headers={"accept": "text/html"})
        if answer.status_code in (403, 404, 500):
            refused[action] = (stands_on, answer.status_code)
    assert refused == {}
