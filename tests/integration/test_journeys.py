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

import asyncpg
import httpx2
import pytest

from deploy.local.kafka import ADMINISTRATOR, Kafka
from shared.bus.kafka import Bus
from shared.bus.reader import whole
from shared.contracts import ACTIVITIES, CONTACTS, PARTICIPANTS, TOPICS
from shared.settings import SERVICES, ServiceName
from tests.databases import Databases
from tests.installation import PROJECT, Installation, installed
from tests.integration.bus import eventually

RECORDS = PROJECT / "services" / "registry" / "records" / "activities.csv"


pytestmark = pytest.mark.xdist_group("journeys")  # they share one installation, which takes a while to start


@pytest.fixture(scope="module")
def urls(databases: Databases) -> Iterator[dict[ServiceName, str]]:
    with databases.cloning() as clone:
        yield {service: clone(service) for service in SERVICES}


@pytest.fixture(scope="module")
def installation(
    tmp_path_factory: pytest.TempPathFactory, urls: dict[ServiceName, str], kafka: Kafka
) -> Iterator[Installation]:
    home = tmp_path_factory.mktemp("journeys") / "home"
    with installed(home, urls, kafka, f"journeys-{uuid.uuid4().hex[:8]}.") as running:
        yield running


@pytest.fixture
async def registry(installation: Installation) -> AsyncIterator[httpx2.AsyncClient]:
    async with installation.client("registry") as client:
        sample = {
            "name": {"en": "Sample programme"},
            "synthetic": True,
            "languages": ["en", "ru"],
            "countries": ["KG", "TJ"],
            "phases": [{"code": "1", "starts": "2020", "ends": "2030"}],
        }
        defined = await client.put("api/v1/programmes/SAMPLE", json=sample)
        assert defined.status_code in (200, 428), defined.text  # 428: by the test before
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
        "programme": "SAMPLE",
        "phase": "1",
        "component": "general",
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

    await eventually(all_counted)
    for phase in ("8", "9", "10"):
        of_phase = [row for row in rows if row["phase"] == phase]
        thematic = [row for row in of_phase if row["kind"] != "steering-group"]
        assert (await figure(reporting, "events.v1", programme="BOMCA", phase=phase))["value"] == len(of_phase)
        assert (await figure(reporting, "thematic.v1", programme="BOMCA", phase=phase))["value"] == len(thematic)


async def test_what_is_recorded_once_is_a_figure_and_a_mail(
    installation: Installation, registry: httpx2.AsyncClient, reporting: httpx2.AsyncClient
) -> None:
    activity = await plan(registry)
    await register(registry, activity, "Sample Person 7", "sample.person.7@example.org")

    def mails() -> list[bytes]:
        return [mail for mail in installation.mails() if b"sample.person.7" in mail]

    async def mailed() -> bool:
        return len(mails()) == 1

    await eventually(mailed)
    [mail] = mails()
    letter = BytesParser(policy=policy.default).parsebytes(mail)
    assert letter["to"] and "sample.person.7@example.org" in letter["to"]
    assert [part.get_content_type() for part in letter.walk()].count("text/calendar") == 1


async def test_who_attended_is_counted_and_gets_no_mail_when_it_is_over(
    installation: Installation, registry: httpx2.AsyncClient, reporting: httpx2.AsyncClient
) -> None:
    held = {"starts": "2026-09-01", "ends": "2026-09-02", "status": "held"}
    activity = await plan(registry, **held)
    before = await figure(reporting, "participants.v1", programme="SAMPLE")
    registration = await register(registry, activity, "Sample Person 8", "sample.person.8@example.org")
    attended = await registry.put(f"api/v1/registrations/{registration['id']}/attendance/2026-09-01")
    assert attended.status_code == 200, attended.text

    async def counted() -> bool:
        now = await figure(reporting, "participants.v1", programme="SAMPLE")
        return now["value"] == before["value"] + 1 and now["hash"] != before["hash"]  # type: ignore[operator]

    await eventually(counted)
    assert not any(b"sample.person.8" in mail for mail in installation.mails())


async def test_a_canary_is_found_on_no_public_topic_in_no_journal_metric_or_log_and_after_erasure_nowhere(
    installation: Installation, registry: httpx2.AsyncClient, urls: dict[ServiceName, str]
) -> None:
    mark = uuid.uuid4().hex[:12]
    name, email = f"Sample Canary {mark}", f"sample.canary.{mark}@example.org"
    activity = await plan(registry)
    registration = await register(registry, activity, name, email)

    async def mailed() -> bool:
        return any(mark.encode() in mail for mail in installation.mails())

    await eventually(mailed)
    bus = Bus(installation.kafka.client(ADMINISTRATOR, installation.prefix))
    for topic in TOPICS:
        told = [record async for record in whole(bus, topic.name) if mark.encode() in (record.value or b"")]
        assert bool(told) == (topic is CONTACTS), f"the canary is on {topic.name}"
        assert not any(mark.encode() in (record.key or b"") for record in told)
    for service, port in installation.ports.items():
        scraper = {"authorization": f"Bearer {(installation.home / 'secrets' / 'metrics-token').read_text()}"}
        metrics = (await registry.get(f"http://127.0.0.1:{port}/metrics", headers=scraper)).text
        assert "registan_http_request_seconds_count" in metrics
        assert mark not in metrics, f"the canary is in the metrics of {service}"
    assert mark not in installation.logs()
    assert await tables_with(urls["registry"], mark) == {"person"}
    assert await tables_with(urls["reporting"], mark) == set()

    [named] = (await registry.get(f"api/v1/activities/{activity['id']}/registrations")).json()["items"]
    person = named["person"]["id"]
    erased = await registry.delete(f"api/v1/persons/{person}")
    assert erased.status_code in (200, 204), erased.text

    async def nowhere() -> bool:
        found = [await tables_with(url, mark) for url in urls.values()]
        return found == [set(), set(), set()]

    await eventually(nowhere)
    assert mark not in installation.logs()
    states = [
        json.loads(record.value)
        async for record in whole(bus, PARTICIPANTS.name)
        if record.key == str(registration["id"]).encode()
    ]
    assert states[0]["person_key"] != states[-1]["person_key"]
    *_, last = [r async for r in whole(bus, CONTACTS.name) if r.key == states[0]["person_key"].encode()]
    assert last.value is None


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
    bus = Bus(installation.kafka.client(ADMINISTRATOR, installation.prefix))
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
        f"http://127.0.0.1:{installation.ports['notifications']}/notifications/api/v1/sending",
    ]

    async def answers(status: int) -> bool:
        async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {secret}"}) as client:
            return [(await client.get(door)).status_code for door in doors] == [status] * 3

    await eventually(lambda: answers(200))
    installation.command("tokens", "revoke", name)
    await eventually(lambda: answers(401))
