"""`registan step`: what the buttons of the pages do, typed by a person, at the real database."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from deploy.cli import app
from services.registry.models import Activity, Person, Registration
from tests.conftest import DatabaseUrl
from tests.registry import SECRET, Desk, desk

Registan = Callable[..., Result]


@pytest.fixture
def url(database_url: DatabaseUrl) -> str:
    return database_url("registry")


@pytest.fixture
def registan(url: str, tmp_path: Path) -> Registan:
    secret = tmp_path / "person-keys"
    secret.write_bytes(SECRET)
    environment = {
        "REGISTAN_REGISTRY_DATABASE_URL": url,
        "REGISTAN_REGISTRY_URL": "https://registan.example.org",
        "REGISTAN_REGISTRY_PORT": "8001",
        "REGISTAN_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "REGISTAN_SESSION_PUBLIC_KEY_FILE": "unused",
        "REGISTAN_SESSION_PRIVATE_KEY_FILE": "unused",
        "REGISTAN_PERSON_KEY_SECRET_FILE": str(secret),
    }
    return lambda *words: CliRunner().invoke(app, ("step", *map(str, words)), env=environment)


def at_the_desk(url: str, work: Callable[[Desk], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        async with desk(url) as opened:
            return await work(opened)

    return asyncio.run(run())


def test_an_activity_is_taken_out_put_back_and_merged(registan: Registan, url: str) -> None:
    async def plan(at: Desk) -> tuple[Activity, Activity]:
        return await at.plan(), await at.plan()

    one, two = at_the_desk(url, plan)
    assert registan("activities", one.id, "take-out").exit_code == 0
    assert registan("activities", one.id, "reinstate").exit_code == 2, "it needs a reason"
    assert registan("activities", one.id, "reinstate", "reason=It was held").exit_code == 0
    merged = registan("activities", one.id, "merge", f"into={two.id}", "--json")
    assert json.loads(merged.stdout)["version"] == 4
    assert registan("activities", one.id, "undo-merge").exit_code == 0
    assert at_the_desk(url, lambda at: at.read(Activity, one.id)).status == "planned"


def test_people_are_registered_and_made_one(registan: Registan, url: str) -> None:
    async def enter(at: Desk) -> tuple[Registration, Registration]:
        activity = await at.plan()
        return await at.register(activity, status="nominated"), await at.register(activity, "Sample Person 2")

    one, two = at_the_desk(url, enter)
    assert registan("registrations", one.id, "register").exit_code == 0
    merged = registan("persons", one.person_id, "merge", f"into={two.person_id}")
    assert merged.exit_code == 0
    told = json.loads(merged.stderr.splitlines()[-1])["about"]
    assert told == [str(one.person_id), str(two.person_id)], "both stand in the security log"
    assert at_the_desk(url, lambda at: at.read(Person, one.person_id)).merged_into == two.person_id
    assert registan("persons", one.person_id, "undo-merge").exit_code == 0


def test_what_cannot_be_done_is_said_in_a_sentence(registan: Registan, url: str) -> None:
    activity = at_the_desk(url, lambda at: at.plan())
    for words, code in (
        (("activities", activity.id, "fly"), 2),
        (("camels", activity.id, "confirm"), 2),
        (("activities", activity.id, "cancel", "reason"), 2),
        (("persons", activity.id, "merge"), 2),
    ):
        assert registan(*words).exit_code == code, words
    nothing = registan("persons", activity.id, "merge", f"into={activity.id}")
    assert nothing.exception is not None and nothing.exit_code == 1
