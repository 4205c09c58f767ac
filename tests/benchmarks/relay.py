"""How fast outbox rows become acknowledged records on Kafka."""

import json
from pathlib import Path

from shared.database import Database
from tests.benchmarks.contest import Contender, by_turns, rate_of
from tests.benchmarks.ground import Ground
from tests.benchmarks.history import write_lines
from tests.benchmarks.lines import read_lines
from tests.benchmarks.results import Goal, Result, Spread

OURS = Contender("our relay", "relay_ours")
BARE = Contender("bare aiokafka, from memory (ceiling)", "relay_bare")
PEER = Contender("faststream-outbox", "relay_faststream_outbox", peer=True)
SLOW = 10
"""The peer is given this part of the records: it would need too long for all, and its pace is the same."""


async def measure(ground: Ground, *, repetitions: int = 5, events: int = 50_000) -> Result:
    lines = ground.folder / "relay.jsonl"
    size = write_lines(lines, events)

    async def run(contender: Contender) -> float:
        bus = await ground.bus()
        async with ground.database("registry") as database:
            if contender is OURS:
                await fill_outbox(database, lines)
            number = events // SLOW if contender is PEER else events
            url = database.dsn
            task = ground.task(bus.settings.topic_prefix, database=url, lines=str(lines), number=number)
            return await rate_of(contender, task)

    rates = await by_turns((OURS, BARE, PEER), repetitions, run)
    medians = {name: Spread.of(values) for name, values in rates.items()}
    ours = medians[OURS.name].median
    goals = [Goal.at_least("our relay to the ceiling", ours / medians[BARE.name].median, 0.5)]
    notes = []
    if PEER.missing:
        notes.append("faststream-outbox is not installed: `make .venv-bench/installed`")
    else:
        goals.append(Goal.at_least("our relay to faststream-outbox", ours / medians[PEER.name].median, 10))
    what = f"{events} outbox rows of {size} bytes each (key, value, headers) until Kafka has acknowledged all."
    return Result("relay", what, "records/s", medians, goals, notes)


async def fill_outbox(database: Database, lines: Path) -> None:
    """Rows as `shared.bus.outbox.put` leaves them."""
    connection = await database.connect()
    try:
        rows = (
            (line.topic, line.key.encode(), line.value.encode(), json.dumps(line.headers)) for line in read_lines(lines)
        )
        await connection.copy_records_to_table("outbox", records=rows, columns=["topic", "key", "value", "headers"])
        await connection.execute("ANALYZE outbox")
    finally:
        await connection.close()
