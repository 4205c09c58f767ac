"""How long `registan rebuild reporting` takes from the registry's journal, as the history grows tenfold."""

import json
import time
from pathlib import Path
from uuid import UUID

from deploy.histories import Journal
from services.reporting.facts.checking import rebuild
from shared.database import Database
from tests.benchmarks.ground import Ground
from tests.benchmarks.history import write_lines
from tests.benchmarks.lines import Line, read_lines
from tests.benchmarks.results import Goal, Result, Spread

SIZES = (100_000, 1_000_000)


async def measure(ground: Ground, *, repetitions: int = 1, events: int = SIZES[-1]) -> Result:
    """Args: repetitions: of the smaller size; the larger one, of minutes, is measured once in two of them."""
    sizes = [size for size in SIZES if size <= events] or [events]
    measured: dict[str, Spread] = {}
    for size in sizes:
        lines = ground.folder / "rebuild.jsonl"
        write_lines(lines, size)
        times = 1 if size > SIZES[0] else repetitions
        async with ground.database("registry") as registry, ground.database("reporting") as reporting:
            await _fill_journal(registry, lines)
            took = [await _seconds(reporting, registry) for _ in range(times)]
        measured[f"{size} events"] = Spread.of(took)
    spreads = list(measured.values())
    goals = []
    if len(sizes) > 1:
        goals.append(Goal.at_most("1 000 000 to 100 000", spreads[-1].median / spreads[0].median, 11, " ×"))
        goals.append(Goal.at_most("1 000 000 events", spreads[-1].median, 60, " s"))
    what = "From the first row of the journal to the moment in which readers see the new facts."
    return Result("rebuild", what, "s", measured, goals)


async def _seconds(reporting: Database, registry: Database) -> float:
    began = time.perf_counter()
    await rebuild(reporting, Journal(registry), lambda _: None)
    return time.perf_counter() - began


async def _fill_journal(registry: Database, lines: Path) -> None:
    """Rows as `services.registry.journal.record` leaves them."""
    connection = await registry.connect()
    names = ["event_id", "topic", "type", "key", "sequence", "programme", "time", "actor_id", "actor_kind", "data"]
    try:
        await connection.execute("ALTER TABLE journal DROP CONSTRAINT uq_journal_topic_key_sequence")
        for_ever = "CREATE TEMPORARY TABLE given (LIKE journal INCLUDING IDENTITY)"
        await connection.execute(for_ever)
        await connection.execute("ALTER TABLE given ALTER COLUMN time TYPE text")
        await connection.copy_records_to_table("given", records=map(_row, read_lines(lines)), columns=names)
        joined = ", ".join(names)
        taken = joined.replace("time", "time::timestamptz")
        await connection.execute(f"INSERT INTO journal ({joined}) SELECT {taken} FROM given ORDER BY position")  # noqa: S608
        await connection.execute("ANALYZE journal")
    finally:
        await connection.close()


def _row(line: Line) -> tuple[object, ...]:
    headers = dict(line.headers)
    return (
        UUID(headers["ce_id"]),
        line.topic,
        headers["ce_type"].removeprefix("org.registan."),
        line.key,
        int(headers["ce_sequence"]),
        headers["ce_programme"],
        headers["ce_time"],
        UUID(int=0),
        "system",
        json.dumps(json.loads(line.value)),
    )
