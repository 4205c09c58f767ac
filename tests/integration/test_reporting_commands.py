"""`registan figures`, `verify` and `rebuild` as somebody types them, on the real journal's table and real topics."""

import asyncio
import csv
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import pytest

from deploy.histories import Journal, Topics
from deploy.local.environment import kafka_variables
from deploy.local.kafka import Kafka
from shared.contracts import Event
from shared.database import Database
from tests.conftest import DatabaseUrl
from tests.integration import facts
from tests.integration.bus import eventually, open_bus, publish
from tests.web import key_files

PROJECT = Path(__file__).parents[2]


@dataclass
class Desk:
    """A terminal in front of two databases."""

    reporting: Database
    registry: Database
    environment: dict[str, str] = field(default_factory=dict)

    def type(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "deploy.cli", *words]
        return subprocess.run(
            command, cwd=PROJECT, env=self.environment, capture_output=True, text=True, timeout=120, check=False
        )


@pytest.fixture
async def desk(database_url: DatabaseUrl, tmp_path: Path) -> AsyncIterator[Desk]:
    urls = {service: database_url(service) for service in ("reporting", "registry")}
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("REGISTAN_")},
        "REGISTAN_HOME": str(tmp_path / "home"),
        "REGISTAN_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "REGISTAN_SESSION_PUBLIC_KEY_FILE": str(key_files(tmp_path)[1]),
        "REGISTAN_REPORTING_PORT": "8002",
        "REGISTAN_REGISTRY_PORT": "8001",
        **{f"REGISTAN_{service.upper()}_DATABASE_URL": url for service, url in urls.items()},
    }
    desk = Desk(Database(urls["reporting"]), Database(urls["registry"]), environment)
    yield desk
    await desk.reporting.close()
    await desk.registry.close()


def happened() -> list[Event]:
    return [
        facts.programme(),
        facts.activity("a", headcount={"total": 30, "women": 12}),
        facts.activity("nsg", kind="steering-group", phase="9", component="general"),
        facts.activity("undated", starts=None),
        facts.registration("r", of="a"),
    ]


async def write_down(desk: Desk, events: Sequence[Event]) -> None:
    """Put events into the journal, as the registry does."""
    connection = await desk.registry.connect()
    try:
        await connection.executemany(_INSERT, _entries(events))
    finally:
        await connection.close()


_INSERT = """
INSERT INTO journal (event_id, topic, type, key, sequence, programme, time, actor_id, actor_kind, data)
VALUES ($1, $2, $3, $4, $5, $6, $7, gen_random_uuid(), 'system', $8)
"""


def _entries(events: Sequence[Event]) -> list[tuple[object, ...]]:
    return [
        (e.id, e.topic.name, e.type, e.key, e.sequence, e.programme, e.time, e.data.model_dump_json())
        for e in events
        if e.data
    ]


async def test_the_sql_of_a_figure_can_be_printed_and_gives_the_figure(desk: Desk) -> None:
    await facts.tell(desk.reporting, *happened())
    told = desk.type("figures", "--rule", "participants.v1", "--from", "2022", "--by", "gender", "--explain")
    assert told.stdout.startswith("-- participants.v1\nWITH "), told.stderr
    connection = await desk.reporting.connect()
    row = await connection.fetchrow(told.stdout)
    await connection.close()
    assert row
    whole, groups = (json.loads(part) for part in row.values())
    assert (whole[0]["number"], [group["number"] for group in groups]) == (30, [30])


async def test_figures_are_printed_for_people_machines_and_spreadsheets(desk: Desk) -> None:
    await facts.tell(desk.reporting, *happened())
    table = desk.type("figures").stdout.splitlines()
    assert table[0].split() == ["3", "events.v1"]
    assert table[1].split() == ["2", "thematic.v1"]
    told = json.loads(desk.type("figures", "--rule", "events", "--by", "phase", "--json").stdout)
    assert {group["key"]["phase"]: group["value"] for group in told["groups"]} == {"9": 1, "10": 2}
    lines = desk.type("figures", "--rule", "events", "--by", "phase", "--format", "csv").stdout.splitlines()
    assert [line[2:4] for line in csv.reader(lines)] == [["phase", "value"], ["all", "3"], ["10", "2"], ["9", "1"]]


