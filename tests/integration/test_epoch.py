"""A registry that is not what it was says so at its start, and a restored one tells subscribers what holds now."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy.engine import make_url

from deploy.local.environment import kafka_variables
from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres
from services.registry.continuity import Continuity, recognise
from services.registry.models import Installation, PersonKeys, Registration
from services.registry.models.user import AddUser
from services.registry.usecases.accounts.add_user import add_user
from services.registry.usecases.accounts.disable_user import disable_user
from services.registry.usecases.activities.steps import MERGE, REINSTATE
from services.registry.usecases.outputs.plan import PlanOutput, plan_output
from services.registry.usecases.raise_epoch import raise_epoch
from services.registry.usecases.settle import CannotSettle, Decision, settle, unsettled
from shared.bus import reader
from shared.bus.kafka import Bus
from shared.bus.relay import Relay
from shared.bus.topics import reconcile
from shared.contracts import ACCESS, ACTIVITIES, CONTACTS, PARTICIPANTS, TOPICS
from shared.contracts.access import Access
from shared.database import Database
from shared.identity import SYSTEM
from shared.identity.access import seals
from shared.identity.sessions import SessionSigner
from shared.service import CannotGoOn
from tests.conftest import DatabaseUrl
from tests.integration.bus import eventually, running
from tests.registry import KEYS, Desk, registry_settings
from tests.web import key_files

Heard = dict[str, tuple[int, bytes | None]]


class House:
    """A registry with a relay of its own, and what a subscriber has heard who looks at versions alone."""

    def __init__(self, url: str, bus: Bus, folder: Path) -> None:
        self.desk = Desk(Database(url, pool_size=6))
        self.bus = bus
        self.signer = SessionSigner(key_files(folder)[0])
        self.continuity = Continuity(self.desk.database, bus, KEYS, self.signer)

    def relay(self) -> Relay:
        begin = self.continuity.before_publishing
        return Relay(self.bus, self.desk.database, service="registry", seals=seals(self.signer), begin=begin)

    async def publish_all(self) -> None:
        async def sent() -> bool:
            return not await self.desk.waiting()

        async with running(self.relay()):
            await eventually(sent)

    async def heard(self, topic: str) -> Heard:
        newest: Heard = {}
        async for record in reader.whole(self.bus, topic):
            version = int(dict(record.headers)["ce_sequence"])
            if version > newest.get(record.key.decode(), (0, None))[0]:
                newest[record.key.decode()] = (version, record.value)
        return newest


@pytest.fixture
async def bus(kafka: Kafka, topic_prefix: str) -> Bus:
    await asyncio.to_thread(kafka.allow, topic_prefix)
    await reconcile(Bus(kafka.client("operator", topic_prefix)), [])
    return Bus(kafka.client("registry", topic_prefix))


@pytest.fixture
async def house(database_url: DatabaseUrl, bus: Bus, tmp_path: Path) -> AsyncIterator[House]:
    house = House(database_url("registry"), bus, tmp_path)
    await house.desk.define()
    yield house
    await house.desk.database.close()


async def backup_of(house: House, postgres: Postgres) -> str:
    """A copy of its database as it is now; its address."""
    url = make_url(house.desk.database.dsn)
    copy = f"{url.database}_backup"
    await house.desk.database.close()
    postgres.run(f"CREATE DATABASE {copy} TEMPLATE {url.database} OWNER registry")
    return url.set(database=copy).render_as_string(hide_password=False)


async def test_a_restored_registry_is_noticed_and_tells_what_holds_above_all_that_was_published(
    house: House, postgres: Postgres, tmp_path: Path
) -> None:
    desk = house.desk
    known = await desk.plan(title={"en": "In the backup"})
    going = await desk.register(known, "Sample Person 1", email="one@example.org")
    async with desk.database.transaction() as session:
        user = await add_user(
            session, AddUser(email="a@example.org", name="Sample", role="admin"), actor=SYSTEM, clock=desk.clock
        )
    await house.publish_all()
    backup = await backup_of(house, postgres)

    await desk.cancel(known)
    later = await desk.plan(title={"en": "After the backup"})
    await desk.erase(going)
    async with desk.database.transaction() as session:
        another = AddUser(email="b@example.org", name="New", role="admin")
        new = await add_user(session, another, actor=SYSTEM, clock=desk.clock)
        await disable_user(session, user.email, actor=SYSTEM, clock=desk.clock)
    await house.publish_all()
    was = {topic.name: await house.heard(topic.name) for topic in TOPICS}

    restored = House(backup, house.bus, tmp_path)
    try:
        with pytest.raises(CannotGoOn, match="--new-epoch"):
            await asyncio.wait_for(restored.relay().run(asyncio.Event()), 30)
        done = await raise_epoch(restored.desk.database, house.bus, KEYS, clock=restored.desk.clock)
        assert done.epoch == 2
        assert [one.key for one in done.unknown] == [str(later.id)]
        await restored.publish_all()

        now = {topic.name: await restored.heard(topic.name) for topic in TOPICS}
        version, told = now[ACTIVITIES.name][str(known.id)]
        assert version > was[ACTIVITIES.name][str(known.id)][0]
        assert b'"status":"planned"' in (told or b"")
        assert Access.model_validate_json(now[ACCESS.name][str(user.id)][1] or b"").active
        assert not Access.model_validate_json(now[ACCESS.name][str(new.id)][1] or b"").active
        assert now[CONTACTS.name][going.person_key][1] is None  # who was erased stays erased
        assert going.person_key.encode() not in (now[PARTICIPANTS.name][str(going.id)][1] or b"")
        epochs = [dict(record.headers)["ce_epoch"] async for record in reader.whole(house.bus, PARTICIPANTS.name)]
        assert epochs[0] == b"1"
        assert epochs[-1] == b"2"

        changed = await restored.desk.cancel(await restored.desk.read(type(known), known.id))
        await restored.publish_all()  # nothing stands in its way any more
        assert (await restored.heard(ACTIVITIES.name))[str(known.id)][0] == changed.version
    finally:
        await restored.desk.database.close()
        postgres.run(f"DROP DATABASE {make_url(backup).database} WITH (FORCE)")


def registan(url: str, bus: Bus, folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """A command in the environment of the registry."""
    settings = registry_settings(folder, url)
    told = {
        **os.environ,
        **kafka_variables(bus.settings),
        "REGISTAN_REGISTRY_DATABASE_URL": url,
        "REGISTAN_SESSION_PUBLIC_KEY_FILE": str(settings.session_public_key_file),
        "REGISTAN_SESSION_PRIVATE_KEY_FILE": str(settings.session_private_key_file),
        "REGISTAN_PERSON_KEY_SECRET_FILE": str(settings.person_key_secret_file),
        "REGISTAN_HOME": str(folder / "home"),
    }
    command = [sys.executable, "-m", "deploy.cli", *words]
    return subprocess.run(command, env=told, capture_output=True, text=True, timeout=120, check=False)


async def test_what_the_backup_does_not_know_is_kept_or_withdrawn_by_a_person(
    house: House, postgres: Postgres, tmp_path: Path
) -> None:
    desk = house.desk
    known = await desk.plan(title={"en": "In the backup"})
    here = await desk.register(known, "Sample Person 1", email="one@example.org")
    await house.publish_all()
    backup = await backup_of(house, postgres)

    kept = await desk.plan(title={"en": "Was held"}, starts="2026-09-01", ends="2026-09-02")
    again = await desk.register(kept, "Sample Person 1", email="one@example.org")
    stranger = await desk.register(kept, "Sample Person 2", email="two@example.org")
    kept = await desk.complete(kept)
    wrong = await desk.plan(title={"en": "Never was"})
    no_more = await desk.register(known, "Sample Person 2", email="two@example.org")
    manual = PlanOutput(programme="SAMPLE", kind="manual", title={"en": "Sample manual"})
    dropped = await desk.do(plan_output, manual)
    duplicate = await desk.plan(title={"en": "Was held, twice"})
    duplicate = await desk.do(MERGE.take, MERGE.of(duplicate.id, into=wrong.id))
    await house.publish_all()
    was = {topic.name: await house.heard(topic.name) for topic in TOPICS}

    restored = House(backup, house.bus, tmp_path)
    database = restored.desk.database

    async def settled(decision: Decision, *keys: UUID) -> None:
        chosen = [one for one in listed.values() if UUID(one.key) in keys]
        await settle(database, chosen, decision, keys=KEYS, actor=SYSTEM, clock=restored.desk.clock)

    try:
        await raise_epoch(database, house.bus, KEYS, clock=restored.desk.clock)
        listed = {one.key: one for one in await unsettled(database, house.bus, KEYS)}
        keep = [kept.id, again.id, stranger.id]
        withdraw = [duplicate.id, wrong.id, no_more.id, dropped.id]
        assert listed.keys() == {str(each) for each in (*keep, *withdraw)}
        with pytest.raises(CannotSettle, match=str(kept.id)):
            await settled("keep", again.id)
        await settled("keep", *keep)
        shown = await asyncio.to_thread(registan, backup, house.bus, tmp_path, "settle")
        assert shown.stdout.splitlines()[-1].startswith("4 to settle"), shown.stderr
        assert "Never was" in shown.stdout
        done = await asyncio.to_thread(registan, backup, house.bus, tmp_path, "settle", "withdraw", str(no_more.id))
        assert done.stdout == "1 withdrawn.\n", done.stderr
        assert json.loads(done.stderr)["about"] == [str(no_more.id)]
        await settled("withdraw", duplicate.id, wrong.id, dropped.id)
        assert not await unsettled(database, house.bus, KEYS)
        await restored.publish_all()  # and a start finds nothing that is not known

        now = {topic.name: await restored.heard(topic.name) for topic in TOPICS}
        told = {}
        for one in listed.values():
            version, value = now[one.noun.topic.name][one.key]
            assert version > was[one.noun.topic.name][one.key][0]
            told[UUID(one.key)] = json.loads(value or b"")
        assert {key: told[key]["status"] for key in told} == {
            kept.id: "held",
            again.id: "registered",
            stranger.id: "registered",
            wrong.id: "cancelled",
            duplicate.id: "cancelled",
            no_more.id: "withdrawn",
            dropped.id: "dropped",
        }
        assert told[wrong.id]["entered_by_mistake"]
        assert told[kept.id] | {"version": 0, "updated_at": ""} == json.loads(
            was[ACTIVITIES.name][str(kept.id)][1] or b""
        ) | {"version": 0, "updated_at": ""}
        back = await restored.desk.read(Registration, again.id)
        assert back.person_id == here.person_id, "whom the backup knows is known again"
        assert (await restored.desk.read(Registration, stranger.id)).person_id is None
        assert (await restored.desk.journal())[-1].reason == "recorded after the backup"
        put_back = REINSTATE.of(wrong.id, reason="It was after all")
        assert (await restored.desk.do(REINSTATE.take, put_back)).status == "planned", "either can be changed later"
    finally:
        await database.close()
        postgres.run(f"DROP DATABASE {make_url(backup).database} WITH (FORCE)")


async def test_a_registry_that_knows_all_that_was_published_is_not_hindered(house: House, bus: Bus) -> None:
    await house.desk.plan()
    await house.publish_all()
    await house.desk.plan()
    await house.publish_all()
    looked_at: list[int] = []
    real = reader.whole

    async def counted(*words: object, **more: object) -> AsyncIterator[object]:
        async for record in real(*words, **more):  # type: ignore[arg-type]
            looked_at.append(1)
            yield record

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("services.registry.continuity.reader.whole", counted)
        await house.continuity.before_publishing()
        first = len(looked_at)
        await house.continuity.before_publishing()
    assert len(looked_at) == first, "what was compared once is not read again"


async def test_another_secret_of_person_keys_is_refused_until_it_is_accepted(house: House) -> None:
    other = PersonKeys(b"another secret, long enough to be one too")
    async with house.desk.database.transaction() as session:
        await recognise(session, KEYS)
    async with house.desk.database.transaction() as session:
        with pytest.raises(CannotGoOn, match="REGISTAN_PERSON_KEY_SECRET_FILE"):
            await recognise(session, other)
    async with house.desk.database.transaction() as session:
        installation = await session.get_one(Installation, 1)
        assert installation.person_keys == KEYS.own_fingerprint()
        assert KEYS.own_fingerprint() != other.own_fingerprint()


def test_a_registry_with_another_secret_ends_at_its_start_with_one_line(
    database_url: DatabaseUrl, kafka: Kafka, topic_prefix: str, tmp_path: Path
) -> None:
    settings = registry_settings(tmp_path, database_url("registry"))
    told = {
        **os.environ,
        **kafka_variables(kafka.client("registry", topic_prefix)),
        "REGISTAN_REGISTRY_DATABASE_URL": settings.database_url.get_secret_value(),
        "REGISTAN_SESSION_PUBLIC_KEY_FILE": str(settings.session_public_key_file),
        "REGISTAN_SESSION_PRIVATE_KEY_FILE": str(settings.session_private_key_file),
        "REGISTAN_PERSON_KEY_SECRET_FILE": str(settings.person_key_secret_file),
        "REGISTAN_REGISTRY_PORT": "0",
        "REGISTAN_HOME": str(tmp_path / "home"),
    }

    def run(*words: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", *words]
        return subprocess.run(command, env=told, capture_output=True, text=True, timeout=60, check=False)

    assert run("deploy.cli", "restore", "--new-person-keys").returncode == 0
    settings.person_key_secret_file.write_bytes(b"another secret, long enough to be one too")
    done = run("deploy.service", "registry")
    assert done.returncode == 1
    assert "holds another secret" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
