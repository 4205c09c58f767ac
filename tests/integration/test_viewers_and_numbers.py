"""What a viewer learns of numbers of people in the registry: none, at no door, in no format, order or filter.

An adversary who may only look walks each GET route over activities whose head counts are numbers found nowhere else.
Roles in another programme make nobody more than a viewer here.
"""

import re
from collections.abc import AsyncIterator, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, get_args
from zipfile import ZipFile

import httpx2
import pytest
import pytest_asyncio
from fastapi.routing import iter_route_contexts

from services.registry.models import Activity, Registration
from services.registry.models.user import AddUser
from services.registry.usecases.accounts.add_user import add_user
from services.registry.usecases.activities.find import ACTIVITIES, ActivityFilter, Sort
from services.registry.usecases.activities.steps import STEPS
from services.registry.usecases.activities.update import UpdateActivity, update_activity
from shared.contracts.access import Grant
from shared.contracts.activities import Headcount
from shared.identifiers import new_id
from shared.identity import Actor
from shared.identity.actors import everywhere
from tests.conftest import DatabaseUrl
from tests.office import OPEN, Office, around_today, open_office
from tests.web import browser, granted, program

API = "/registry/api/v1"
PAGE = {"accept": "text/html"}
BEFORE, TOTAL, WOMEN, OF_KG = 787751, 791930, 790741, 790742
CANARIES = tuple(map(str, (BEFORE, TOTAL, WOMEN, OF_KG)))
VIEWER = Grant(role="viewer", programme="SAMPLE")
ADVERSARIES: dict[str, tuple[Grant, ...]] = {
    "viewer": (VIEWER,),
    "viewer of everything": (Grant(role="viewer"),),
    "viewer here, coordinator elsewhere": (VIEWER, Grant(role="coordinator", programme="OTHER", countries=("KG",))),
    "viewer here, administrator elsewhere": (VIEWER, Grant(role="admin", programme="OTHER")),
}


class House:
    """SAMPLE with an activity of two countries whose people were counted, and one with people who are registered."""

    def __init__(self, office: Office, folder: Path, counted: Activity, named: Activity, person: Registration) -> None:
        self.office, self.folder = office, folder
        self.counted, self.named, self.person = counted, named, person

    async def as_(self, *grants: Grant) -> httpx2.AsyncClient:
        return await granted(self.office.app, self.folder, *grants)

    def addresses(self, activity: Activity) -> Iterator[str]:
        """Each GET route about an activity, in each format."""
        keys = {
            "activity_id": activity.id,
            "registration_id": self.person.id,
            "person_id": self.person.person_id,
            "code": "SAMPLE",
            "organisation_id": new_id(),
            "output_id": new_id(),
            "upload_id": new_id(),
            "account_id": new_id(),
            "file": "registry.css",
            "version": "v1",
            "topic": "registan.activities.v1",
        }
        for context in iter_route_contexts(self.office.app.routes):
            path = str(context.path)
            if "GET" in (context.methods or ()) and path.startswith("/registry/") and not path.startswith(OPEN):
                for kind in ("csv", "xlsx") if "{kind}" in path else ("",):
                    yield path.format(**keys, kind=kind)


@pytest_asyncio.fixture
async def house(database_url: DatabaseUrl, tmp_path: Path) -> AsyncIterator[House]:
    async with open_office(tmp_path, database_url("registry")) as office:
        desk = office.desk
        await desk.define(code="OTHER", name={"en": "Other programme"}, countries=["KG", "KZ"])
        held = {"status": "held", **around_today(), "beneficiary_countries": ["KG", "KZ"]}
        counted = await desk.plan(**held, headcount={"total": BEFORE})
        count = {"total": TOTAL, "women": WOMEN, "by_country": {"KG": OF_KG}}
        described = counted.model_dump(include=set(UpdateActivity.model_fields)) | {"headcount": count}
        corrected = UpdateActivity.model_validate(described | {"activity_id": counted.id})
        counted = await desk.do(update_activity, corrected)
        named = await desk.plan(**around_today(), beneficiary_countries=["KG", "KZ"])
        for number in range(3):
            person = await desk.register(named, f"Canary Person {number}", gender="female", country="KG")
        yield House(office, tmp_path, counted, named, person)


