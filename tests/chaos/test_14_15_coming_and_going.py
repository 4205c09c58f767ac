"""Scenarios 14 and 15: consumers are added and taken away under load, and every service is asked to stop."""

import asyncio

from tests.chaos.conftest import Chaos, balances, goes_red
from tests.chaos.ledger import Ledger, count_mails
from tests.chaos.rig import Process, until, with_a_door
from tests.chaos.writers import Writers, program, use_cases
from tests.integration.smtp_server import SmtpServer

BATCHES = "registan_batch_records_count"
STOP_WITHIN = 25.0  # seconds


async def scaled(chaos: Chaos) -> Ledger:
    """From one consumer to four and back, where two of those that leave are killed."""
    rig = await chaos.rig()
    registry, first = rig.process("registry"), rig.process("reporting", instance=None)
    others = [rig.process("reporting", instance=None) for _ in range(3)]
    for process in (registry, first):
        process.start(*chaos.sabotage)
    writers = Writers(chaos.seed)
    async with asyncio.TaskGroup() as group:
        group.create_task(writers.write(use_cases(rig), writers=4, pace=0.02))
        for _ in range(chaos.size(1, 20)):
            for process in others:
                process.start(*chaos.sabotage)
            for process in others:
                await process.ready()
            await until(lambda: all(process.metric(BATCHES) for process in others), 60, rig.words)
            await asyncio.sleep(chaos.chance.uniform(0, 2))
            for process in others[:2]:
                await chaos.kill(process)
            await others[2].stop()
        writers.stop()
    ledger = await chaos.close_the_books(rig, "one consumer, four, one", writers, within=120)
    ledger.promise("no_crash_loop", first.alive and "runner_failed" not in first.log.read_text())
    return ledger


async def test_consumers_that_come_and_go_under_load_lose_nothing_and_count_nothing_twice(chaos: Chaos) -> None:
    balances(await scaled(chaos))


async def test_a_consumer_that_acknowledges_first_loses_what_it_was_killed_with(chaos: Chaos) -> None:
    chaos.take_away("acknowledge-first", "crash-after-apply=told", doomed=("reporting",))
    goes_red(await scaled(chaos), "lost")


async def stopped_in_order(chaos: Chaos) -> Ledger:
    smtp = await chaos.stack.enter_async_context(SmtpServer().open())
    rig = await chaos.rig(smtp=smtp.port)
    web, *workers = await with_a_door(rig, *chaos.sabotage)
    door, writers = await program(rig, web), Writers(chaos.seed, mailed=0.3)
    slowest: dict[str, float] = {}

    async def stop_and_start(process: Process) -> None:
        took = await process.stop(seconds=60)
        slowest[process.name] = max(slowest.get(process.name, 0), round(took, 1))
        process.start(*chaos.sabotage)
        await process.ready()

    async with asyncio.TaskGroup() as group:
        group.create_task(writers.write(door, writers=4, pace=0.02))
        for _ in range(chaos.size(1, 5)):
            enough = len(writers.acknowledged) + chaos.size(20, 300)
            await until(lambda: len(writers.acknowledged) > enough, 120, rig.words)  # noqa: B023
            await asyncio.gather(*(stop_and_start(process) for process in (*workers, web)))
        writers.stop()
    ledger = await chaos.close_the_books(
        rig, "each service asked to stop", writers, groups=("reporting", "notifications"), mails=True
    )
    ledger.notes["slowest stop, s"] = slowest
    ledger.promise("stops_in_time", max(slowest.values()) < STOP_WITHIN, slowest)
    count_mails(ledger, writers.expected_mails, smtp.recipients())
    ledger.allow_repeated_mails(0)
    return ledger


async def test_each_service_stops_in_time_under_load_and_repeats_nothing_afterwards(chaos: Chaos) -> None:
    balances(await stopped_in_order(chaos))


async def test_a_service_that_does_not_listen_when_asked_to_stop_is_found_out(chaos: Chaos) -> None:
    chaos.take_away("deaf")
    goes_red(await stopped_in_order(chaos), "stops_in_time")
