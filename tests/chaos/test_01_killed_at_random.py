"""Scenario 1: every process is killed at random moments while eight programs write."""

import asyncio

from tests.chaos.conftest import Chaos, balances, goes_red
from tests.chaos.ledger import Ledger, count_mails
from tests.chaos.rig import Process, Rig, until
from tests.chaos.writers import Writers, program
from tests.integration.smtp_server import SmtpServer


async def killed_at_random(chaos: Chaos) -> Ledger:
    smtp = await chaos.stack.enter_async_context(SmtpServer().open())
    rig = await chaos.rig(smtp=smtp.port)
    web = rig.process("registry", "web")
    processes = [web, *(rig.process(service) for service in ("registry", "reporting", "notifications"))]
    for process in processes:
        process.start("short-lease=5", *chaos.sabotage)
    for process in processes:
        await process.ready()
    door, writers = await program(rig, web), Writers(chaos.seed, mailed=0.2)
    events, kills = chaos.size((400, 8), (100_000, 50))
    between_mail_and_note = 0

    async def kill(victim: Process) -> None:
        nonlocal between_mail_and_note
        taken = len(smtp.mails)
        await chaos.kill(victim)
        if victim.service == "notifications":
            await asyncio.sleep(0.1)  # what it had sent has arrived
            between_mail_and_note += await _unnoted(rig, max(taken, len(smtp.mails)))
        victim.start("short-lease=5", *chaos.sabotage)
        await victim.ready()

    victims = (processes * kills)[:kills]  # each its share
    chaos.chance.shuffle(victims)
    async with asyncio.TaskGroup() as group:
        group.create_task(writers.write(door, pace=chaos.size(0.05, 0)))
        for number, victim in enumerate(victims):
            share = events * (number + chaos.chance.random()) / (kills + 1)
            await until(lambda: len(writers.acknowledged) >= share, 600, rig.words)  # noqa: B023
            await kill(victim)
        await until(lambda: len(writers.acknowledged) >= events, 600, rig.words)
        writers.stop()
    ledger = await chaos.close_the_books(
        rig, "killed at random", writers, groups=("reporting", "notifications"), mails=True, within=chaos.size(60, 600)
    )
    ledger.notes |= {
        "kills": kills,
        "of them between mail and note": between_mail_and_note,
        "repeated requests": door.errors,
    }
    count_mails(ledger, writers.expected_mails, smtp.recipients())
    ledger.allow_repeated_mails(between_mail_and_note)
    return ledger


async def _unnoted(rig: Rig, taken: int) -> int:
    """1 when the mail server has taken a mail that is not noted as sent; the one sender has one mail at a time."""
    noted = await rig.ask("notifications", "SELECT count(*) FROM delivery WHERE state = 'sent'")
    return int(taken > int(noted))


async def test_whatever_is_killed_whenever_nothing_is_lost_and_nothing_counted_twice(chaos: Chaos) -> None:
    balances(await killed_at_random(chaos))


async def test_kills_are_noticed_where_consumers_acknowledge_first(chaos: Chaos) -> None:
    chaos.take_away("acknowledge-first", "crash-after-apply=told", doomed=("reporting", "notifications"))
    goes_red(await killed_at_random(chaos), "lost")


async def test_kills_are_noticed_where_a_relay_deletes_before_it_sends(chaos: Chaos) -> None:
    chaos.take_away("delete-before-send", "crash-before-send=told", doomed=("registry",))
    goes_red(await killed_at_random(chaos), "unpublished")


async def crash_around_mails(chaos: Chaos) -> Ledger:
    """The sender dies right before or right after the mail server has taken a mail, again and again."""
    smtp = await chaos.stack.enter_async_context(SmtpServer().open())
    rig = await chaos.rig(smtp=smtp.port)
    web, relay = rig.process("registry", "web"), rig.process("registry")
    for process in (web, relay):
        process.start()
    await web.ready()
    crashes = chaos.size(1, 10)
    writers = Writers(chaos.seed, mailed=1.0)
    await writers.write(await program(rig, web), chaos.size(40, 400))
    while writers.expected_mails < 10 * crashes:  # each crash may come at the fifth of them
        await writers.write(await program(rig, web), 10)
    sender = rig.process("notifications")
    for point in ("crash-before-mail", "crash-after-mail") * crashes:
        sender.start("short-lease=1", f"{point}={chaos.chance.randint(1, 5)}", *chaos.sabotage)
        await sender.ended()
    sender.start("short-lease=1", *chaos.sabotage)
    ledger = await chaos.close_the_books(rig, "crashes around a mail", writers, groups=("notifications",), mails=True)
    count_mails(ledger, writers.expected_mails, smtp.recipients())
    ledger.allow_repeated_mails(crashes)
    return ledger


async def test_a_sender_that_dies_between_mail_and_note_repeats_that_mail_and_no_other(chaos: Chaos) -> None:
    balances(await crash_around_mails(chaos))


async def test_a_sender_that_notes_before_it_sends_is_found_out(chaos: Chaos) -> None:
    chaos.take_away("note-first")
    goes_red(await crash_around_mails(chaos), "mails_missing")
