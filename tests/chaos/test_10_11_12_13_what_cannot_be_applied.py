"""Scenarios 10 to 13: malformed records, a dead-letter topic that cannot be written, floods, and errors that pass."""

import asyncio
import itertools
import random
import re
from dataclasses import replace
from operator import gt

import pytest
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from shared.bus.topics import dead_letter_topic
from shared.contracts import ACTIVITIES, Record
from tests.chaos.conftest import Chaos, balances, goes_red
from tests.chaos.ledger import Ledger
from tests.chaos.rig import Process, Rig, until
from tests.chaos.writers import Writers, use_cases
from tests.integration.bus import activity_event, publish, stranger

LETTERS = dead_letter_topic(ACTIVITIES.name, "reporting")


def malformed(chance: random.Random) -> Record:
    """A record as a stranger may send it, of any kind that nobody can read."""
    good = activity_event().to_record()
    headers = dict(good.headers)

    def without(name: str) -> list[tuple[str, bytes]]:
        return [header for header in good.headers if header[0] != name]

    def changed(name: str, value: bytes | None) -> list[tuple[str, bytes]]:
        return list((headers | {name: value}).items())  # type: ignore[arg-type]

    kinds = (
        replace(good, value=chance.randbytes(chance.randint(1, 2000))),
        replace(good, value=b'{"id": 7}'),
        replace(good, value=b"[" * 5000),
        replace(good, value=(good.value or b"")[: chance.randint(1, 100)]),
        replace(good, value=None),
        replace(good, value=b""),
        replace(good, headers=[]),
        replace(good, headers=without("ce_id")),
        replace(good, headers=without("ce_sequence")),
        replace(good, headers=changed("ce_id", b"\xff\xfe")),
        replace(good, headers=changed("ce_type", None)),
        replace(good, headers=changed("ce_time", b"yesterday")),
        replace(good, headers=changed("ce_sequence", b"-1")),
        replace(good, key=b"somebody else"),
    )
    return chance.choice(kinds)


async def mixed_with_malformed(chaos: Chaos) -> Ledger:
    rig = await chaos.rig()
    registry, reporting = rig.process("registry"), rig.process("reporting")
    for process in (registry, reporting):
        process.start(*chaos.sabotage)
    door, writers = use_cases(rig), Writers(chaos.seed)
    async with stranger(rig.bus) as put:
        door.before_commit = lambda: put(malformed(chaos.chance))  # one beside each that is good: no flood
        await writers.write(door, chaos.size(150, 10_000))
    ledger = await chaos.close_the_books(rig, "malformed records among good ones", writers, within=600)
    ledger.promise("consumer_never_stops", reporting.alive and reporting.metric("registan_consumer_paused") == 0)
    return ledger


async def test_every_malformed_record_is_put_away_whole_and_every_good_one_is_applied(chaos: Chaos) -> None:
    balances(await mixed_with_malformed(chaos))


async def test_a_consumer_that_skips_what_it_cannot_read_is_found_out(chaos: Chaos) -> None:
    chaos.take_away("no-dead-letters")
    goes_red(await mixed_with_malformed(chaos), "parked_by_reporting")


async def nowhere_to_put_letters(chaos: Chaos, how: str) -> Ledger:
    """The dead-letter topic is missing, or refuses what is written to it."""
    rig = await chaos.rig()
    await _break_letters(rig, how)
    registry, reporting = rig.process("registry"), rig.process("reporting")
    for process in (registry, reporting):
        process.start(*chaos.sabotage)
    for process in (registry, reporting):
        await process.ready()
    writers = Writers(chaos.seed)
    await publish(rig.bus, *(malformed(chaos.chance) for _ in range(12)))  # some on each partition
    waits = await _waits(rig, reporting)
    await writers.write(use_cases(rig), 50)
    await rig.make_topics()
    ledger = await chaos.close_the_books(rig, f"dead-letter topic {how}", writers, within=120)
    ledger.promise("the_partition_waits_and_says_so", waits)
    return ledger


async def _break_letters(rig: Rig, how: str) -> None:
    name = rig.bus.name(LETTERS)
    async with rig.bus.admin() as admin:
        if how == "missing":
            await admin.delete_topics([name])
        else:
            tiny = {"max.message.bytes": "1"}
            await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, configs=tiny)])


