"""Scenarios 3 and 4: Kafka is stopped for a while, or killed again and again, and writing goes on."""

import asyncio
import math
import signal
from collections import Counter
from statistics import quantiles

from shared.bus.kafka import abort, started
from shared.bus.reader import whole
from shared.contracts import ACTIVITIES
from tests.chaos.conftest import Chaos, balances, goes_red
from tests.chaos.ledger import Ledger
from tests.chaos.rig import for_all_services, so, until
from tests.chaos.writers import Writers, use_cases


async def kafka_goes(
    chaos: Chaos, *, times: int, away: tuple[float, float], scenario: str, asking: bool = False
) -> Ledger:
    """Stop Kafka so many times, each time for a number of seconds between two bounds.

    Args:
        asking: each write waits for Kafka before it commits, as where a program writes to both.
    """
    kafka = await chaos.own_kafka()
    rig = await chaos.rig(kafka=kafka)
    processes = await for_all_services(rig, *chaos.sabotage)
    door, writers = use_cases(rig), Writers(chaos.seed, hot=0.9)
    if asking:
        door.before_commit = lambda: until(rig.kafka_answers, 600)
    deepest, with_kafka, without, went_on = 0, list[float](), list[float](), True
    said, allowed = Counter[str](), 0.0
    async with asyncio.TaskGroup() as group:
        group.create_task(writers.write(door, writers=4, pace=0.02))
        for _ in range(times):
            written = len(writers.acknowledged)
            await until(lambda: len(writers.acknowledged) > written + 50, 60, rig.words)  # noqa: B023
            with_kafka += door.took
            kafka.child.kill()
            door.took.clear()
            written = len(writers.acknowledged)
            said.subtract({process.name: process.lines() for process in processes.values()})
            seconds = chaos.chance.uniform(*away)
            await asyncio.sleep(seconds)
            said.update({process.name: process.lines() for process in processes.values()})
            allowed += 30 + 2 * seconds
            went_on = went_on and await so(lambda: len(writers.acknowledged) > written + 50, 10 if asking else 60)  # noqa: B023
            without += door.took
            deepest = max(deepest, await rig.depth())
            await chaos.begin(kafka)
            door.took.clear()
        writers.stop()
    ledger = await chaos.close_the_books(rig, scenario, writers, groups=("reporting", "notifications"), within=120)
    usual, meanwhile = (quantiles(took, n=20)[-1] if took else math.inf for took in (with_kafka, without))
    ledger.notes |= {
        "95 % of writes within": f"{usual:.3f} s with Kafka, {meanwhile:.3f} s without",
        "deepest outbox": deepest,
        "lines logged meanwhile": dict(said),
    }
    ledger.promise("logs_stay_readable", max(said.values()) < allowed, dict(said))
    ledger.promise("writing_goes_on", went_on, f"{len(without)} writes while Kafka was away")
    ledger.promise("no_service_is_started_again", all(p.alive and p.starts == 1 for p in processes.values()))
    return ledger


async def stopped(chaos: Chaos) -> Ledger:
    return await kafka_goes(chaos, times=1, away=chaos.size((25, 26), (170, 190)), scenario="Kafka stopped for a while")


async def killed(chaos: Chaos) -> Ledger:
    return await kafka_goes(chaos, times=3, away=chaos.size((0.5, 2), (1, 20)), scenario="Kafka killed three times")


async def test_while_kafka_is_stopped_writing_goes_on_and_the_outbox_drains_in_order_afterwards(chaos: Chaos) -> None:
    balances(await stopped(chaos))


async def test_a_kafka_that_is_away_is_noticed_where_every_complaint_of_the_client_is_logged(chaos: Chaos) -> None:
    chaos.take_away("say-everything")
    goes_red(await kafka_goes(chaos, times=1, away=(4, 5), scenario="Kafka stopped"), "logs_stay_readable")


async def test_a_kafka_that_is_away_is_noticed_where_writes_wait_for_it(chaos: Chaos) -> None:
    goes_red(await kafka_goes(chaos, times=1, away=(1, 2), scenario="Kafka stopped", asking=True), "writing_goes_on")


async def test_a_kafka_that_is_killed_and_comes_back_three_times_loses_nothing(chaos: Chaos) -> None:
    balances(await killed(chaos))


async def killed_before_it_has_a_batch(chaos: Chaos) -> Ledger:
    """Kafka is gone before a batch that the relay has in its hands leaves, and until the relay has given that up."""
    kafka = await chaos.own_kafka()
    rig = await chaos.rig(kafka=kafka)
    relay, writers = rig.process("registry"), Writers(chaos.seed, hot=0.9)
    relay.start(*chaos.sabotage, f"freeze-before-send={chaos.chance.randint(1, 5)}")
    async with asyncio.TaskGroup() as group:
        group.create_task(writers.write(use_cases(rig), writers=4, pace=0.02))
        await relay.frozen()
        kafka.child.kill()
        relay.signal(signal.SIGCONT)
        await relay.said("kafka_away")
        await chaos.begin(kafka)
        writers.stop()
    return await chaos.close_the_books(rig, "Kafka killed before it has a batch", writers, groups=())


async def test_a_batch_that_kafka_was_killed_before_it_had_is_sent_again(chaos: Chaos) -> None:
    balances(await killed_before_it_has_a_batch(chaos))


async def test_a_kafka_that_is_killed_is_noticed_where_events_are_deleted_before_it_has_them(chaos: Chaos) -> None:
    chaos.take_away("delete-before-send")
    goes_red(await killed_before_it_has_a_batch(chaos), "unpublished", at_rest=True)


async def test_what_a_producer_gave_up_is_not_sent_when_kafka_comes_back(chaos: Chaos) -> None:
    kafka = await chaos.own_kafka()
    rig = await chaos.rig(kafka=kafka)
    name = rig.bus.name(ACTIVITIES.name)
    producer = rig.bus.producer()
    await producer.start()
    await producer.send_and_wait(name, key=b"sample", value=b"while Kafka was there")
    kafka.child.kill()
    given_up = await producer.send(name, key=b"sample", value=b"old news")
    await abort(producer)
    await chaos.begin(kafka)
    async with started(rig.bus.producer()) as successor:
        await successor.send_and_wait(name, key=b"sample", value=b"news")
    await asyncio.sleep(1.0)  # five times as long as a producer waits before it tries again
    assert not given_up.done()
    assert [record.value async for record in whole(rig.bus, ACTIVITIES.name)] == [b"while Kafka was there", b"news"]
