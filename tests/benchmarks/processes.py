"""How long an installation takes to be ready, and what its services weigh: at rest, and after a million events."""

import asyncio
import json
import time
from collections.abc import Mapping

from shared.contracts import PARTICIPANTS
from shared.database import Database
from shared.settings import SERVICES, ServiceName
from tests.benchmarks.ground import Ground
from tests.benchmarks.history import write_lines
from tests.benchmarks.lines import read_lines
from tests.benchmarks.relay import fill_outbox
from tests.benchmarks.results import Goal, Result, Spread
from tests.installation import Installation

AIM_MB = 120
_ONCE = 200_000
"""How many rows the outbox is given at once: a million would measure the disk."""


async def measure(ground: Ground, *, repetitions: int = 1, events: int = 1_000_000) -> Result:
    """Args: repetitions is not asked for: the events of one are as many as of all others together."""
    measured = {}
    async with ground.databases() as databases:
        began = time.perf_counter()
        with ground.installation(databases):
            measured["first start to ready, s"] = Spread.of([time.perf_counter() - began])
        began = time.perf_counter()
        with ground.installation(databases) as installation:
            measured["second start to ready, s"] = Spread.of([time.perf_counter() - began])
            await asyncio.sleep(5)
            at_rest = _megabytes(installation)
            began = time.perf_counter()
            await _flood(ground, databases, events)
            took = time.perf_counter() - began
            await asyncio.sleep(5)
            after = _megabytes(installation)
    measured[f"{events} events from outbox to facts and notifications, s"] = Spread.of([took])
    for service in SERVICES:
        measured[f"{service} at rest, MB"] = Spread.of([at_rest[service]])
        measured[f"{service} after {events} events, MB"] = Spread.of([after[service]])
    goals = [Goal.at_most(f"{service} after the events", after[service], AIM_MB, " MB") for service in SERVICES]
    what = "`registan up` on databases that are there, over a PostgreSQL and a Kafka that run; resident memory."
    return Result("processes", what, "as named", measured, goals)


def _megabytes(installation: Installation) -> dict[str, float]:
    parts = json.loads(installation.command("status", "--json"))["parts"]
    return {part["part"]: part["memory_bytes"] / 1e6 for part in parts if part["part"] in SERVICES}


async def _flood(ground: Ground, databases: Mapping[ServiceName, Database], events: int) -> None:
    """Let the relay publish so many events, and wait until both subscribers have them."""
    for first in range(0, events, _ONCE):
        lines = ground.folder / "processes.jsonl"
        write_lines(lines, min(_ONCE, events - first))
        written = sum(line.topic == PARTICIPANTS.name for line in read_lines(lines))
        before = {table: await _rows(databases[service], table) for service, table in _KNOWN.items()}
        await fill_outbox(databases["registry"], lines)
        for service, table in _KNOWN.items():
            while await _rows(databases[service], table) < before[table] + written:
                await asyncio.sleep(0.5)


_KNOWN: Mapping[ServiceName, str] = {"reporting": "facts.registration", "notifications": "registration_version"}


async def _rows(database: Database, table: str) -> int:
    connection = await database.connect()
    try:
        return int(await connection.fetchval(f"SELECT count(*) FROM {table}"))  # noqa: S608
    finally:
        await connection.close()
