"""Scenario 5: PostgreSQL is killed and comes back, again and again, while programs write and consumers apply."""

import asyncio
import signal

from shared.settings import SERVICES
from tests.chaos.conftest import Chaos, balances, goes_red
from tests.chaos.ledger import Ledger
from tests.chaos.rig import Rig, until, with_a_door
from tests.chaos.writers import Writers, program, use_cases


async def postgres_killed(chaos: Chaos) -> Ledger:
    postgres = await chaos.own_postgres()
    rig = await chaos.rig(urls={service: postgres.url(service, service, service) for service in SERVICES})
    processes = await with_a_door(rig, *chaos.sabotage)
    door, writers = await program(rig, processes[0]), Writers(chaos.seed)
    times = chaos.size(2, 12)
    async with asyncio.TaskGroup() as group:
        group.create_task(writers.write(door, writers=8))
        for _ in range(times):
            await asyncio.sleep(chaos.chance.uniform(*chaos.size((1, 3), (5, 40))))
            if "answer-before-commit" in chaos.sabotage:
                await until(lambda: _one_is_about_to_commit(rig), 60, rig.words)
            postgres.child.kill()
            await asyncio.sleep(chaos.chance.uniform(0, 2))
            await chaos.begin(postgres)
        await asyncio.sleep(1)  # some writes after the last one
        writers.stop()
    ledger = await chaos.close_the_books(
        rig, "PostgreSQL killed and back", writers, groups=("reporting", "notifications"), within=120
    )
    ledger.notes |= {"kills": times, "writers' errors": door.errors}
    ledger.promise("no_service_is_started_again", all(p.alive and p.starts == 1 for p in processes))
    return ledger


async def test_a_postgres_that_is_killed_again_and_again_gives_no_false_success_and_loses_nothing(
    chaos: Chaos,
) -> None:
    balances(await postgres_killed(chaos))


async def _one_is_about_to_commit(rig: Rig) -> bool:
    """Whether a writer has written and waits to commit, as it does for two seconds when it answers before."""
    waiting = await rig.ask(
        "registry",
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_xid IS NOT NULL "
        "AND state = 'idle in transaction' AND clock_timestamp() - state_change < '1 second'",
    )
    return bool(waiting)


async def test_a_killed_postgres_is_noticed_where_a_writer_is_answered_before_the_commit(chaos: Chaos) -> None:
    chaos.take_away("answer-before-commit")
    goes_red(await postgres_killed(chaos), "false_successes")


async def killed_while_events_are_applied(chaos: Chaos) -> Ledger:
    """PostgreSQL is gone before what was applied is committed, and until the consumer says what it makes of that."""
    postgres = await chaos.own_postgres()
    rig = await chaos.rig(urls={service: postgres.url(service, service, service) for service in SERVICES})
    registry, reporting, writers = rig.process("registry"), rig.process("reporting"), Writers(chaos.seed)
    registry.start()
    await writers.write(use_cases(rig), chaos.size(50, 5_000))
    reporting.start("freeze-after-apply", *chaos.sabotage)
    await reporting.frozen()
    postgres.child.kill()
    reporting.signal(signal.SIGCONT)
    await reporting.said("batch_waits", "dead_letter")
    await chaos.begin(postgres)
    return await chaos.close_the_books(rig, "PostgreSQL killed while events are applied", writers)


async def test_a_batch_that_postgres_was_killed_under_waits_and_is_applied(chaos: Chaos) -> None:
    balances(await killed_while_events_are_applied(chaos))


async def test_a_killed_postgres_is_noticed_where_a_consumer_takes_its_errors_for_final(chaos: Chaos) -> None:
    chaos.take_away("every-error-is-final")
    goes_red(await killed_while_events_are_applied(chaos), "lost", at_rest=True)
