"""For how long names are kept, who is due to be erased, and what a person gets who asks for everything kept of them."""

import asyncio
import json
import stat
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest_asyncio
from structlog.testing import capture_logs
from typer.testing import CliRunner, Result

from deploy.cli import app as command_line
from services.notifications.app import build as build_notifications
from services.notifications.deliveries.delivery import Delivery
from services.notifications.settings import NotificationsSettings
from services.registry.models import Person, Registration
from services.registry.usecases.persons.merge import MergePersons, merge_persons
from services.registry.usecases.programmes.define import DefineProgramme
from shared.contracts import TOPICS
from shared.contracts.access import Grant
from shared.contracts.envelope import read
from shared.database import Database
from shared.web.application import application
from tests.conftest import DatabaseUrl
from tests.integration.mailing import all_deliveries, hear
from tests.office import TODAY, Office, ahead, around_today, open_office
from tests.pages import english_in
from tests.registry import SECRET, TREE
from tests.web import PAGE, granted, key_files

API = "/registry/api/v1"
KEPT = "/registry/programmes/SAMPLE/names-kept"
LONG_AGO = {"starts": str(TODAY - timedelta(days=1200)), "ends": str(TODAY - timedelta(days=1199))}


@dataclass
class Vault:
    """SAMPLE keeps names for three years. Who is due is called after why."""

    office: Office
    folder: Path
    due: Registration
    merged: Registration
    back_again: Registration
    on_no_day: Registration
    registry_url: str
    notifications_url: str

    async def as_(self, *grants: Grant) -> httpx2.AsyncClient:
        return await granted(self.office.app, self.folder, *grants)

    async def remain(self) -> set[str]:
        found = [await self.office.desk.read(Person, each) for each in self.ids]
        return {person.name for person in found if person}

    @property
    def ids(self) -> list[Any]:
        return [each.person_id for each in (self.due, self.merged, self.back_again, self.on_no_day)]

    async def registan(self, *words: str, typed: str | None = None) -> Result:
        """What is typed on the command line."""
        secret = self.folder / "person-key-secret"
        secret.write_bytes(SECRET)
        private, public = key_files(self.folder)
        environment = {
            "REGISTAN_REGISTRY_DATABASE_URL": self.registry_url,
            "REGISTAN_NOTIFICATIONS_DATABASE_URL": self.notifications_url,
            "REGISTAN_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
            "REGISTAN_SESSION_PUBLIC_KEY_FILE": str(public),
            "REGISTAN_SESSION_PRIVATE_KEY_FILE": str(private),
            "REGISTAN_PERSON_KEY_SECRET_FILE": str(secret),
        }
        return await asyncio.to_thread(CliRunner().invoke, command_line, words, input=typed, env=environment)


@pytest_asyncio.fixture
async def vault(database_url: DatabaseUrl, tmp_path: Path) -> AsyncIterator[Vault]:
    registry_url = database_url("registry")
    async with open_office(tmp_path, registry_url) as office:
        desk = office.desk
        await desk.define(names_kept_years=3, countries=["KG", "KZ"], languages=["en", "ru"])
        old = await desk.plan(**LONG_AGO, status="held", title={"en": "Canary workshop"})
        older = await desk.plan(starts="2012", ends="2012", status="held", title={"en": "Canary seminar"})
        recent = await desk.plan(**around_today())
        undated = await desk.plan(starts=None, ends=None)
        due = await desk.register(old, "Sample Canary", email="canary@example.org", country="KG")
        merged = await desk.register(older, "Canary Sample", email="merged@example.org")
        back_again = await desk.register(old, "Sample Returned", email="returned@example.org")
        await desk.register(recent, "Sample Returned", email="returned@example.org")
        on_no_day = await desk.register(undated, "Sample Undated")
        assert due.person_id and merged.person_id
        one = MergePersons(person_id=merged.person_id, into=due.person_id)
        await desk.do(merge_persons, one, keys=desk.keys)
        yield Vault(office, tmp_path, due, merged, back_again, on_no_day, registry_url, database_url("notifications"))


