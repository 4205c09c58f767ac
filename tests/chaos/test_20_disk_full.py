"""Scenario 20: the disk under the registry's database is full."""

import asyncio
import os
import subprocess
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from deploy.local.postgres import Postgres
from shared.settings import SERVICES
from tests.chaos.conftest import Chaos, balances, goes_red
from tests.chaos.ledger import Ledger
from tests.chaos.rig import until, with_a_door
from tests.chaos.writers import Writers, program

SMALL = "32m"


def small_disk(folder: Path, stack: AsyncExitStack) -> None:
    """A disk of a few megabytes at this folder; the test is skipped where nobody may mount one."""
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "none", folder], check=False)
    if done.returncode:
        pytest.skip("a small disk cannot be mounted here: this needs the right to mount")
    stack.callback(lambda: subprocess.run(["umount", "-l", folder], check=False))


def move_registry_to(folder: Path, postgres: Postgres) -> None:
    """Lay the registry's database onto the small disk."""
    if postgres.child.user:
        subprocess.run(["chown", postgres.child.user, folder], check=True)
    postgres.run(f"CREATE TABLESPACE small LOCATION '{folder}'")
    postgres.run("ALTER DATABASE registry SET TABLESPACE small")


async def disk_full(chaos: Chaos) -> Ledger:
    disk = chaos.folder / "disk"
    small_disk(disk, chaos.stack)
    postgres = await chaos.own_postgres()
    move_registry_to(disk, postgres)
    rig = await chaos.rig(urls={service: postgres.url(service, service, service) for service in SERVICES})
    processes = await with_a_door(rig, *chaos.sabotage)
    door, writers = await program(rig, processes[0]), Writers(chaos.seed)
    ballast = disk / "ballast"
    async with asyncio.TaskGroup() as group:
        group.create_task(writers.write(door, writers=12))  # so many that some write what is new when it happens
        await until(lambda: len(writers.acknowledged) > 50, 60, rig.words)
        _fill(ballast)
        if "errors-swallowed" in chaos.sabotage:
            await processes[0].said("swallowed")
        else:
            await until(lambda: door.errors >= chaos.size(20, 500), 120, rig.words)
        refusals = dict(door.refusals)
        ballast.unlink()
        written = len(writers.acknowledged)
        await until(lambda: len(writers.acknowledged) > written + 50, 60, rig.words)
        writers.stop()
    ledger = await chaos.close_the_books(rig, "a full disk", writers, groups=("reporting", "notifications"), within=120)
    ledger.notes |= {"refused writes": refusals}
    ledger.promise("refused_with_a_clear_error", bool(refusals) and set(refusals) == {"503"}, refusals)
    ledger.promise("no_service_is_started_again", all(p.alive and p.starts == 1 for p in processes))
    return ledger


def _fill(file: Path) -> None:
    """Take all the space that is left."""
    with file.open("wb", buffering=0) as ballast:
        try:
            while ballast.write(os.urandom(4096)):
                pass
        except OSError:
            pass


async def test_a_full_disk_refuses_writes_clearly_and_leaves_nothing_half_written(chaos: Chaos) -> None:
    balances(await disk_full(chaos))


async def test_a_full_disk_is_noticed_where_errors_are_swallowed(chaos: Chaos) -> None:
    chaos.take_away("errors-swallowed")
    goes_red(await disk_full(chaos), "false_successes", "refused_with_a_clear_error")