async def _waits(rig: Rig, process: Process) -> bool:
    """Whether it says that a batch waits, or passes over it."""
    waiting = False

    async def says_or_passes() -> bool:
        nonlocal waiting
        waiting = process.metric("registan_consumer_waiting") >= 1
        return waiting or await rig.at_rest(groups=(process.service,))

    await until(says_or_passes, 60, rig.words)
    return waiting


@pytest.mark.parametrize("how", ["missing", "refusing"])
async def test_while_letters_cannot_be_written_the_partition_waits_and_nothing_is_skipped(
    chaos: Chaos, how: str
) -> None:
    balances(await nowhere_to_put_letters(chaos, how))


async def test_a_consumer_that_does_not_wait_for_its_letters_loses_them(chaos: Chaos) -> None:
    chaos.take_away("commit-before-letter")
    goes_red(await nowhere_to_put_letters(chaos, "refusing"), "parked_by_reporting")


async def flood(chaos: Chaos) -> Ledger:
    rig = await chaos.rig()
    registry, reporting = rig.process("registry"), rig.process("reporting")
    for process in (registry, reporting):
        process.start(*chaos.sabotage)
    await publish(rig.bus, *(malformed(chaos.chance) for _ in range(chaos.size(400, 20_000))))
    writers, resumed = Writers(chaos.seed), 0
    await writers.write(use_cases(rig), 50)
    deadline = asyncio.get_running_loop().time() + chaos.size(90, 900)
    said = False
    while not await rig.at_rest() and asyncio.get_running_loop().time() < deadline:
        if await rig.ask("reporting", "SELECT count(*) FROM paused_consumer"):
            said = said or await _says_that_it_pauses(reporting)
            resumed += "goes on" in await rig.command("dead-letters", "resume", "reporting")
        await asyncio.sleep(0.1)
    ledger = await chaos.close_the_books(rig, "a flood of poison", writers, within=5)
    ledger.notes["resumed"] = resumed
    ledger.promise("it_pauses", resumed > 0)
    ledger.promise("it_says_so", said)
    return ledger


async def _says_that_it_pauses(process: Process) -> bool:
    try:
        await until(lambda: process.metric("registan_consumer_paused") == 1, 20)
    except TimeoutError:
        return False
    return True


async def test_a_flood_of_poison_pauses_the_consumer_which_says_so_and_goes_on_when_told(chaos: Chaos) -> None:
    balances(await flood(chaos))


async def test_without_the_flood_guard_a_topic_is_emptied_into_the_parking_lot(chaos: Chaos) -> None:
    chaos.take_away("no-flood-guard")
    goes_red(await flood(chaos), "it_pauses")


async def fails_five_times(chaos: Chaos) -> Ledger:
    rig = await chaos.rig()
    registry, reporting = rig.process("registry"), rig.process("reporting")
    registry.start(*chaos.sabotage)
    writers = Writers(chaos.seed)
    await writers.write(use_cases(rig), 50)
    await registry.ready()
    reporting.start("temporary-errors=5", *chaos.sabotage)
    ledger = await chaos.close_the_books(rig, "an error that passes", writers)
    attempts = [float(time) for time in re.findall(r"^attempt ([0-9.]+)", reporting.log.read_text(), re.MULTILINE)]
    pauses = [later - earlier for earlier, later in itertools.pairwise(attempts[:6])]
    ledger.notes["pauses"] = ", ".join(f"{pause:.1f}" for pause in pauses)
    due = [0.2 * 2**number for number in range(5)]  # a busy machine makes any of them longer, and none shorter
    ledger.promise("pauses_grow", len(pauses) == 5 and all(map(gt, pauses, due)), pauses)
    letters = {topic: await rig.bus_length(dead_letter_topic(topic, "reporting")) for topic in rig.heard("reporting")}
    ledger.promise("no_letter", not any(letters.values()), letters)
    return ledger


async def test_a_handler_that_fails_five_times_for_a_moment_has_one_effect_after_growing_pauses(chaos: Chaos) -> None:
    balances(await fails_five_times(chaos))


@pytest.mark.parametrize(
    ("sabotage", "broken"), [("every-error-is-final", "no_letter"), ("no-growing-pauses", "pauses_grow")]
)
async def test_impatience_with_errors_that_pass_is_noticed(chaos: Chaos, sabotage: str, broken: str) -> None:
    chaos.take_away(sabotage)
    goes_red(await fails_five_times(chaos), broken)
