"""Scenario 5: PostgreSQL is killed and comes back, again and again, while programs write and consumers apply."""

import asyncio

import pytest

from shared.settings import SERVICES
from tests.chaos.conftest import Chaos, balances, goes_red
from tests.chaos.ledger import Ledger
from tests.chaos.rig import with_a_door
from tests.chaos.writers import Writers, program


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


@pytest.mark.parametrize(
    ("sabotage", "broken"),
    [("answer-before-commit", "false_successes"), ("every-error-is-final", "lost")],
)
async def test_a_killed_postgres_is_noticed_where_its_errors_are_not_heeded(
    chaos: Chaos, sabotage: str, broken: str
) -> None:
    chaos.take_away(sabotage, "slow-handler=20")  # so that whatever is killed is killed while events are applied
    goes_red(await postgres_killed(chaos), broken)
