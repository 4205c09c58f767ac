"""The two journeys, through the doors a person takes, over real processes: what is recorded once is a figure, a mail,
and an event that others hear; and what is personal stays where it belongs.
"""

import csv
import json
import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from email import policy
from email.parser import BytesParser
from pathlib import Path

import asyncpg
import httpx2
import pytest

from shared.bus.kafka import Bus
from shared.bus.reader import whole
from shared.contracts import ACTIVITIES, CONTACTS, PARTICIPANTS, TOPICS
from shared.settings import SERVICES, KafkaSettings, ServiceName
from tests.conftest import DatabaseUrl
from tests.installation import PROJECT, Installation, installed
from tests.integration.bus import eventually

RECORDS = PROJECT / "services" / "registry" / "records" / "activities.csv"


@pytest.fixture
def databases(database_url: DatabaseUrl) -> dict[ServiceName, str]:
    return {service: database_url(service) for service in SERVICES}


@pytest.fixture
def installation(
    tmp_path: Path, databases: dict[ServiceName, str], kafka: str, topic_prefix: str
) -> Iterator[Installation]:
    with installed(tmp_path / "home", databases, kafka, topic_prefix) as running:
        yield running


@pytest.fixture
async def registry(installation: Installation) -> AsyncIterator[httpx2.AsyncClient]:
    async with installation.client("registry") as client:
        yield client


@pytest.fixture
async def reporting(installation: Installation, registry: httpx2.AsyncClient) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(
        base_url=f"http://127.0.0.1:{installation.ports['reporting']}/reporting/", headers=registry.headers
    ) as client:
        await eventually(lambda: _let_in(client))  # the token was created a moment ago, in another service
        yield client


async def _let_in(client: httpx2.AsyncClient) -> bool:
    return (await client.get("api/v1/figures/events.v1")).status_code == 200


async def figure(client: httpx2.AsyncClient, rule: str, **filters: str) -> dict[str, object]:
    answer = await client.get(f"api/v1/figures/{rule}", params=filters)
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


async def plan(registry: httpx2.AsyncClient, **changed: object) -> dict[str, object]:
    """An activity that begins in ten days, so that people who register are told."""
    begins = datetime.now(UTC).date() + timedelta(days=10)
    told = {
        "programme": "BOMCA",
        "phase": "10",
        "component": "1",
        "kind": "workshop",
        "scope": "national",
        "title": {"en": "Workshop on document security", "ru": "Семинар по защите документов"},
        "starts": begins.isoformat(),
        "ends": (begins + timedelta(days=2)).isoformat(),
        "time_zone": "Asia/Bishkek",
        "host_country": "KG",
        "beneficiary_countries": ["KG"],
    }
    answer = await registry.post("api/v1/activities", json=told | changed)
    assert answer.status_code == 201, answer.text
    made: dict[str, object] = answer.json()
    return made


async def register(
    registry: httpx2.AsyncClient, activity: dict[str, object], name: str, email: str
) -> dict[str, object]:
    answer = await registry.post(
        f"api/v1/activities/{activity['id']}/registrations",
        json={"person": {"name": name, "email": email, "language": "en"}, "gender": "female", "country": "KG"},
    )
    assert answer.status_code == 201, answer.text
    made: dict[str, object] = answer.json()
    return made


async def test_the_real_records_are_the_figures_that_a_plain_count_gives(reporting: httpx2.AsyncClient) -> None:
    with RECORDS.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))

    async def all_counted() -> bool:
        return (await figure(reporting, "events.v1", programme="BOMCA"))["value"] == len(rows)

    await eventually(all_counted, within=30)
    for phase in ("8", "9", "10"):
        of_phase = [row for row in rows if row["phase"] == phase]
        thematic = [row for row in of_phase if row["kind"] != "steering-group"]
        assert (await figure(reporting, "events.v1", programme="BOMCA", phase=phase))["value"] == len(of_phase)
        assert (await figure(reporting, "thematic.v1", programme="BOMCA", phase=phase))["value"] == len(thematic)


async def test_what_is_recorded_once_is_a_figure_and_a_mail(
    installation: Installation, registry: httpx2.AsyncClient, reporting: httpx2.AsyncClient
) -> None:
    activity = await plan(registry)
    registration = await register(registry, activity, "Sample Person 7", "sample.person.7@example.org")

    async def mailed() -> bool:
        return len(installation.mails()) == 1

    await eventually(mailed)
    [mail] = installation.mails()
    letter = BytesParser(policy=policy.default).parsebytes(mail)
    assert letter["to"] and "sample.person.7@example.org" in letter["to"]
    assert [part.get_content_type() for part in letter.walk()].count("text/calendar") == 1

    before = await figure(reporting, "participants.v1", programme="BOMCA")
    day = activity["starts"]
    moved = await registry.put(f"api/v1/registrations/{registration['id']}/attendance/{day}", headers={"if-match": "*"})
    assert moved.status_code in (200, 422), moved.text  # an activity that has not begun knows no attendance
    held = await registry.post("api/v1/activities", json=_held())
    assert held.status_code == 201, held.text

    async def counted() -> bool:
        return (await figure(reporting, "events.v1", programme="BOMCA"))["value"] == 210

    await eventually(counted)
    assert (await figure(reporting, "participants.v1", programme="BOMCA"))["hash"] != before["hash"]