async def due_now(vault: Vault) -> list[dict[str, Any]]:
    answer = await vault.office.admin.client.get(f"{API}/programmes/SAMPLE/due")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_who_took_part_in_nothing_for_so_many_years_is_due_and_nobody_else(vault: Vault) -> None:
    (one,) = await due_now(vault)
    assert one["person_id"] == str(vault.due.person_id), "the period runs from the last of all their activities"
    assert one["last_day"] == LONG_AGO["ends"]
    last = date.fromisoformat(LONG_AGO["ends"])
    assert date.fromisoformat(one["due_since"]) in (last.replace(year=last.year + 3), date(last.year + 3, 3, 1))
    page = await vault.office.admin.open(KEPT)
    assert page.mistakes == [] and "Sample Canary" in page.text and "Sample Returned" not in page.text
    vault.office.admin.client.cookies.set("registan_language", "ru")
    for url in (KEPT, "/registry/programmes/SAMPLE"):
        page = await vault.office.admin.open(url)
        assert (page.mistakes, english_in(page)) == ([], set()), url


async def test_without_a_period_nobody_is_due_and_the_page_says_so(vault: Vault) -> None:
    page = await vault.office.admin.fill(await vault.office.admin.open(KEPT), KEPT, names_kept_years="")
    assert "No period is set" in page.text and "Sample Canary" not in page.text
    assert await due_now(vault) == []
    assert (
        "Names are kept until somebody erases them."
        in (await vault.office.viewer.open("/registry/programmes/SAMPLE")).text
    )
    for wrong in ("0", "-1", "101", "three"):
        page = await vault.office.admin.fill(await vault.office.admin.open(KEPT), KEPT, 422, names_kept_years=wrong)
    page = await vault.office.admin.fill(await vault.office.admin.open(KEPT), KEPT, names_kept_years="3")
    assert "for 3 years" in page.text and "Sample Canary" in page.text
    programme = (await vault.office.viewer.client.get(f"{API}/programmes/SAMPLE")).json()
    assert (programme["names_kept_years"], [each["code"] for each in programme["phases"]]) == (3, ["1"])


async def test_the_period_is_part_of_the_programme_s_file_and_off_where_the_file_says_nothing(vault: Vault) -> None:
    file = vault.folder / "programme.json"
    file.write_text(json.dumps(TREE | {"countries": ["KG", "KZ"]}))
    said = await vault.registan("import", "programme", str(file))
    assert said.exit_code == 0, said.output
    assert "names_kept_years: 3 → nothing" in said.output
    tree = DefineProgramme.model_validate(TREE)
    assert tree.names_kept_years is None


async def test_those_who_are_due_are_erased_by_who_saw_how_many(vault: Vault) -> None:
    admin = vault.office.admin.client
    address = f"{API}/programmes/SAMPLE/erase-due"
    wrong = await admin.post(address, json={"expected": 2})
    assert (wrong.status_code, wrong.json()["type"].rpartition(":")[2]) == (409, "others-are-due")
    assert len(await vault.remain()) == 4
    with capture_logs() as lines:
        page = await vault.office.admin.fill(
            await vault.office.admin.open(KEPT), "/registry/programmes/SAMPLE/erase-due"
        )
    assert "1 person is erased." in page.text and "Nobody is due" in page.text
    assert await vault.remain() == {"Sample Returned", "Sample Undated"}
    (line,) = [each for each in lines if each["event"] == "person-erased"]
    assert line["about"] == [str(vault.due.person_id)]
    erased = [entry.key for entry in await vault.office.desk.journal() if entry.type == "participant-erased"]
    assert sorted(erased) == sorted([str(vault.due.id), str(vault.merged.id)]), "those found to be the same go as well"
    assert (await admin.post(address, json={"expected": 1})).status_code == 409


