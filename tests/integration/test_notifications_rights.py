"""Who sees and decides on which mails: each role meets what is within its reach and what is not, at every door.

SAMPLE is the programme of the accounts here. What belongs to OTHER is called "Elsewhere" and is not for them to see.
"""

import csv
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from sqlalchemy import text

from services.notifications.app import build
from services.notifications.deliveries.delivery import Delivery
from services.notifications.settings import NotificationsSettings
from shared.contracts.access import Grant
from shared.database import Database
from shared.identifiers import new_id
from shared.web.application import application
from tests.chronicle import Chronicle
from tests.conftest import DatabaseUrl
from tests.integration.mailing import all_deliveries, hear
from tests.web import PAGE, granted, key_files

API = "/notifications/api/v1"
VIEWER = Grant(role="viewer", programme="SAMPLE")
COORDINATOR = Grant(role="coordinator", programme="SAMPLE", countries=("KG",))
EDITOR = Grant(role="editor", programme="SAMPLE")
ADMIN = Grant(role="admin", programme="SAMPLE")
ROLES = {"viewer": VIEWER, "coordinator": COORDINATOR, "editor": EDITOR, "admin": ADMIN}

WHO = {"alone": ("KG",), "shared": ("KG", "KZ"), "foreign": ("KZ",), "elsewhere": ("KG",)}
"""By the activity: the country of each person who is registered for it; its beneficiary countries are the same."""

SEEN = {
    "coordinator": {"alone": 1, "shared": 1},
    "editor": {"alone": 1, "shared": 2, "foreign": 1},
    "admin": {"alone": 1, "shared": 2, "foreign": 1},
}
"""How many mails about which activity each role is shown."""


@dataclass
class Square:
    """Notifications with mails that wait about activities of two programmes, and a way in for any grant."""

    app: FastAPI
    folder: Path
    database: Database
    chronicle: Chronicle
    activities: dict[str, UUID]

    @asynccontextmanager
    async def as_(self, *grants: Grant, page: bool = False) -> AsyncIterator[httpx2.AsyncClient]:
        async with await granted(self.app, self.folder, *grants) as client:
            client.headers.update(PAGE if page else {})
            yield client

    async def about(self, name: str) -> list[Delivery]:
        found = await all_deliveries(self.database)
        return [delivery for delivery in found if delivery.activity_id == self.activities[name]]

    async def states(self) -> list[tuple[str, bool]]:
        return [(delivery.state, delivery.asks) for delivery in await all_deliveries(self.database)]

    def routes(self) -> Iterator[tuple[str, str]]:
        for context in iter_route_contexts(self.app.routes):
            path = str(context.path)
            if path.startswith("/notifications/") and not path.startswith(OPEN):
                yield from ((method, path) for method in context.methods or ())


OPEN = ("/notifications/static", "/notifications/language", "/notifications/api/openapi.json")
OF_ALL = ("/notifications/hold", "/notifications/resume", "/notifications/mailbox")


@pytest.fixture
async def square(database_url: DatabaseUrl, tmp_path: Path) -> AsyncIterator[Square]:
    settings = NotificationsSettings(
        name="notifications",
        database_url=database_url("notifications"),
        kafka_bootstrap_servers="127.0.0.1:1",
        session_public_key_file=key_files(tmp_path)[1],
        mailbox_directory=tmp_path,
    )
    service = build(settings)
    chronicle = Chronicle()
    chronicle.programme()
    chronicle.programme(code="OTHER", name={"en": "Elsewhere programme"})
    activities, number = {}, 0
    for name, countries in WHO.items():
        code = "OTHER" if name == "elsewhere" else "SAMPLE"
        title = {"en": f"{name.capitalize()} workshop"}
        activity = chronicle.plan(title=title, programme=code, beneficiary_countries=countries)
        activities[name] = activity.id
        for country in countries:
            number += 1
            chronicle.contact(number, name=f"{name.capitalize()} {country} Person", programme=code)
            chronicle.register(activity, number, country=country, programme=code)
    await hear(service.database, chronicle.events, ask_above=0)
    try:
        yield Square(application(service), tmp_path, service.database, chronicle, activities)
    finally:
        await service.database.close()


