"""How long an import takes, dry run and commit, as the list grows tenfold."""

import csv
import io
import time
from datetime import UTC, datetime

from services.registry.sheets.files import ImportedFile
from services.registry.simulation.simulate import simulate
from services.registry.simulation.stories import SAMPLE, Story, stories
from services.registry.usecases.imports.accept import AcceptImport, import_rows, preview_import
from shared.clock import SystemClock
from shared.contracts.base import OrganisationReference
from shared.database import Database
from shared.identity import SYSTEM
from tests.benchmarks.ground import Ground
from tests.benchmarks.history import KEYS
from tests.benchmarks.results import Goal, Result, Spread

SIZES = (1000, 10_000)
AIMS = {"dry run": 3.0, "commit": 6.0}
COLUMNS = ("id", "title", "title_ru", "kind", "phase", "scope", "delivery", "starts", "ends", "host_country")


async def measure(ground: Ground, *, repetitions: int = 5, events: int = SIZES[-1]) -> Result:
    """Args: events: rows of the longest list."""
    sizes = [size for size in SIZES if size <= events] or [events]
    took: dict[tuple[int, str], list[float]] = {}
    for _ in range(repetitions):
        for size in sizes:
            file = ImportedFile("sample.csv", _list(size))
            async with ground.database("registry") as database:
                async for _ in simulate(database, KEYS, activities=1, registrations=0):
                    pass
                took.setdefault((size, "dry run"), []).append(await _dry_run(database, file))
                took.setdefault((size, "commit"), []).append(await _commit(database, file, size))
    measured = {f"{what}, {size} rows": Spread.of(values) for (size, what), values in took.items()}
    goals = []
    if len(sizes) > 1:
        for what, aim in AIMS.items():
            small, large = (measured[f"{what}, {size} rows"].median for size in sizes)
            goals.append(Goal.at_most(f"{what}: 10 000 rows to 1 000", large / small, 11, " ×"))
            goals.append(Goal.at_most(f"{what}: 10 000 rows", large, aim, " s"))
    what = "A CSV of invented activities into a registry that has one; the commit makes the report again."
    return Result("imports", what, "s", measured, goals)


async def _dry_run(database: Database, file: ImportedFile) -> float:
    began = time.perf_counter()
    async with database.transaction() as session:
        await preview_import(session, file, SAMPLE, clock=SystemClock())
    return time.perf_counter() - began


async def _commit(database: Database, file: ImportedFile, size: int) -> float:
    began = time.perf_counter()
    async with database.transaction() as session:
        done = await import_rows(session, file, SAMPLE, AcceptImport(), actor=SYSTEM, clock=SystemClock())
    took = time.perf_counter() - began
    assert done.created == size, f"{done.created} of {size} rows were imported"
    return took


def _list(size: int) -> bytes:
    agencies = [OrganisationReference(name="Sample Agency")]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    told = stories(2, activities=size, registrations=0, agencies=agencies, now=datetime.now(UTC))
    writer.writerows(_row(number, story) for number, story in enumerate(told))
    return out.getvalue().encode()


def _row(number: int, story: Story) -> tuple[object, ...]:
    plan = story.plan
    dates = (plan.starts or "", plan.ends or "")
    words = (f"sample-{number}", plan.title["en"], plan.title["ru"], plan.kind, plan.phase, plan.scope, plan.delivery)
    return (*words, *(str(date) for date in dates), plan.host_country)