async def test_each_programme_has_its_own_period_and_its_own_administrators(vault: Vault) -> None:
    await vault.office.desk.define(code="OTHER")
    activity = await vault.office.desk.plan(programme="OTHER", **LONG_AGO, status="held")
    await vault.office.desk.register(activity, "Elsewhere Person")
    administrator = vault.office.admin.client
    assert (await administrator.get(f"{API}/programmes/OTHER/due")).json()["items"] == []
    elsewhere = await vault.as_(Grant(role="admin", programme="OTHER"), Grant(role="viewer", programme="SAMPLE"))
    for grants in ((Grant(role="viewer"),), (Grant(role="editor", programme="SAMPLE"),)):
        client = await vault.as_(*grants)
        assert (await client.get(f"{API}/programmes/SAMPLE/due")).status_code == 403
        assert (await client.get(KEPT, headers=PAGE)).status_code == 403
    assert (await elsewhere.get(f"{API}/programmes/SAMPLE/due")).status_code == 403
    assert (await elsewhere.get(KEPT, headers=PAGE)).status_code == 403
    assert (await elsewhere.post(f"{API}/programmes/SAMPLE/erase-due", json={"expected": 1})).status_code == 403
    answer = await elsewhere.post(KEPT, data={"names_kept_years": "1", "seen_version": "2"}, headers=PAGE)
    assert answer.status_code == 403
    assert len(await vault.remain()) == 4


async def told_to_notifications(vault: Vault) -> Database:
    """What the registry published, heard by notifications."""
    events = []
    topics = {topic.name: topic for topic in TOPICS}
    for row in await vault.office.desk.waiting():
        headers = [(name, value.encode()) for name, value in row.headers.items()]
        events.append(read(topics[row.topic], row.key.encode(), row.value, headers))
    database = Database(vault.notifications_url)
    await hear(database, [event for event in events if event.topic.name != "registan.organisations.v1"])
    return database


async def test_a_person_gets_everything_that_is_kept_of_them_and_nothing_of_others(vault: Vault) -> None:
    address = f"{API}/persons/{vault.due.person_id}/export"
    with capture_logs() as lines:
        answer = await vault.office.editor.client.get(address)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    kept = answer.json()
    assert (kept["person"]["name"], kept["person"]["email"]) == ("Sample Canary", "canary@example.org")
    assert [each["name"] for each in kept["recorded_as_well_as"]] == ["Canary Sample"]
    assert [part["activity"]["title"]["en"] for part in kept["registrations"]] == ["Canary seminar", "Canary workshop"]
    assert [part["history"][0]["type"] for part in kept["registrations"]] == ["participant-registered"] * 2
    assert kept["person_keys"][0] == vault.due.person_key and len(set(kept["person_keys"])) == 2
    assert "Returned" not in answer.text
    (line,) = [each for each in lines if each["event"] == "person-exported"]
    assert (line["about"], line["status"]) == ([str(vault.due.person_id)], 200)
    merged = await vault.office.editor.client.get(f"{API}/persons/{vault.merged.person_id}/export")
    assert merged.json()["person"] == kept["person"], "who was found to be another one gets what is kept of that one"
    for grants in (
        (Grant(role="viewer"),),
        (Grant(role="coordinator", programme="SAMPLE", countries=("KG",)),),
        (Grant(role="viewer", programme="SAMPLE"), Grant(role="editor", programme="OTHER")),
    ):
        client = await vault.as_(*grants)
        assert (await client.get(address)).status_code == 403
        assert (await client.get(f"/registry/persons/{vault.due.person_id}/export", headers=PAGE)).status_code == 403


async def test_the_same_is_a_page_that_can_be_printed(vault: Vault) -> None:
    address = f"/registry/persons/{vault.due.person_id}"
    assert f"{address}/export" in (await vault.office.editor.open(address)).links
    page = await vault.office.editor.open(f"{address}/export")
    assert page.mistakes == []
    for said in ("Sample Canary", "canary@example.org", "Canary Sample", "Canary workshop", "Canary seminar"):
        assert said in page.text, said
    assert any(link.endswith(f"/persons/{vault.due.person_key}/export") for link in page.links)
    vault.office.editor.client.cookies.set("registan_language", "ru")
    page = await vault.office.editor.open(f"{address}/export")
    assert (page.mistakes, english_in(page)) == ([], set())