def filled(path: str, delivery: Delivery) -> str:
    known = {
        "delivery_id": delivery.id,
        "notice_id": delivery.notice_id,
        "activity_id": delivery.activity_id,
        "kind": "csv",
    }
    return re.sub(r"{([^}]*)}", lambda name: str(known.get(name[1], new_id())), path)


async def test_nothing_of_another_programme_is_read_or_decided_at_any_door(square: Square) -> None:
    [other] = await square.about("elsewhere")
    before, walked = await square.states(), 0
    for role, grant in ROLES.items():
        async with square.as_(grant) as client:
            for method, path in square.routes():
                body: dict[str, Any] = {"json": {"expected": 1}} if "/api/" in path else {"data": {"expected": "1"}}
                address = filled(path, other)
                answer = await client.request(method, address, **({} if method == "GET" else body))
                assert "Elsewhere" not in answer.text, (role, method, path)
                if "{delivery_id}" in path or "{notice_id}" in path:
                    assert answer.status_code in (403, 404), (role, method, path, answer.status_code)
                if path.startswith(OF_ALL) or (method, path) == ("PUT", f"{API}/sending"):
                    assert answer.status_code == 403, (role, method, path, answer.status_code)
                walked += 1
    assert walked > 4 * 20
    assert await square.states() == before


@pytest.mark.parametrize("role", SEEN)
async def test_lists_numbers_badges_and_files_are_of_the_same_mails(square: Square, role: str) -> None:
    seen, many = SEEN[role], sum(SEEN[role].values())
    async with square.as_(ROLES[role]) as client, square.as_(ROLES[role], page=True) as reader:
        notices = (await client.get(f"{API}/notices")).json()["items"]
        assert {notice["title"]["en"].split()[0].lower(): notice["asks"] for notice in notices} == seen
        listed = (await client.get(f"{API}/deliveries")).json()["items"]
        assert len(listed) == many
        assert all(item["recipient"] for item in listed)
        assert (await client.get(f"{API}/deliveries/counts")).json() == {"planned": many}
        assert f">{many}<" in (await reader.get("/notifications/fragments/badge")).text
        for name in WHO:
            strip = (await reader.get(f"/notifications/fragments/activities/{square.activities[name]}")).text
            assert (f"{seen[name]} mail" in strip) if name in seen else strip.strip() == ""
            assert ("Read and send" in strip) == (name in seen)
        page = (await reader.get("/notifications/")).text
        assert {name for name in WHO if f"{name.capitalize()} workshop" in page} == set(seen)
        saved = await reader.get("/notifications/mails.csv")
        rows = list(csv.DictReader(StringIO(saved.text.removeprefix("\ufeff"))))
        theirs = ("KG",) if role == "coordinator" else ("KG", "KZ")
        shown = [(name, country) for name in seen for country in WHO[name] if country in theirs]
        assert sorted(row["Person"] for row in rows) == sorted(f"{n.capitalize()} {c} Person" for n, c in shown)


@pytest.mark.parametrize("role", ROLES)
async def test_each_role_decides_on_what_is_within_its_reach_and_nothing_else(square: Square, role: str) -> None:
    async with square.as_(ROLES[role]) as client, square.as_(ROLES[role], page=True) as reader:
        for name in ("alone", "shared", "foreign"):
            for delivery, country in zip(await square.about(name), WHO[name], strict=True):
                within = role in ("editor", "admin") or (role == "coordinator" and country == "KG")
                hidden = 403 if role == "viewer" else 404
                letter = await client.get(f"{API}/deliveries/{delivery.id}/letter")
                assert letter.status_code == (200 if within else hidden), (name, country)
                cancelled = await client.post(f"{API}/deliveries/{delivery.id}/cancel")
                assert cancelled.status_code == (204 if within else hidden), (name, country)
                again = await client.post(f"{API}/deliveries/{delivery.id}/send-again")
                assert again.status_code == (200 if within else hidden), (name, country)
            notice = (await square.about(name))[0].notice_id
            page = (await reader.get(f"/notifications/notices/{notice}")).text
            for country in WHO[name]:
                known = role in ("editor", "admin") or (role == "coordinator" and country == "KG")
                assert (f"{name.capitalize()} {country} Person" in page) == known, (name, country)