def _held() -> dict[str, object]:
    return {
        "programme": "BOMCA",
        "phase": "10",
        "kind": "training",
        "title": {"en": "Training held in September"},
        "starts": "2026-09-01",
        "ends": "2026-09-02",
        "status": "held",
        "headcount": {"total": 20, "women": 8},
    }


async def test_a_canary_is_found_on_no_public_topic_in_no_journal_metric_or_log_and_after_erasure_nowhere(
    installation: Installation, registry: httpx2.AsyncClient, databases: dict[ServiceName, str]
) -> None:
    mark = uuid.uuid4().hex[:12]
    name, email = f"Sample Canary {mark}", f"sample.canary.{mark}@example.org"
    activity = await plan(registry)
    registration = await register(registry, activity, name, email)

    async def mailed() -> bool:
        return any(mark.encode() in mail for mail in installation.mails())

    await eventually(mailed)
    bus = Bus(KafkaSettings(bootstrap_servers=installation.kafka, topic_prefix=installation.prefix))
    for topic in TOPICS:
        told = [record async for record in whole(bus, topic.name) if mark.encode() in (record.value or b"")]
        assert bool(told) == (topic is CONTACTS), f"the canary is on {topic.name}"
        assert not any(mark.encode() in (record.key or b"") for record in told)
    for service, port in installation.ports.items():
        metrics = (await registry.get(f"http://127.0.0.1:{port}/metrics")).text
        assert mark not in metrics, f"the canary is in the metrics of {service}"
    assert mark not in installation.logs()
    assert await tables_with(databases["registry"], mark) == {"person"}
    assert await tables_with(databases["reporting"], mark) == set()

    person = (await registry.get(f"api/v1/registrations/{registration['id']}")).json()["person"]["id"]
    erased = await registry.delete(f"api/v1/persons/{person}")
    assert erased.status_code in (200, 204), erased.text

    async def nowhere() -> bool:
        found = [await tables_with(url, mark) for url in databases.values()]
        return found == [set(), set(), set()]

    await eventually(nowhere)
    assert mark not in installation.logs()
    *_, tombstone = [r async for r in whole(bus, CONTACTS.name) if r.key == registration["person_key"].encode()]  # type: ignore[attr-defined]
    assert tombstone.value is None
    [state] = [
        json.loads(record.value)
        async for record in whole(bus, PARTICIPANTS.name)
        if dict(record.headers)["ce_type"] == b"org.registan.participant-erased"
    ]
    assert state["person_key"] != registration["person_key"]


async def tables_with(url: str, mark: str) -> set[str]:
    """The tables of a database that hold a text, in whatever column."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        names = await connection.fetch("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        return {
            row["table_name"]
            for row in names
            if await connection.fetchval(
                f'SELECT EXISTS (SELECT FROM "{row["table_name"]}" AS t WHERE t::text LIKE $1)',  # noqa: S608
                f"%{mark}%",
            )
        }
    finally:
        await connection.close()


async def test_the_trace_of_a_request_crosses_outbox_and_kafka(
    installation: Installation, registry: httpx2.AsyncClient
) -> None:
    trace = uuid.uuid4().hex
    registry.headers["traceparent"] = f"00-{trace}-00f067aa0ba902b7-01"
    activity = await plan(registry)
    bus = Bus(KafkaSettings(bootstrap_servers=installation.kafka, topic_prefix=installation.prefix))
    found: list[str] = []

    async def published() -> bool:
        found[:] = [
            dict(record.headers)["traceparent"].decode()
            async for record in whole(bus, ACTIVITIES.name)
            if record.key == str(activity["id"]).encode()
        ]
        return bool(found)

    await eventually(published)
    assert found[0].split("-")[1] == trace


async def test_a_revoked_token_opens_no_service(installation: Installation, registry: httpx2.AsyncClient) -> None:
    name = "test-to-be-revoked"
    secret = installation.command("tokens", "create", name, "--role", "viewer").split()[-1]
    doors = [
        f"http://127.0.0.1:{installation.ports['registry']}/registry/api/v1/activities",
        f"http://127.0.0.1:{installation.ports['reporting']}/reporting/api/v1/figures",
        f"http://127.0.0.1:{installation.ports['notifications']}/notifications/api/v1/deliveries",
    ]

    async def answers(status: int) -> bool:
        async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {secret}"}) as client:
            return [(await client.get(door)).status_code for door in doors] == [status] * 3

    await eventually(lambda: answers(200))
    installation.command("tokens", "revoke", name)
    await eventually(lambda: answers(401))
