"""How long it takes from a write to the figure that shows it, at a steady pace, and where the time goes.

A whole installation runs as processes of its own. Each registration is sent at its appointed time, whether the one
before it was answered or not, and its time counts from then; so a stall is seen in all who had to wait for it.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any

import asyncpg
import httpx2

from deploy.local.kafka import ADMINISTRATOR
from services.reporting.facts.projection import CHANGED
from shared.bus import reader
from shared.bus.kafka import Bus
from shared.contracts import PARTICIPANTS
from shared.database import Database
from tests.benchmarks.ground import Ground
from tests.benchmarks.posting import Poster, posting
from tests.benchmarks.results import Goal, Result, Spread
from tests.installation import Installation

RATE = 100
WARMING_UP = 2
"""Seconds at the same pace which are told apart: a service that was just started opens its connections."""
HOPS = (
    "the registry answers 201 (committed)",
    "the relay hands it to Kafka",
    "a subscriber of Kafka has it",
    "reporting has committed the fact",
)


@dataclass
class Passing:
    """One registration on its way: when it was due, and when it had passed each hop; seconds of the same clock."""

    due: float
    passed: dict[str, float] = field(default_factory=dict)

    @property
    def took(self) -> float:
        """Seconds until it was a fact."""
        return self.passed[HOPS[-1]] - self.due


async def measure(ground: Ground, *, repetitions: int = 1, events: int = RATE * 60) -> Result:
    """Args: events: writes, a hundred of them a second; repetitions is not asked for: a minute has enough of them."""
    async with ground.databases() as databases:
        with ground.installation(databases) as installation:
            installation.command("simulate", "--activities", "20", "--registrations", "200")
            passings, figures = await _run(installation, databases["reporting"], events)
    return _result(passings, figures, events)


async def _run(
    installation: Installation, reporting: Database, events: int
) -> tuple[Sequence[Passing], Sequence[float]]:
    known: dict[str, Passing] = {}
    bus = Bus(installation.kafka.client(ADMINISTRATOR, installation.prefix))
    async with (
        installation.client("registry") as client,
        posting(client) as writer,
        installation.client("reporting", "viewer") as viewer,
    ):
        activity = await _open_activity(client)
        facts = await reporting.connect()
        try:
            watchers = [asyncio.create_task(_watch_topic(bus, known)), asyncio.create_task(_watch_facts(facts, known))]
            await asyncio.sleep(1)  # both watch before anything happens
            figures = asyncio.create_task(_ask_figures(viewer, WARMING_UP + events / RATE))
            began = time.time()
            numbers = range(-WARMING_UP * RATE, events)
            await asyncio.gather(*(_write(writer, activity, number, began + WARMING_UP, known) for number in numbers))
            async with asyncio.timeout(60):
                while not all(len(passing.passed) == len(HOPS) for passing in known.values()):
                    await asyncio.sleep(0.1)
            took = await figures
            for watcher in watchers:
                watcher.cancel()
            await asyncio.gather(*watchers, return_exceptions=True)
        finally:
            await facts.close()
    return list(known.values()), took


async def _open_activity(client: httpx2.AsyncClient) -> str:
    answer = await client.get("api/v1/activities", params={"programme": "SAMPLE", "status": "held", "limit": 50})
    answer.raise_for_status()
    return next(str(found["id"]) for found in answer.json()["items"] if not found["protected"])


async def _write(writer: Poster, activity: str, number: int, began: float, known: dict[str, Passing]) -> None:
    due = began + number / RATE
    await asyncio.sleep(due - time.time())
    body = {"person": {"name": f"Sample Person of latency {number}"}, "gender": "female", "country": "KG"}
    status, said = await writer.post(f"api/v1/activities/{activity}/registrations", body)
    if status == 503:  # it has more to do than it can, and says so; nothing was written
        return
    assert status == 201, said
    passing = known.setdefault(said["id"], Passing(due))
    passing.due = due
    passing.passed[HOPS[0]] = time.time()


async def _watch_topic(bus: Bus, known: dict[str, Passing]) -> None:
    async for record in reader.tail(bus, PARTICIPANTS.name):
        passing = known.setdefault(record.key.decode(), Passing(0))
        passing.passed[HOPS[1]] = record.timestamp / 1000
        passing.passed[HOPS[2]] = time.time()


async def _watch_facts(connection: "asyncpg.Connection[asyncpg.Record]", known: dict[str, Passing]) -> None:
    """Look each time reporting says that facts have changed, as its own live page does."""
    changed = asyncio.Event()
    await connection.add_listener(CHANGED, lambda *_: changed.set())
    before = await connection.fetch("SELECT id, known_from FROM facts.registration")
    known_before = {row["id"] for row in before}
    seen = max(row["known_from"] for row in before)
    while True:
        await changed.wait()
        changed.clear()
        rows = await connection.fetch(
            "SELECT id, known_from FROM facts.registration WHERE known_from > $1::timestamptz - interval '10 s'", seen
        )
        now = time.time()
        for row in rows:
            seen = max(seen, row["known_from"])
            if row["id"] not in known_before:
                known.setdefault(str(row["id"]), Passing(0)).passed.setdefault(HOPS[3], now)


async def _ask_figures(viewer: httpx2.AsyncClient, seconds: float) -> Sequence[float]:
    """Ask for a figure once in a second meanwhile: the last hop, which everybody who looks adds for themselves."""
    took = []
    end = time.time() + seconds
    while time.time() < end:
        began = time.perf_counter()
        answer = await viewer.get("api/v1/figures/participants.v1", params={"programme": "SAMPLE"})
        answer.raise_for_status()
        took.append(time.perf_counter() - began)
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(1)
    return took


def _result(passings: Sequence[Passing], figures: Sequence[float], events: int) -> Result:
    begins = min(passing.due for passing in passings) + WARMING_UP
    slowest_at_first = max(passing.took for passing in passings if passing.due < begins)
    passings = [passing for passing in passings if passing.due >= begins]
    whole = [passing.took for passing in passings]
    notes = [f"{events - len(passings)} writes were refused with 503"] if len(passings) < events else []
    notes.append(f"in the first {WARMING_UP} seconds, which are not counted, the slowest took {slowest_at_first:.2f} s")
    measured = {"write → fact, p50": _of(whole, 50), "write → fact, p99": _of(whole, 99)}
    hops: Mapping[str, list[float]] = {hop: [] for hop in HOPS}
    for passing in passings:
        before = passing.due
        for hop in HOPS:
            hops[hop].append(max(passing.passed[hop] - before, 0))
            before = max(passing.passed[hop], before)
    total = sum(sum(values) for values in hops.values())
    shares = {f"{hop}: {sum(values) / total:.0%} of the time, p50": _of(values, 50) for hop, values in hops.items()}
    answered: dict[str, Any] = {"a figure is asked for and answered, p50": _of(figures, 50)}
    p99 = measured["write → fact, p99"].median + answered["a figure is asked for and answered, p50"].median
    what = (
        f"{events} registrations over HTTP at {RATE}/s, each from the moment it was due, after {WARMING_UP} seconds at "
        "the same pace. Once the fact is committed, every figure that is asked for shows it; the time of such an "
        "answer is added for the aim."
    )
    goal = Goal.at_most("write → figure, p99", p99, 250, " ms")
    return Result("latency", what, "ms", measured | shares | answered, [goal], notes)


def _of(values: Sequence[float], percent: int) -> Spread:
    at = quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else values[0]
    return Spread.of([at * 1000])