@pytest.mark.parametrize("decision", ["release", "cancel"])
async def test_a_coordinator_decides_on_their_part_of_a_shared_notice(square: Square, decision: str) -> None:
    notice = (await square.about("shared"))[0].notice_id
    async with square.as_(COORDINATOR) as client, square.as_(VIEWER) as viewer:
        assert (await viewer.post(f"{API}/notices/{notice}/{decision}", json={"expected": 2})).status_code == 403
        assert (await client.post(f"{API}/notices/{notice}/{decision}", json={"expected": 2})).status_code == 409
        assert (await client.post(f"{API}/notices/{notice}/{decision}", json={"expected": 1})).json() == {"mails": 1}
    ours, theirs = await square.about("shared")
    assert (ours.state, ours.asks) == (("planned", False) if decision == "release" else ("cancelled", False))
    assert (theirs.state, theirs.asks) == ("planned", True)


async def test_what_was_refused_is_sent_again_by_each_within_their_reach(square: Square) -> None:
    async with square.database.transaction() as session:
        await session.execute(text("UPDATE delivery SET state = 'bounced', asks = false"))
    async with square.as_(COORDINATOR) as client:
        assert (await client.post(f"{API}/deliveries/send-again", json={"expected": 5})).status_code == 409
        assert (await client.post(f"{API}/deliveries/send-again", json={"expected": 2})).json() == {"mails": 2}
    states = {(delivery.programme, delivery.state) for delivery in await square.about("foreign")}
    assert states == {("SAMPLE", "bounced")}


async def test_rights_in_two_programmes_add_up_and_none_leaks_into_the_other(square: Square) -> None:
    async with square.as_(VIEWER, Grant(role="editor", programme="OTHER")) as client:
        items = (await client.get(f"{API}/deliveries")).json()["items"]
        assert {item["title"]["en"].split()[0] for item in items} == {"Elsewhere"}, "a viewer's mails are none"
        assert (await client.get(f"{API}/deliveries/counts")).json() == {"planned": 1}
        notices = {name: (await square.about(name))[0].notice_id for name in ("alone", "elsewhere")}
        for name, status in (("alone", 404), ("elsewhere", 200)):
            answer = await client.post(f"{API}/notices/{notices[name]}/release", json={"expected": 1})
            assert answer.status_code == status, name
        assert len((await client.get(f"{API}/deliveries", params={"programme": "OTHER"})).json()["items"]) == 1
    async with square.as_(VIEWER, Grant(role="coordinator", programme="SAMPLE", countries=("KG",))) as client:
        seen = (await client.get(f"{API}/deliveries")).json()["items"]
        assert len(seen) == 2, "of a programme in which they decide, they are shown what they decide on"


async def test_a_country_that_was_not_kept_is_filled_in_when_it_is_told_again(square: Square) -> None:
    async with square.database.transaction() as session:
        await session.execute(text("UPDATE registration_version SET country = NULL"))
    async with square.as_(COORDINATOR) as client:
        assert (await client.get(f"{API}/deliveries/counts")).json() == {"planned": 1}, "of the activity that is theirs"
        await hear(square.database, [*square.chronicle.events, *square.chronicle.events], ask_above=0)
        assert (await client.get(f"{API}/deliveries/counts")).json() == {"planned": 2}


async def test_a_mail_is_of_the_country_that_its_person_is_of_now(square: Square) -> None:
    [registration] = [
        event.data
        for event in square.chronicle.events
        if getattr(event.data, "activity_id", None) == square.activities["foreign"]
    ]
    async with square.as_(COORDINATOR) as client:
        before = (await client.get(f"{API}/deliveries/counts")).json()["planned"]
        square.chronicle.change_registration(registration, "updated", country="KG")  # type: ignore[arg-type]
        await hear(square.database, square.chronicle.events[-1:], ask_above=0)
        assert (await client.get(f"{API}/deliveries/counts")).json()["planned"] == before + 1
