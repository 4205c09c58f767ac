"""Scenario 16: a consumer that is a hundred times slower than what comes keeps its memory flat."""

import asyncio
import signal

from shared.bus.kafka import started
from shared.contracts import ACTIVITIES
from tests.chaos.conftest import Chaos, balances, goes_red
from tests.chaos.ledger import Ledger
from tests.chaos.rig import Rig, until
from tests.integration.bus import activity_event

BOUND = 100_000_000  # bytes of growth: what is fetched ahead, and one batch as Python objects


async def a_hundred_times_slower(chaos: Chaos) -> Ledger:
    rig = await chaos.rig()
    reporting = rig.process("reporting")
    reporting.start("slow-handler=2", *chaos.sabotage)
    await reporting.ready()
    at_rest = reporting.memory()
    backlog = chaos.size(150_000_000, 1_000_000_000)
    reporting.signal(signal.SIGSTOP)  # it finds all of it at once
    await _produce(rig, backlog)
    reporting.signal(signal.SIGCONT)
    committed, most = await rig.committed("reporting"), at_rest

    async def some_batches_later() -> bool:
        nonlocal most
        most = max(most, reporting.memory())
        return most - at_rest > BOUND or await rig.committed("reporting") >= committed + chaos.size(3_000, 50_000)

    await until(some_batches_later, chaos.size(180, 900), rig.words)
    ledger = Ledger("a consumer a hundred times slower than what comes", chaos.seed)
    ledger.notes |= {
        "backlog, MB": backlog // 1_000_000,
        "memory at rest, MB": at_rest // 1_000_000,
        "memory at most, MB": most // 1_000_000,
        "still behind": await rig.behind("reporting"),
    }
    ledger.promise("memory_is_flat", most - at_rest < BOUND, most - at_rest)
    ledger.promise("is_still_behind", await rig.behind("reporting") > 0)
    return ledger


async def _produce(rig: Rig, size: int) -> None:
    """Put so many bytes on the topic as fast as Kafka takes them."""
    name, padding = rig.bus.name(ACTIVITIES.name), "sample " * 300
    async with started(rig.bus.producer()) as producer:
        for _ in range(size // 500 // len(padding)):
            records = [activity_event(title=padding).to_record() for _ in range(500)]
            await asyncio.gather(
                *[await producer.send(name, key=each.key, value=each.value, headers=each.headers) for each in records]
            )


async def test_a_consumer_a_hundred_times_slower_than_what_comes_keeps_its_memory_flat(chaos: Chaos) -> None:
    balances(await a_hundred_times_slower(chaos))


async def test_a_consumer_that_takes_all_there_is_at_once_is_found_out(chaos: Chaos) -> None:
    chaos.take_away("one-large-batch")
    goes_red(await a_hundred_times_slower(chaos), "memory_is_flat")
