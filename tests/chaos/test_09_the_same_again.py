"""Scenario 9: each event ten times and in any order, to consumers that come and go while they read."""

import asyncio
import random

import pytest

from shared.bus.kafka import started
from shared.bus.reader import whole
from shared.contracts import PUBLIC, Record
from tests.chaos.conftest import Chaos, balances, goes_red
from tests.chaos.ledger import Ledger, count_mails
from tests.chaos.rig import LISTENS, Rig, for_all_services
from tests.chaos.writers import Writers, use_cases
from tests.integration.smtp_server import SmtpServer

GROUPS = ("reporting", "notifications")


async def ten_times(chaos: Chaos) -> Ledger:
    smtp = await chaos.stack.enter_async_context(SmtpServer().open())
    rig = await chaos.rig(smtp=smtp.port)
    await for_all_services(rig, *chaos.sabotage)
    writers = Writers(chaos.seed, mailed=0.3)
    await writers.write(use_cases(rig), chaos.size(100, 3_000))
    await rig.rest(60, groups=GROUPS, mails=True)
    async with asyncio.TaskGroup() as group:
        group.create_task(_repeat(rig, chaos.chance, times=9))
        group.create_task(_second_consumers(rig, chaos))
    ledger = await chaos.close_the_books(rig, "each event ten times", writers, groups=GROUPS, mails=True, ordered=False)
    count_mails(ledger, writers.expected_mails, smtp.recipients())
    ledger.allow_repeated_mails(0)
    return ledger


async def _repeat(rig: Rig, chance: random.Random, times: int) -> None:
    """Publish everything on the topics again, in any order."""
    records = []
    for topic in {*PUBLIC, *LISTENS["notifications"]}:
        async for record in whole(rig.bus, topic.name):
            records += [Record(topic.name, record.key, record.value, list(record.headers))] * times
    chance.shuffle(records)
    async with started(rig.bus.producer()) as producer:
        for start in range(0, len(records), 200):
            sent = [
                await producer.send(rig.bus.name(each.topic), key=each.key, value=each.value, headers=each.headers)
                for each in records[start : start + 200]
            ]
            await asyncio.gather(*sent)


async def _second_consumers(rig: Rig, chaos: Chaos) -> None:
    """A second member joins each group, and leaves it again."""
    for _ in range(chaos.size(1, 5)):
        for group in GROUPS:
            second = rig.process(group)  # type: ignore[arg-type]
            second.start(*chaos.sabotage)
            await second.ready()
            await second.stop()


async def test_an_event_that_comes_ten_times_in_any_order_has_one_effect_and_makes_one_mail(chaos: Chaos) -> None:
    balances(await ten_times(chaos))


@pytest.mark.parametrize(
    ("sabotage", "broken"),
    [("last-come-is-right", "facts_differ"), ("count-up", "double_counted"), ("no-memory", "mails_repeated")],
)
async def test_repetition_is_noticed_where_versions_or_keys_do_not_guard(
    chaos: Chaos, sabotage: str, broken: str
) -> None:
    chaos.take_away(sabotage)
    goes_red(await ten_times(chaos), broken, at_rest=sabotage != "no-memory")
