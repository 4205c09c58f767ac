"""Kafka can be lost: what the registry holds is published again, and nothing older comes after something newer."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import delete

from services.registry.models.user import AddUser
from services.registry.usecases.accounts.add_user import add_user
from services.registry.usecases.activities.steps import CANCEL
from services.registry.usecases.republish import republish
from shared.bus.outbox import outbox
from shared.contracts import ACCESS, CONTACTS
from shared.identity import SYSTEM
from tests.commands import for_people
from tests.conftest import DatabaseUrl
from tests.registry import KEYS, Desk, Waiting, desk, registry_settings, somebody_waits


@pytest_asyncio.fixture
async def at(database_url: DatabaseUrl) -> AsyncIterator[Desk]:
    async with desk(database_url("registry")) as opened:
        yield opened


async def _story(at: Desk) -> None:
    for number in range(4):
        activity = await at.plan()
        registration = await at.register(activity, f"Sample Person {number}", email=f"{number}@example.org")
        await at.complete(activity)
        if number == 0:
            await at.erase(registration)
    async with at.database.transaction() as session:
        await add_user(
            session, AddUser(email="admin@example.org", name="Sample Admin", role="admin"), actor=SYSTEM, clock=at.clock
        )


async def _published_again(at: Desk, *, whole: bool, batch: int) -> list[Waiting]:
    """What is in the outbox when all that was there has been sent and then published again."""
    async with at.database.transaction() as session:
        await session.execute(delete(outbox))
    counts = [count async for count in republish(at.database, KEYS, whole=whole, batch=batch)]
    waiting = list(await at.waiting())
    assert sum(counts) == len(waiting)
    assert max(counts) <= batch
    return waiting


def _snapshot(events: list[Waiting]) -> dict[tuple[str, str], bytes | None]:
    """What a compacted topic keeps: the last record of each key."""
    return {(each.topic, each.key): each.value for each in events}


@pytest.mark.parametrize("batch", [2, 3, 1000])
async def test_the_whole_journal_is_published_again_as_it_was(at: Desk, batch: int) -> None:
    await _story(at)
    before = list(await at.waiting())
    again = await _published_again(at, whole=True, batch=batch)
    public = [each for each in again if each.topic not in (CONTACTS.name, ACCESS.name)]
    assert [(each.headers["ce_id"], each.sequence, each.value) for each in public] == [
        (each.headers["ce_id"], each.sequence, each.value)
        for each in before
        if each.topic not in (CONTACTS.name, ACCESS.name)
    ]
    assert _snapshot(again) == _snapshot(before), "contacts, tombstones and accounts included"


@pytest.mark.parametrize("batch", [2, 3, 1000])
async def test_the_latest_states_are_each_published_once(at: Desk, batch: int) -> None:
    await _story(at)
    before = list(await at.waiting())
    again = await _published_again(at, whole=False, batch=batch)
    assert _snapshot(again) == _snapshot(before)
    assert len(again) == len(_snapshot(before))


@pytest.mark.parametrize("whole", [True, False])
async def test_nothing_older_comes_after_what_is_changed_meanwhile(at: Desk, whole: bool) -> None:
    """A compacted topic keeps what came last; so who is in the middle of a change is waited for."""
    activity = await at.plan(starts="2027-01-01", ends=None)

    async def publish() -> None:
        async for _ in republish(at.database, KEYS, whole=whole):
            pass

    async with at.database.transaction() as session:
        command = CANCEL.of(activity.id, reason="No room")
        await CANCEL.take(session, command, actor=SYSTEM, clock=at.clock)
        publishing = asyncio.create_task(publish())
        await somebody_waits(at.database, unless=publishing)
    await publishing
    of_the_activity = [each.sequence for each in await at.waiting() if each.key == str(activity.id)]
    assert of_the_activity[-1] == 2, of_the_activity


async def test_an_erased_person_is_forgotten_again_and_never_told_again(at: Desk) -> None:
    registration = await at.register(await at.plan(), "Sample Person 1", email="one@example.org")
    await at.erase(registration)
    again = await _published_again(at, whole=True, batch=1000)
    contacts = [(each.key, each.value) for each in again if each.topic == CONTACTS.name]
    assert contacts == [(registration.person_key, None)]


async def test_the_command_says_how_many_events_wait_to_be_sent(database_url: DatabaseUrl, tmp_path: Path) -> None:
    url = database_url("registry")
    settings = registry_settings(tmp_path, url)
    told = {
        "REGISTAN_REGISTRY_DATABASE_URL": url,
        "REGISTAN_KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers,
        "REGISTAN_SESSION_PUBLIC_KEY_FILE": str(settings.session_public_key_file),
        "REGISTAN_SESSION_PRIVATE_KEY_FILE": str(settings.session_private_key_file),
        "REGISTAN_PERSON_KEY_SECRET_FILE": str(settings.person_key_secret_file),
    }
    async with desk(url) as at:
        await at.register(await at.plan(), "Sample Person 1", email="one@example.org")
        before = _snapshot(list(await at.waiting()))
        async with at.database.transaction() as session:
            await session.execute(delete(outbox))
        command = (sys.executable, "-m", "deploy.cli", "republish", "--whole")
        process = await asyncio.create_subprocess_exec(*command, env={**os.environ, **told}, stdout=PIPE, stderr=PIPE)
        out, errors = await process.communicate()
        assert (process.returncode, for_people(errors.decode())) == (0, "")
        assert "4 events wait in the outbox" in out.decode()
        assert _snapshot(list(await at.waiting())) == before
