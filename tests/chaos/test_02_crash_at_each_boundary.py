"""Scenario 2: processes die at each boundary between two systems, again and again, while writing goes on."""

import asyncio

import pytest

from shared.contracts import ACTIVITIES, Record
from shared.service import wait
from tests.chaos.conftest import Chaos, balances, goes_red
from tests.chaos.ledger import Ledger
from tests.chaos.rig import Process
from tests.chaos.writers import Writers, use_cases
from tests.integration.bus import publish

RELAY = ("crash-before-send", "crash-after-send", "crash-after-delete")
CONSUMER = ("crash-after-apply", "crash-before-offsets", "crash-after-letter")


async def crash_at_each_boundary(chaos: Chaos) -> Ledger:
    rig = await chaos.rig()
    times = chaos.size(1, 20)
    registry, reporting = rig.process("registry"), rig.process("reporting")
    writers, over = Writers(chaos.seed), asyncio.Event()

    async def write_what_cannot_be_read() -> None:
        while not over.is_set():
            await publish(rig.bus, Record(ACTIVITIES.name, b"sample", b"not json", []))
            await wait(over, 0.5)

    async def die(process: Process, points: tuple[str, ...]) -> None:
        for point in points * times:
            process.start(f"{point}={chaos.chance.randint(1, 3)}", *chaos.sabotage)
            await process.ended()
        process.start()
        await process.ready()

    async with asyncio.timeout(60 + 100 * times), asyncio.TaskGroup() as group:
        group.create_task(writers.write(use_cases(rig), writers=4, pace=0.05))
        group.create_task(write_what_cannot_be_read())
        async with asyncio.TaskGroup() as deaths:
            deaths.create_task(die(registry, RELAY))
            deaths.create_task(die(reporting, CONSUMER))
        over.set()
        writers.stop()
    ledger = await chaos.close_the_books(rig, "a crash at each boundary", writers)
    ledger.notes["crashes"] = times * 6
    return ledger


async def test_a_crash_at_any_boundary_loses_nothing_and_counts_nothing_twice(chaos: Chaos) -> None:
    balances(await crash_at_each_boundary(chaos))


@pytest.mark.parametrize("sabotage", ["acknowledge-first", "delete-before-send"])
async def test_a_crash_is_noticed_where_the_order_of_steps_is_wrong(chaos: Chaos, sabotage: str) -> None:
    chaos.take_away(sabotage)
    goes_red(await crash_at_each_boundary(chaos), "lost", "unpublished")