def said(answer: httpx2.Response) -> str:
    """The words of an answer, those in a workbook among them; digits are joined as they are read."""
    text = answer.text
    if answer.content[:2] == b"PK":
        with ZipFile(BytesIO(answer.content)) as book:
            text = "\n".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))
    return re.sub(r"(?<=\d)[,.\s\u00a0\u202f](?=\d{3})", "", text)


async def found_by(client: httpx2.AsyncClient, house: House, **headers: str) -> set[str]:
    """The addresses where a canary is told."""
    found, walked = set(), 0
    secrets = (*CANARIES, "Canary Person", str(house.person.id), str(house.person.person_id))
    for activity in (house.counted, house.named):
        for address in house.addresses(activity):
            accepted = {} if "/api/" in address else PAGE
            answer = await client.get(address, headers=accepted | headers)
            walked += 1
            if answer.status_code == 200 and any(secret in said(answer) for secret in secrets):
                found.add(address)
    assert walked > 80
    return found


@pytest.mark.parametrize("adversary", ADVERSARIES)
async def test_a_viewer_finds_no_number_of_people_and_no_row_of_one_at_any_door(house: House, adversary: str) -> None:
    client = await house.as_(*ADVERSARIES[adversary])
    assert await found_by(client, house) == set()
    assert await found_by(client, house, **{"accept-language": "ru"}) == set()


async def test_a_program_that_may_only_look_finds_none_either(house: House) -> None:
    client = await program(house.office.app, "viewer")
    assert (await client.get(f"{API}/activities/{house.counted.id}")).status_code == 200
    assert await found_by(client, house) == set()


