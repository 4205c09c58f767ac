"""How long the figures take, alone and as the page that shows all of them, as registrations grow tenfold and again.

The number of activities stays: a programme holds some thousands, however many people come to each.
"""

import statistics
import time
from collections.abc import Sequence

from sqlalchemy import delete, text

from services.reporting.facts import projection
from services.reporting.facts.tables import DERIVED
from services.reporting.figures.answering import answers
from services.reporting.figures.question import Question
from services.reporting.http.pages.dashboard import CHARTS, questions
from services.reporting.rules import RULES
from shared.database import Database
from tests.benchmarks.ground import Ground
from tests.benchmarks.history import history
from tests.benchmarks.results import Goal, Result, Spread

ACTIVITIES = 2000
SIZES = (10_000, 100_000, 1_000_000)
PAGE = "whole page"


async def measure(ground: Ground, *, repetitions: int = 5, events: int = SIZES[-1]) -> Result:
    """Args: events: registrations of the largest size."""
    measured: dict[str, Spread] = {}
    p95: dict[tuple[int, str], float] = {}
    sizes = [size for size in SIZES if size <= events] or [events]
    async with ground.database("reporting") as database:
        await _activities(database, min(ACTIVITIES, max(events // 10, 10)))
        before = 0
        for size in sizes:
            await _registrations(database, before, size)
            before = size
            for name in (*RULES, PAGE):
                times = [await _milliseconds(database, name) for _ in range(1 + repetitions * 8)][1:]
                p95[size, name] = statistics.quantiles(times, n=20)[-1]
                measured[f"{name}, {size} registrations"] = Spread.of(times)
    return Result(
        "figures",
        f"Figures of now over {ACTIVITIES} activities of one programme; the whole page counts {len(RULES)} figures "
        f"and {len(CHARTS)} breakdowns in one statement. {repetitions * 8} times each.",
        "ms",
        measured,
        _goals(sizes, p95),
    )


def _goals(sizes: Sequence[int], p95: dict[tuple[int, str], float]) -> list[Goal]:
    goals = []
    largest = sizes[-1]
    for name in (*RULES, PAGE):
        if len(sizes) > 1:
            growth = p95[largest, name] / p95[sizes[-2], name]
            goals.append(Goal.at_most(f"{name}: p95 at {largest} to p95 at {sizes[-2]}", growth, 1.3, " ×"))
        goals.append(Goal.at_most(f"{name}: p95 at {largest}", p95[largest, name], 50, " ms"))
    return goals


async def _milliseconds(database: Database, name: str) -> float:
    words = {"programme": "SAMPLE"}
    asked = questions(words, "events.v1") if name == PAGE else [Question.read(name, words)]
    began = time.perf_counter()
    async with database.reading() as reading:
        await answers(reading, asked)
    return (time.perf_counter() - began) * 1000


async def _activities(database: Database, number: int) -> None:
    events = list(history(activities=number, registrations=0))
    for first in range(0, len(events), 1000):
        async with database.transaction() as session:
            await projection.apply(session, events[first : first + 1000])


async def _registrations(database: Database, before: int, size: int) -> None:
    """Rows as the projection would leave them, made in the database, and counted by the projection."""
    async with database.transaction() as session:
        await session.execute(_FILL, {"first": before + 1, "last": size, "people": max(size // 4, 1)})
        for table in DERIVED:
            await session.execute(delete(table))
        await projection.derive_all(session)
    connection = await database.connect()
    try:
        await connection.execute("VACUUM ANALYZE")  # as PostgreSQL does by itself, a minute later
    finally:
        await connection.close()


_FILL = text("""
WITH held AS (
    SELECT id, row_number() OVER (ORDER BY id) - 1 AS place
    FROM facts.activity WHERE known_until IS NULL AND status = 'held'
), drawn AS (
    SELECT number, number % (SELECT count(*) FROM held) AS place,
        random() AS role, random() AS gender, random() AS status
    FROM generate_series(CAST(:first AS int), CAST(:last AS int)) number
)
INSERT INTO facts.registration
    (id, version, known_from, activity_id, programme, person_key, role, gender, country, organisation, status)
SELECT
    uuidv7(), 2, now(), held.id, 'SAMPLE', md5((number % CAST(:people AS int))::text),
    CASE WHEN role < 0.88 THEN 'participant' ELSE 'trainer' END,
    CASE WHEN gender < 0.28 THEN 'female' WHEN gender < 0.84 THEN 'male' END,
    (ARRAY['KZ', 'KG', 'TJ', 'TM', 'UZ'])[number % 5 + 1],
    'Sample Agency ' || number % 30,
    CASE WHEN status < 0.84 THEN 'attended' WHEN status < 0.94 THEN 'absent' ELSE 'registered' END
FROM drawn JOIN held USING (place)
""")