async def test_what_a_person_was_told_is_read_from_notifications_with_their_key(vault: Vault) -> None:
    vault.office.desk.clock.move(hours=1)  # what happened before notifications began is told to nobody
    coming = await vault.office.desk.plan(**ahead())
    person = await vault.office.desk.register(coming, "Sample Canary", email="canary@example.org", country="KG")
    database = await told_to_notifications(vault)
    settings = NotificationsSettings(
        name="notifications",
        database_url=vault.notifications_url,
        kafka_bootstrap_servers="127.0.0.1:1",
        session_public_key_file=key_files(vault.folder)[1],
    )
    app = application(build_notifications(settings))
    try:
        mails: list[Delivery] = [each for each in await all_deliveries(database) if each.recipient == person.person_key]
        assert len(mails) == 1
        address = f"/notifications/api/v1/persons/{person.person_key}/export"
        with capture_logs() as lines:
            answer = await (await granted(app, vault.folder, Grant(role="editor", programme="SAMPLE"))).get(address)
        kept = answer.json()
        assert (kept["name"], kept["email"]) == ("Sample Canary", "canary@example.org")
        assert [(each["id"], each["rule"], each["state"]) for each in kept["mails"]] == [
            (str(mails[0].id), "confirmation", "planned")
        ]
        (line,) = [each for each in lines if each["event"] == "person-exported"]
        assert line["about"] == [person.person_key]
        for grant, status in (
            (Grant(role="viewer"), 403),
            (Grant(role="editor", programme="OTHER"), 404),
            (Grant(role="coordinator", programme="SAMPLE", countries=("KG",)), 403),
        ):
            assert (await (await granted(app, vault.folder, grant)).get(address)).status_code == status
        unknown = address.replace(person.person_key, "k" * 43)
        assert (await (await granted(app, vault.folder, Grant(role="admin"))).get(unknown)).status_code == 404
    finally:
        await app.state.service.database.close()
        await database.close()


async def test_the_command_line_says_ids_and_days_and_writes_names_into_a_file_alone(vault: Vault) -> None:
    vault.office.desk.clock.move(hours=1)  # what happened before notifications began is told to nobody
    coming = await vault.office.desk.plan(**ahead())
    await vault.office.desk.register(coming, "Sample Returned", email="returned@example.org")
    await (await told_to_notifications(vault)).close()
    run = vault.registan
    said = await run("persons", "due")
    assert said.exit_code == 0, said.output
    assert str(vault.due.person_id) in said.output and LONG_AGO["ends"] in said.output
    assert "kept for 3 years" in said.output and "Canary" not in said.output
    (programme,) = json.loads((await run("persons", "due", "--json", "--programme", "SAMPLE")).stdout)
    assert [each["person_id"] for each in programme["due"]] == [str(vault.due.person_id)]

    file = vault.folder / "everything.json"
    person = str(vault.back_again.person_id)
    exported = await run("persons", "export", person, "--to", str(file))
    assert exported.exit_code == 0, exported.output
    assert "Returned" not in exported.output and person in exported.output, "its line in the security log has the id"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    kept = json.loads(file.read_text())
    assert kept["registry"]["person"]["name"] == "Sample Returned"
    assert len(kept["registry"]["registrations"]) == 3
    assert [(each["name"], len(each["mails"]) > 0) for each in kept["notifications"]] == [("Sample Returned", True)]
    assert (await run("persons", "export", person, "--to", str(file))).exit_code == 2, "no file is written over"

    assert (await run("persons", "erase-due", typed="n\n")).exit_code == 1
    assert (await run("persons", "erase-due", "--expected", "2")).exit_code == 2
    assert len(await vault.remain()) == 4
    done = await run("persons", "erase-due", typed="y\n")
    assert done.exit_code == 0 and "1 erased." in done.output and "Canary" not in done.output
    assert str(vault.due.person_id) in json.loads(done.stderr.splitlines()[-1])["about"]
    assert await vault.remain() == {"Sample Returned", "Sample Undated"}
    assert "Nobody is due." in (await run("persons", "erase-due", "--expected", "0")).output