async def test_the_walk_finds_numbers_as_soon_as_nothing_hides_them(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that the walk above cannot be green for another reason."""
    monkeypatch.setattr(Activity, "hidden_from", lambda _activity, _actor: ())
    found = await found_by(await house.as_(VIEWER), house)
    one = f"{API}/activities/{house.counted.id}"
    assert found >= {one, f"{one}/history", f"{API}/activities", f"/registry/activities/{house.counted.id}"}


async def test_those_who_may_change_the_activity_read_its_numbers_where_it_is_shown(house: House) -> None:
    one = f"{API}/activities/{house.counted.id}"
    doors = (
        one,
        f"{one}/history",
        f"{API}/activities",
        "/registry/activities",
        "/registry/activities.csv",
        "/registry/activities.xlsx",
        f"/registry/activities/{house.counted.id}",
    )
    editor = await house.as_(Grant(role="editor", programme="SAMPLE"))
    whole = Grant(role="coordinator", programme="SAMPLE", countries=("KG", "KZ"))
    for client in (editor, await house.as_(whole)):
        for door in doors:
            answer = await client.get(door, headers={} if "/api/" in door else PAGE)
            assert str(TOTAL) in said(answer), door
    one_of_two = await house.as_(Grant(role="coordinator", programme="SAMPLE", countries=("KG",)))
    for door in doors:
        answer = await one_of_two.get(door, headers={} if "/api/" in door else PAGE)
        assert answer.status_code == 200 and str(TOTAL) not in said(answer), door


async def test_no_filter_and_no_order_asks_for_a_number_of_people(house: House) -> None:
    """The same rows in the same order, whatever the head counts are."""
    client = browser(house.office.app, house.folder, "viewer")
    many = [await house.office.desk.plan(**around_today(), status="held", headcount={"total": 5}) for _ in range(4)]

    async def orders() -> dict[str, list[str]]:
        listed = {}
        for sort in get_args(Sort):
            answer = await client.get(f"{API}/activities", params={"sort": sort})
            listed[sort] = [item["id"] for item in answer.json()["items"]]
        return listed

    before = await orders()
    table = Activity.__table__  # type: ignore[attr-defined]
    async with house.office.desk.database.transaction() as session:
        for rank, activity in enumerate(many):
            count = Headcount(total=900 - 100 * rank)
            changed = table.update().where(table.c.id == activity.id).values(headcount=count)
            await session.execute(changed)
    assert await orders() == before
    for name in ("headcount", "headcount.total", "participants", "women", "people"):
        for sign in ("", "-"):
            assert (await client.get(f"{API}/activities", params={"sort": f"{sign}{name}"})).status_code == 422
        assert (await client.get(f"{API}/activities", params={name: TOTAL})).status_code == 422
        for kind in ("csv", "xlsx"):
            file = await client.get(f"/registry/activities.{kind}", params={"sort": name})
            assert file.status_code == 422, "an order that the list does not have is refused before a file begins"
        page = await client.get("/registry/activities", params={name: TOTAL, "sort": name}, headers=PAGE)
        assert str(house.named.id) in page.text, "what is no filter filters nothing"
    everything: dict[str, Any] = {}
    for name in ActivityFilter.model_fields:
        for canary in CANARIES:
            answer = await client.get(f"{API}/activities", params={name: canary})
            everything[name] = answer.json().get("items", [])
            assert everything[name] == [], name
    for column in (*ACTIVITIES.orders.values(), ACTIVITIES.key):
        assert "headcount" not in str(column)


async def test_records_beside_one_that_is_merged_tell_no_numbers_of_what_somebody_else_edits(house: House) -> None:
    theirs = await house.office.desk.plan(**around_today(), status="held", beneficiary_countries=["KG"])
    page = f"/registry/activities/{theirs.id}/merge"
    for countries, known in ((("KG",), False), (("KG", "KZ"), True)):
        client = await house.as_(Grant(role="coordinator", programme="SAMPLE", countries=countries))
        answer = await client.get(page, headers=PAGE)
        assert answer.status_code == 200 and str(house.counted.id) in answer.text
        assert (str(TOTAL) in said(answer)) == known, countries
        assert ('<td class="number">3</td>' in answer.text) == known, "how many are registered for the other one"


async def test_names_of_colleagues_are_for_editors_of_the_programme(house: House) -> None:
    desk = house.office.desk
    colleague = await desk.do(add_user, AddUser(email="colleague@example.org", name="Canary Colleague", role="editor"))
    actor = Actor(id=colleague.id, kind="user", grants=everywhere("editor"))
    described = house.named.model_dump(include=set(UpdateActivity.model_fields)) | {"series": "Sample series"}
    command = UpdateActivity.model_validate(described | {"activity_id": house.named.id})
    async with desk.database.transaction() as session:
        await update_activity(session, command, actor=actor, clock=desk.clock)
    page = f"/registry/activities/{house.named.id}"
    for grants, known in (
        ((VIEWER,), False),
        (ADVERSARIES["viewer here, administrator elsewhere"], False),
        ((Grant(role="editor", programme="SAMPLE"),), True),
    ):
        answer = await (await house.as_(*grants)).get(page, headers=PAGE)
        assert answer.status_code == 200
        assert ("Canary Colleague" in answer.text) == known, grants


@pytest.mark.parametrize("adversary", ADVERSARIES)
async def test_no_step_and_no_form_tells_a_viewer_how_many(house: House, adversary: str) -> None:
    """The page of a step says how many people will be told; a change that others overtook shows what they changed."""
    client = await house.as_(*ADVERSARIES[adversary])
    for activity in (house.counted, house.named):
        for step in (*(each.name for each in STEPS), "edit", "registrations/new", "registrations/list", "attendance"):
            address = f"/registry/activities/{activity.id}/{step}"
            assert (await client.get(address, headers=PAGE)).status_code in (403, 405), address
            typed = {"reason": "x", "seen_version": "1", "headcount.total": str(BEFORE), "rows": "Canary Person 1"}
            answer = await client.post(address, data=typed, headers=PAGE)
            assert answer.status_code in (303, 403, 422), address
            told = said(answer)
            assert str(TOTAL) not in told and "will be told" not in told and "Canary Person 2" not in told, address
        for method, address in (("PATCH", ""), *(("POST", f"/{step.name}") for step in STEPS)):
            answer = await client.request(
                method, f"{API}/activities/{activity.id}{address}", json={}, headers={"if-match": '"1"'}
            )
            assert answer.status_code in (403, 409, 412, 422), (method, address)
            assert str(TOTAL) not in said(answer)
