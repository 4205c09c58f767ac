"""Two people are never taken for one, and one for two only when nobody could have said."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from sqlmodel import select

from services.registry.models import Person, Registration
from services.registry.models.errors.registration import AlreadyRegistered
from tests.conftest import DatabaseUrl
from tests.office import ACTIVITIES, Office, ahead, open_office

API = "/registry/api/v1"
OFFICE = "office@example.org"


@pytest_asyncio.fixture
async def office(database_url: DatabaseUrl, tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path, database_url("registry")) as opened:
        yield opened


async def names(office: Office) -> list[str]:
    async with office.desk.database.transaction() as session:
        return sorted((await session.exec(select(Person.name))).all())


def person(name: str, email: Any = OFFICE, **more: Any) -> dict[str, Any]:
    return {"person": {"name": name, "email": email}, **more}


async def post(office: Office, activity: Any, body: Any, path: str = "") -> httpx2.Response:
    editor: httpx2.AsyncClient = office.editor.client
    return await editor.post(f"{API}/activities/{activity.id}/registrations{path}", json=body)


async def test_a_mailbox_of_several_people_is_asked_about_and_no_name_is_overwritten(office: Office) -> None:
    one, two = await office.desk.plan(**ahead()), await office.desk.plan(**ahead())
    agency = {"organisation": {"name": "Sample Agency"}, "country": "KG", "gender": "female"}
    await post(office, one, person("Sample Asanova", **agency))
    refused = await post(office, two, person("Sample Bekov"))
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:registan:problem:person-ambiguous")
    assert refused.headers["cache-control"] == "no-store"
    (candidate,) = refused.json()["candidates"]
    known = {"name": "Sample Asanova", "email": OFFICE, "organisation": "Sample Agency", "country": "KG"}
    assert {name: candidate[name] for name in known} == known
    assert await names(office) == ["Sample Asanova"]
    assert (await post(office, two, person("Sample Bekov", same_as="new"))).status_code == 201
    assert await names(office) == ["Sample Asanova", "Sample Bekov"]
    for activity in (one, two):
        known_by_both = await post(office, activity, person("SAMPLE  bekov"))
        assert known_by_both.status_code == (201 if activity is one else 409), "address and name say who it is"
    keys = {each.registration.person_key for each in await office.people(one)}
    assert len(keys) == 2, "the second person of a mailbox takes part in the same activity"
    assert [each.registration.gender for each in await office.people(one)] == ["female", "unknown"]
    follows = await post(office, two, person("Asanova (new name)", same_as=candidate["id"]))
    assert follows.status_code == 201
    assert await names(office) == ["Sample Asanova", "Sample Bekov"], "who it is was said; the name stays"


async def test_who_it_is_can_only_be_somebody_of_the_programme(office: Office) -> None:
    activity = await office.desk.plan(**ahead())
    nobody = await post(office, activity, person("Sample One", same_as="018f0000-0000-7000-8000-000000000000"))
    assert (nobody.status_code, nobody.json()["type"]) == (404, "urn:registan:problem:person-not-found")
    wrong = await post(office, activity, person("Sample One", same_as="someone"))
    assert wrong.status_code == 422
    assert await names(office) == []


async def test_two_people_of_one_name_and_agency_are_two_when_somebody_says_so(office: Office) -> None:
    activity = await office.desk.plan(**ahead())
    same = {"organisation": {"name": "Sample Agency"}, "country": "KG"}
    assert (await post(office, activity, person("Sample Twin", None, **same))).status_code == 201
    assert (await post(office, activity, person("Sample Twin", None, **same))).status_code == 409
    second = await post(office, activity, person("Sample Twin", None, same_as="new", **same))
    assert second.status_code == 201
    asked = await post(office, await office.desk.plan(**ahead()), person("Sample Twin", None, **same))
    assert len(asked.json()["candidates"]) == 2


async def test_a_list_names_the_candidates_of_each_row_and_takes_the_decisions(office: Office) -> None:
    activity = await office.desk.plan(**ahead())
    await office.desk.register(activity, "Sample Asanova", email=OFFICE)
    rows = [person("Sample Bekov"), person("Sample Three", "three@example.org")]
    refused = (await post(office, activity, rows, "/list")).json()
    (error,) = refused["errors"]
    assert (error["field"], error["code"]) == ("rows.0.same_as", "person-ambiguous")
    assert [each["name"] for each in error["candidates"]] == ["Sample Asanova"]
    accepted = await post(office, activity, [rows[0] | {"same_as": "new"}, rows[1]], "/list")
    assert accepted.status_code == 201
    assert await names(office) == ["Sample Asanova", "Sample Bekov", "Sample Three"]


async def test_the_form_asks_about_the_mailbox_of_somebody_else(office: Office) -> None:
    activity = await office.desk.plan(**ahead())
    await office.desk.register(activity, "Sample Asanova", email=OFFICE)
    register = f"{ACTIVITIES}/{activity.id}/registrations/new"
    blank = await office.editor.open(register)
    asked = await office.editor.fill(
        blank, register, person__name="Sample Bekov", person__email=OFFICE, status="registered"
    )
    assert "Is this person already recorded?" in asked.text
    assert "Sample Asanova" in asked.text
    assert asked.mistakes == []
    assert await names(office) == ["Sample Asanova"]
    await office.editor.fill(asked, register, same_as="new")
    assert await names(office) == ["Sample Asanova", "Sample Bekov"]
    assert len(await office.people(activity)) == 2


async def test_a_pasted_list_asks_row_by_row_and_is_taken_when_each_is_answered(office: Office) -> None:
    before, activity = await office.desk.plan(**ahead()), await office.desk.plan(**ahead())
    await office.desk.register(before, "Sample Asanova", email=OFFICE)
    known = await office.desk.register(before, "Жээнбеков Жумабек")
    paste = f"{ACTIVITIES}/{activity.id}/registrations/list"
    rows = f"Sample Bekov\t{OFFICE}\nJumabek Jeenbekov\t\nКаримова Дильноза\t\nDilnoza Karimova\t\nSample Five\t"
    preview = await office.editor.fill(await office.editor.open(paste), paste, rows=rows)
    assert "3 rows ask whether this is somebody already recorded." in preview.text
    assert "It is the person of row 3 again" in preview.text
    assert preview.mistakes == []
    accepting = next(form.fields for form in preview.forms if "accept" in form.fields)
    again = await office.editor.send(paste, accepting, 422)
    assert "Say of each row that asks" in again.text
    assert await office.people(activity) == []
    said = {"same_as.1": ["new"], "same_as.2": [str(known.person_id)], "same_as.4": ["again"]}
    accepting = next(form.fields for form in again.forms if "accept" in form.fields)
    page = await office.editor.send(paste, accepting | said)
    assert "4 people are registered." in page.text
    assert await names(office) == sorted(
        ["Sample Asanova", "Жээнбеков Жумабек", "Sample Bekov", "Каримова Дильноза", "Sample Five"]
    )
    assert known.person_id in {each.registration.person_id for each in await office.people(activity)}


async def test_an_address_in_both_forms_of_its_domain_is_one_address(office: Office) -> None:
    one, two = await office.desk.plan(**ahead()), await office.desk.plan(**ahead())
    await office.desk.register(one, "Sample Asanova", email="idn1@кыргыз.рф")
    await office.desk.register(two, "Sample Asanova", email="IDN1@xn--c1aihy8cc.xn--p1ai")
    await office.desk.register(await office.desk.plan(), "Sample Asanova", email="mailto:idn1@кыргыз\u200b.рф")
    assert await names(office) == ["Sample Asanova"]
    refused = await post(office, one, person("Sample Four", "z7@example..org"))
    assert refused.status_code == 422


async def test_a_person_can_be_given_the_mailbox_of_the_office(office: Office) -> None:
    activity = await office.desk.plan(**ahead())
    await office.desk.register(activity, "Sample Asanova", email=OFFICE)
    other = await office.desk.register(activity, "Sample Bekov", email="b@example.org")
    url = f"/registry/registrations/{other.id}"
    await office.editor.fill(await office.editor.open(url), url, person__email=OFFICE)
    assert {each.person.email for each in await office.people(activity) if each.person} == {OFFICE}


@pytest.mark.parametrize("email", [OFFICE, None])
async def test_the_same_person_entered_by_many_at_once_is_entered_once(office: Office, email: str | None) -> None:
    activities = [await office.desk.plan(**ahead()) for _ in range(2)]
    found = await asyncio.gather(
        *(office.desk.register(each, "Sample Asanova", email=email) for each in activities * 4), return_exceptions=True
    )
    assert sum(isinstance(each, AlreadyRegistered) for each in found) == 6
    assert len({each.person_id for each in found if isinstance(each, Registration)}) == 1
