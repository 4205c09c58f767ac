"""How well people are known again among a hundred thousand, and how long a look-up takes.

The people are invented (`tests/sample_names.py`); rules were tuned on another sample.
"""

import random
import time
from typing import Any

from sqlalchemy import insert, text

from services.registry.models import Person, PersonDetails
from services.registry.models.person import likeness_of
from services.registry.simulation.simulate import simulate
from services.registry.simulation.stories import SAMPLE
from services.registry.usecases.persons.similar import Asked, similar_people
from shared.clock import SystemClock
from shared.contracts.base import OrganisationReference
from shared.database import Database, table_of
from tests.benchmarks.ground import Ground
from tests.benchmarks.history import KEYS
from tests.benchmarks.results import Goal, Result, Spread
from tests.sample_names import Invented, invented, recorded, written

PEOPLE, SOUGHT, BATCH = 100_000, 1000, 2000
SAME_AGENCY = 0.8  # of those who come back, so many come from the agency that they came from before


async def measure(ground: Ground, *, repetitions: int = 5, events: int = PEOPLE) -> Result:
    """Args: events: how many people are known."""
    chance = random.Random("unseen")  # noqa: S311  invented names are no secret
    async with ground.database("registry") as database:
        async for _ in simulate(database, KEYS, activities=1, registrations=0):
            pass
        known = await _known(database, events, chance)
        times: list[float] = []
        found = asked = 0
        for key, somebody in chance.sample(list(known.items()), min(SOUGHT, events)):
            agency = somebody.agency if chance.random() < SAME_AGENCY else "Sample Agency of another name"
            offered = await _offered(database, written(somebody, chance), agency, somebody.country, times)
            found += key in offered
        for _ in range(SOUGHT):
            somebody = invented(chance)
            name = written(somebody, chance)
            asked += bool(await _offered(database, name, somebody.agency, somebody.country, times))
    sought = min(SOUGHT, events)
    share, others = 100 * found / sought, 100 * asked / SOUGHT
    measured = {"a look-up, ms": Spread.of(times)}
    goals = [
        Goal.at_least("the right one among the first five", share, 95, " %"),
        Goal.at_most("new people who are asked about", others, 10, " %"),
        Goal.at_most("a look-up, median", measured["a look-up, ms"].median, 50, " ms"),
    ]
    what = f"{events} invented people in the vault; {sought} of them are entered again as other lists write them."
    return Result("who_is_who", what, "ms", measured, goals)


async def _known(database: Database, many: int, chance: random.Random) -> dict[Any, Invented]:
    known: dict[Any, Invented] = {}
    now = SystemClock().now()
    for start in range(0, many, BATCH):
        rows = []
        for _ in range(min(BATCH, many - start)):
            somebody = invented(chance)
            details = PersonDetails(name=recorded(somebody, chance))
            likeness = likeness_of(details, somebody.agency, somebody.country)
            met = Person.met(SAMPLE, details, likeness, now)
            known[met.id] = somebody
            rows.append({name: getattr(met, name) for name in Person.model_fields})
        async with database.transaction() as session:
            await session.execute(insert(table_of(Person)), rows)
    async with database.engine.connect() as connection:
        await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(text("ANALYZE person"))
    return known


async def _offered(database: Database, name: str, agency: str, country: str, times: list[float]) -> set[Any]:
    asked = Asked(PersonDetails(name=name), OrganisationReference(name=agency), country)
    async with database.transaction() as session:
        began = time.perf_counter()
        (answer,) = await similar_people(session, SAMPLE, [asked])
        times.append(1000 * (time.perf_counter() - began))
        return {person.id for person in ([answer.known] if answer.known else answer.likely)}