async def test_a_wrong_word_is_answered_in_one_line_and_with_exit_code_2(desk: Desk) -> None:
    for words in (("--rule", "weather"), ("--by", "gender"), ("--kind", "party"), ("--from", "soon")):
        done = desk.type("figures", *words)
        assert done.returncode == 2, done.stderr
        assert "Traceback" not in done.stderr


async def test_verify_agrees_and_after_a_corruption_names_it_until_a_rebuild(desk: Desk) -> None:
    await write_down(desk, happened())
    await facts.tell(desk.reporting, *happened())
    agreed = desk.type("verify")
    assert (agreed.returncode, agreed.stdout.split(".")[0]) == (0, "The facts are what 5 events say"), agreed.stderr
    connection = await desk.reporting.connect()
    await connection.execute("UPDATE facts.activity SET component = '4' WHERE code = 'a'")
    await connection.close()
    found = desk.type("verify", "--patience", "0", "--json")
    assert found.returncode == 1
    assert json.loads(found.stdout)["differences"] == [
        {"fact": "activity", "key": str(facts.id_of("a")), "what": "different"}
    ]
    rebuilt = desk.type("rebuild", "reporting")
    assert (rebuilt.returncode, rebuilt.stdout.split(" in ")[0]) == (0, "5 events"), rebuilt.stderr
    assert desk.type("verify", "--patience", "0").returncode == 0


async def test_only_reporting_is_rebuilt(desk: Desk) -> None:
    assert desk.type("rebuild", "notifications").returncode == 2


async def test_without_the_journal_the_facts_are_made_anew_from_the_topics(
    desk: Desk, kafka: Kafka, topic_prefix: str
) -> None:
    bus = await open_bus(kafka, topic_prefix)
    await asyncio.to_thread(kafka.allow, topic_prefix)
    await publish(bus, *(event.to_record() for event in happened()))
    desk.environment |= kafka_variables(kafka.client("reporting", topic_prefix))
    desk.environment["REGISTAN_REGISTRY_DATABASE_URL"] = "postgresql://nobody:nothing@127.0.0.1:1/nowhere"
    rebuilt = desk.type("rebuild", "reporting")
    assert (rebuilt.returncode, rebuilt.stdout.split(" in ")[0]) == (0, "5 events"), rebuilt.stderr
    assert json.loads(desk.type("figures", "--rule", "events", "--json").stdout)["value"] == 3


async def test_topics_are_read_on_from_where_they_were_left(kafka: Kafka, topic_prefix: str) -> None:
    bus = await open_bus(kafka, topic_prefix)
    await publish(bus, *(event.to_record() for event in happened()))
    topics = Topics(bus)
    assert len(await keys_of(topics)) == 5
    await publish(bus, facts.activity("later").to_record())
    assert await keys_of(topics) == [str(facts.id_of("later"))]


async def test_what_is_committed_late_at_a_lower_position_is_not_passed_over(desk: Desk) -> None:
    journal, slow = Journal(desk.registry), await desk.registry.connect()
    writing = slow.transaction()
    await writing.start()
    await slow.executemany(_INSERT, _entries([facts.activity("slow")]))
    await write_down(desk, [facts.activity("quick")])
    reading = asyncio.create_task(keys_of(journal))
    await eventually(lambda: asked_to_let_go(slow))
    await writing.commit()
    assert await reading == [str(facts.id_of(name)) for name in ("slow", "quick")]
    await write_down(desk, [facts.activity("next")])
    assert await keys_of(journal) == [str(facts.id_of("next"))]
    await slow.close()


async def asked_to_let_go(connection: "asyncpg.Connection[asyncpg.Record]") -> bool:
    asked = "SELECT count(*) FROM pg_locks WHERE relation = 'journal'::regclass AND mode = 'ShareLock' AND NOT granted"
    return bool(await connection.fetchval(asked))


async def keys_of(history: Journal | Topics) -> list[str]:
    return [event.key async for batch in history.unread() for event in batch]


async def test_an_event_of_a_type_that_a_newer_registry_wrote_is_passed_over_as_on_kafka(desk: Desk) -> None:
    connection = await desk.registry.connect()
    newer, known = facts.activity("newer"), facts.activity("known")
    rows = _entries([newer, known])
    await connection.executemany(_INSERT, [(*rows[0][:2], "activity-archived", *rows[0][3:]), rows[1]])
    await connection.close()
    assert await keys_of(Journal(desk.registry)) == [known.key]
