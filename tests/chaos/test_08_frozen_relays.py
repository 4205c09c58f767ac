"""Scenario 8: several relays at once, of which the active one is frozen, replaced, and thawed again."""

import asyncio
import signal
from collections.abc import Sequence

import asyncpg
import psutil
import pytest

from shared.bus.relay import lock_of
from tests.chaos.conftest import Chaos, balances, goes_red
from tests.chaos.ledger import Ledger
from tests.chaos.rig import Process, Rig, until
from tests.chaos.writers import Writers, use_cases

LEADER = (
    "SELECT client_port FROM pg_locks JOIN pg_stat_activity USING (pid) "
    "WHERE locktype = 'advisory' AND classid = 0 AND objid = {} AND mode = 'ExclusiveLock' AND granted "
    "AND datname = current_database()"
)


async def leader(rig: Rig, relays: Sequence[Process]) -> Process | None:
    """The relay that holds the lock."""
    try:
        port = await rig.ask("registry", LEADER.format(lock_of(rig.bus, "registry")))
    except (asyncpg.PostgresError, OSError):
        return None
    for relay in relays:
        if relay.alive and any(c.laddr.port == port for c in psutil.Process(relay.pid).net_connections("tcp")):
            return relay
    return None


async def frozen_and_thawed(chaos: Chaos, relays: int) -> Ledger:
    rig = await chaos.rig()
    all_relays = [rig.process("registry") for _ in range(relays)]
    for relay in all_relays:
        relay.start(f"impatient={chaos.size(2, 10)}", "hesitant=0.3", *chaos.sabotage)
    for relay in all_relays:
        await relay.ready()
    reporting = rig.process("reporting")
    reporting.start()
    writers = Writers(chaos.seed, hot=0.9)
    async with asyncio.TaskGroup() as group:
        group.create_task(writers.write(use_cases(rig), writers=4, pace=0.01))
        for _ in range(chaos.size(2, 20)):
            frozen = await _freeze_leader(rig, all_relays, chaos)
            await asyncio.sleep(chaos.chance.uniform(0, 0.5))  # the next one is at work when this one wakes
            frozen.signal(signal.SIGCONT)
        writers.stop()
    return await chaos.close_the_books(rig, f"{relays} relays, frozen and thawed", writers)


async def _freeze_leader(rig: Rig, relays: Sequence[Process], chaos: Chaos) -> Process:
    """Freeze the active relay, and wait until another has taken over; any of them where there is no lock to hold."""
    if "no-relay-lock" in chaos.sabotage:
        frozen = chaos.chance.choice(relays)
        frozen.signal(signal.SIGSTOP)
        await asyncio.sleep(1.0)  # nobody has to take over
        return frozen
    frozen = await _until_led(rig, relays)
    frozen.signal(signal.SIGSTOP)
    await _until_led(rig, [one for one in relays if one is not frozen])
    return frozen


async def _until_led(rig: Rig, relays: Sequence[Process]) -> Process:
    """Wait until one of these relays leads. Which."""
    found: list[Process] = []

    async def lead() -> bool:
        found[:] = [one] if (one := await leader(rig, relays)) else []
        return bool(found)

    await until(lead, 30, rig.words)
    return found[0]


@pytest.mark.parametrize("relays", [2, 3])
async def test_a_frozen_relay_is_replaced_and_does_no_harm_when_it_thaws(chaos: Chaos, relays: int) -> None:
    balances(await frozen_and_thawed(chaos, relays))


async def frozen_with_a_batch_in_its_hands(chaos: Chaos, freeze: str) -> Ledger:
    """It freezes after it has read a batch and before that leaves: the batch is old news when it wakes."""
    rig = await chaos.rig()
    first, second = rig.process("registry"), rig.process("registry")
    writers = Writers(chaos.seed, hot=1.0)
    leads = "no-relay-lock" not in chaos.sabotage
    patience = f"impatient={2 if leads else 600}"
    first.start(patience, *chaos.sabotage, f"{freeze}={chaos.chance.randint(3, 6)}")
    await first.ready()
    second.start(patience, *chaos.sabotage)
    async with asyncio.TaskGroup() as group:
        group.create_task(writers.write(use_cases(rig), writers=1, pace=0.02))  # all of it about one activity
        await first.frozen()
        if leads:
            await _until_led(rig, [second])
        held = len(writers.acknowledged)
        await until(lambda: len(writers.acknowledged) > held + 20, 60, rig.words)
        writers.stop()
    await until(lambda: _drained(rig), 60, rig.words)  # the second has published newer versions of that activity
    first.signal(signal.SIGCONT)
    await (first.said("runner_failed") if leads else first.stop())  # what it held is sent, or never will be
    return await chaos.close_the_books(rig, "a relay frozen with a batch in its hands", writers, groups=())


async def _drained(rig: Rig) -> bool:
    return not await rig.depth()


@pytest.mark.parametrize("freeze", ["freeze-before-send", "freeze-in-producer"])
async def test_a_relay_that_slept_over_its_batch_does_not_send_it(chaos: Chaos, freeze: str) -> None:
    balances(await frozen_with_a_batch_in_its_hands(chaos, freeze))


@pytest.mark.parametrize("sabotage", ["never-late", "no-relay-lock"])
async def test_a_relay_that_looks_at_no_clock_or_holds_no_lock_sends_old_news(chaos: Chaos, sabotage: str) -> None:
    chaos.take_away(sabotage)
    goes_red(await frozen_with_a_batch_in_its_hands(chaos, "freeze-before-send"), "out_of_order", at_rest=True)


async def test_a_relay_that_is_frozen_in_the_middle_of_a_statement_is_replaced(chaos: Chaos) -> None:
    rig = await chaos.rig()
    first, second = rig.process("registry"), rig.process("registry")
    first.start("impatient=2", "freeze-in-statement")
    await first.frozen()
    second.start("impatient=2")
    await _until_led(rig, [second])
    writers = Writers(chaos.seed, hot=0.9)
    await writers.write(use_cases(rig), 50)
    first.signal(signal.SIGCONT)
    balances(await chaos.close_the_books(rig, "a relay frozen in the middle of a statement", writers, groups=()))
