"""Scenarios 17 and 19: the whole history is published and applied again: while life goes on, or after Kafka is lost."""

import asyncio
import random
import shutil
from datetime import UTC, datetime
from typing import Any

import httpx2

from services.registry.usecases.activities.plan import RecordActivity, record_activity
from shared.contracts import ACTIVITIES
from shared.database import Database
from shared.identity import SYSTEM
from tests.chaos.conftest import Chaos, balances, goes_red
from tests.chaos.ledger import Ledger, count_mails
from tests.chaos.rig import Rig, for_all_services
from tests.chaos.writers import CLOCK, Version, Writers, activity, program, use_cases
from tests.integration.smtp_server import SmtpServer

GROUPS = ("reporting", "notifications")


async def again_while_life_goes_on(chaos: Chaos) -> Ledger:
    smtp = await chaos.stack.enter_async_context(SmtpServer().open())
    rig = await chaos.rig(smtp=smtp.port)
    pages = rig.process("reporting", "web")
    pages.start(*chaos.sabotage)
    await for_all_services(rig, *chaos.sabotage)
    await pages.ready()
    writers = Writers(chaos.seed, mailed=0.2)
    reader = (await program(rig, pages)).client
    for _ in range(20):
        writers.acknowledged.append(await _held_long_ago(rig, chaos.chance))
    await writers.write(use_cases(rig), chaos.size(300, 20_000))
    await rig.rest(chaos.size(60, 600), groups=GROUPS, mails=True)
    readers = _Readers(reader, pages.port)
    readers.right = await readers.ask()
    assert readers.right[0] == 20, "what was held is counted"
    async with asyncio.TaskGroup() as group:
        group.create_task(writers.write(use_cases(rig), writers=4, pace=0.05))
        group.create_task(readers.read())
        await rig.command("republish", "--whole", faults=chaos.sabotage)
        await rig.command("rebuild", "reporting", faults=chaos.sabotage)
        await rig.command("republish", faults=chaos.sabotage)
        writers.stop()
        readers.over = True
    ledger = await chaos.close_the_books(
        rig, "history again, while life goes on", writers, groups=GROUPS, mails=True, within=120, ordered=False
    )
    count_mails(ledger, writers.expected_mails, smtp.recipients())
    ledger.allow_repeated_mails(0)
    ledger.notes["readers served"] = readers.served
    ledger.promise("readers_are_served", readers.served > 0 and not readers.refused, readers.refused)
    ledger.promise("readers_see_one_truth", not readers.other, readers.other[:3])
    return ledger


async def _held_long_ago(rig: Rig, chance: random.Random) -> Version:
    fields = activity(chance) | {"starts": "2020-03-02", "ends": "2020-03-04"}
    command = RecordActivity(programme="SAMPLE", status="held", **fields)
    async with rig.databases["registry"].transaction() as session:
        held = await record_activity(session, command, actor=SYSTEM, clock=CLOCK)
    return Version(ACTIVITIES.name, str(held.id), held.version)


class _Readers:
    """Somebody who asks again and again for what was known at one moment, and should always get the same answer."""

    def __init__(self, client: httpx2.AsyncClient, port: int) -> None:
        self._client, self._url = client, f"http://127.0.0.1:{port}/reporting/api/v1/figures/events"
        self._as_of = datetime.now(UTC).isoformat()
        self.right: Any = None
        self.served, self.over = 0, False
        self.refused: list[int] = []
        self.other: list[object] = []

    async def ask(self) -> object:
        answer = await self._client.get(self._url, params={"as_of": self._as_of, "programme": "SAMPLE"})
        if not answer.is_success:
            self.refused.append(answer.status_code)
            return None
        self.served += 1
        figure = answer.json()
        return figure["value"], figure["hash"]

    async def read(self) -> None:
        while not self.over:
            found = await self.ask()
            if found is not None and found != self.right:
                self.other.append(found)
            await asyncio.sleep(0.02)


async def test_history_is_published_and_applied_again_unnoticed_by_readers_and_without_a_mail(chaos: Chaos) -> None:
    balances(await again_while_life_goes_on(chaos))


async def test_a_rebuild_in_place_is_noticed_by_readers(chaos: Chaos) -> None:
    chaos.take_away("rebuild-in-place")
    goes_red(await again_while_life_goes_on(chaos), "readers_see_one_truth")


async def kafka_lost(chaos: Chaos) -> Ledger:
    """Kafka's data are gone, and reporting begins from nothing; notifications keep what they know."""
    smtp = await chaos.stack.enter_async_context(SmtpServer().open())
    kafka = await chaos.own_kafka()
    rig = await chaos.rig(kafka=kafka, smtp=smtp.port)
    processes = await for_all_services(rig)
    writers = Writers(chaos.seed, mailed=0.2)
    await writers.write(use_cases(rig), chaos.size(300, 20_000))
    await rig.rest(chaos.size(60, 600), groups=GROUPS, mails=True)
    await processes["reporting"].stop()
    kafka.child.kill()
    shutil.rmtree(kafka.folder / "data")
    await writers.write(use_cases(rig), 50)  # writing goes on
    await chaos.begin(kafka)
    await rig.make_topics()
    await rig.command("republish", "--whole", faults=chaos.sabotage)
    await rig.databases["reporting"].close()
    rig.urls = {**rig.urls, "reporting": chaos.database_url("reporting")}
    rig.databases["reporting"] = Database(rig.urls["reporting"])
    rig.process("reporting").start()
    ledger = await chaos.close_the_books(
        rig, "Kafka's data deleted", writers, groups=GROUPS, mails=True, within=chaos.size(90, 600)
    )
    count_mails(ledger, writers.expected_mails, smtp.recipients())
    ledger.allow_repeated_mails(0)
    return ledger


async def test_a_kafka_that_lost_everything_is_filled_again_from_the_journal(chaos: Chaos) -> None:
    balances(await kafka_lost(chaos))


async def test_a_journal_that_is_not_published_whole_leaves_a_gap(chaos: Chaos) -> None:
    chaos.take_away("republish-less")
    goes_red(await kafka_lost(chaos), "lost", "unpublished")
