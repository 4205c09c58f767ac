"""What the journal and the outbox add to a write: the same use cases with them and without, one after the other."""

import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch
from uuid import UUID

from services.registry.models import PersonDetails
from services.registry.simulation.simulate import simulate
from services.registry.simulation.stories import stories
from services.registry.usecases.activities.plan import PlanActivity, plan_activity
from services.registry.usecases.registrations.register import RegisterParticipant, register_participant
from shared.clock import SystemClock
from shared.contracts.base import OrganisationReference
from shared.database import Database, Session
from shared.identity import SYSTEM
from tests.benchmarks.ground import Ground
from tests.benchmarks.history import KEYS
from tests.benchmarks.results import Goal, Result, Spread

USE_CASES = {"register_participant": "registrations.register", "plan_activity": "activities.plan"}
"""The use cases that are measured, each with its module."""
Write = Callable[[int], Awaitable[object]]


async def measure(ground: Ground, *, repetitions: int = 5, events: int = 200) -> Result:
    """Args: events: writes in each repetition and kind."""
    async with ground.database("registry") as database:
        writes = await _writes(database)
        for write in writes.values():
            await _milliseconds(write, range(-20, 0))  # the first ones prepare their statements
        took: dict[tuple[str, str], list[float]] = {}
        number = 0
        for _ in range(repetitions):
            for name, write in writes.items():
                for kind in ("with", "without"):
                    numbers = range(number, number + events)
                    number += events
                    with _unrecorded(name) if kind == "without" else _as_it_is():
                        took.setdefault((name, kind), []).append(await _milliseconds(write, numbers))
    measured = {f"{name}, {kind} journal and outbox": Spread.of(values) for (name, kind), values in took.items()}
    goals = [
        Goal.at_most(f"{name}, with to without", _ratio(took[name, "with"], took[name, "without"]), 1.5, " ×")
        for name in USE_CASES
    ]
    what = f"A use case in a transaction of its own, one at a time; {events} of each kind in each repetition, by turns."
    return Result("write_cost", what, "ms a write", measured, goals)


def _ratio(with_it: Sequence[float], without: Sequence[float]) -> float:
    return Spread.of([a / b for a, b in zip(with_it, without, strict=True)]).median


async def _milliseconds(write: Write, numbers: range) -> float:
    began = time.perf_counter()
    for number in numbers:
        await write(number)
    return (time.perf_counter() - began) / len(numbers) * 1000


@contextmanager
def _unrecorded(use_case: str) -> Iterator[None]:
    """The use case changes its tables and tells nobody."""

    async def flush(session: Session, *_: object, **__: object) -> None:
        await session.flush()

    with patch(f"services.registry.usecases.{USE_CASES[use_case]}.record", flush):
        yield


@contextmanager
def _as_it_is() -> Iterator[None]:
    yield


async def _writes(database: Database) -> dict[str, Write]:
    """A new activity, and a new person in an activity that is there."""
    async for _ in simulate(database, KEYS, activities=1, registrations=1):
        pass
    now = datetime.now(UTC)
    agencies = [OrganisationReference(name="Sample Agency")]
    [story] = stories(1, activities=1, registrations=1, agencies=agencies, now=now)
    of_now = story.plan.model_copy(update={"starts": None, "ends": None, "co_organisers": ()})

    async def do(use_case: Any, command: object, **more: Any) -> Any:
        async with database.transaction() as session:
            return await use_case(session, command, actor=SYSTEM, clock=SystemClock(), **more)

    activity_id: UUID = (await do(plan_activity, PlanActivity.model_validate(of_now.model_dump()))).id

    async def plan(number: int) -> object:
        return await do(plan_activity, of_now)

    async def register(number: int) -> object:
        person = PersonDetails(name=f"Sample Person of benchmark {number}")
        command = RegisterParticipant(activity_id=activity_id, person=person, gender="female", country="KG")
        return await do(register_participant, command, keys=KEYS)

    return {"register_participant": register, "plan_activity": plan}
