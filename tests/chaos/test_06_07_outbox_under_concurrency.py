"""Scenarios 6 and 7: many writers at once, slow to commit and of changing minds; and a transaction that stays open."""

import asyncio

import pytest

from services.registry.usecases.activities.plan import PlanActivity, plan_activity
from shared.identity import SYSTEM
from tests.chaos.conftest import Chaos, balances, goes_red
from tests.chaos.ledger import Ledger
from tests.chaos.rig import until
from tests.chaos.writers import CLOCK, RolledBack, Version, Writers, activity, use_cases


async def many_writers(chaos: Chaos) -> Ledger:
    rig = await chaos.rig()
    relay = rig.process("registry")
    relay.start(*chaos.sabotage)
    door, writers = use_cases(rig), Writers(chaos.seed)
    rolled_back = 0

    async def hesitate() -> None:
        nonlocal rolled_back
        await asyncio.sleep(chaos.chance.expovariate(1 / 0.005))  # the delay is what is tested
        if chaos.chance.random() < 0.1:
            rolled_back += 1
            raise RolledBack

    door.before_commit = hesitate
    await relay.ready()
    await writers.write(door, chaos.size(1_000, 100_000), writers=32)
    ledger = await chaos.close_the_books(rig, "32 writers at one outbox", writers, groups=())
    ledger.notes["rolled back"] = rolled_back
    return ledger


async def test_32_writers_that_commit_late_or_not_at_all_lose_nothing_and_publish_nothing_uncommitted(
    chaos: Chaos,
) -> None:
    balances(await many_writers(chaos))


@pytest.mark.parametrize(
    ("sabotage", "broken"), [("cursor-instead-of-delete", "unpublished"), ("event-apart", "unwritten")]
)
async def test_an_outbox_read_with_a_cursor_or_filled_apart_is_found_out(
    chaos: Chaos, sabotage: str, broken: str
) -> None:
    if sabotage == "event-apart":
        chaos.install_here(sabotage)  # the writers are in this process
    else:
        chaos.take_away(sabotage)
    goes_red(await many_writers(chaos), broken)


async def one_stays_open(chaos: Chaos) -> Ledger:
    rig = await chaos.rig()
    relay = rig.process("registry")
    relay.start(*chaos.sabotage)
    await relay.ready()
    writers = Writers(chaos.seed)
    async with rig.databases["registry"].transaction() as session:
        command = PlanActivity(programme="SAMPLE", **activity(chaos.chance))
        late = await plan_activity(session, command, actor=SYSTEM, clock=CLOCK)
        writing = asyncio.create_task(writers.write(use_cases(rig), writers=4, pace=0.02))
        await asyncio.sleep(chaos.size(1.0, 60.0))  # how long it stays open
        writers.stop()
        await writing
        await until(lambda: _drained(rig.depth), 30, rig.words)  # nobody waits for the one that is open
    writers.acknowledged.append(Version("registan.activities.v1", str(late.id), 1))
    return await chaos.close_the_books(rig, "a transaction that stays open", writers, groups=())


async def _drained(depth: object) -> bool:
    return await depth() == 0  # type: ignore[operator,no-any-return]


async def test_a_transaction_that_stays_open_holds_nobody_up_and_is_published_when_it_commits(chaos: Chaos) -> None:
    balances(await one_stays_open(chaos))


async def test_a_relay_that_follows_ids_forgets_what_commits_late(chaos: Chaos) -> None:
    chaos.take_away("cursor-instead-of-delete")
    goes_red(await one_stays_open(chaos), "unpublished")
