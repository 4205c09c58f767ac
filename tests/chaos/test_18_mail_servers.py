"""Scenario 18: mail servers that refuse, for now or for good, hang up, take their time, or are not there."""

import asyncio

import pytest
from sqlalchemy import text

from tests.chaos.conftest import Chaos, balances, goes_red
from tests.chaos.ledger import Ledger, count_mails
from tests.chaos.rig import Rig, for_all_services, until
from tests.chaos.writers import Writers, use_cases
from tests.integration.smtp_server import HANG_UP, SmtpServer

LATER, NEVER = "451 4.3.0 come again later", "550 5.1.1 nobody here"


async def difficult(chaos: Chaos) -> Ledger:
    server = SmtpServer()
    async with server.open():
        pass  # it has a port now, and does not listen
    rig = await chaos.rig(smtp=server.port)
    await for_all_services(rig, "short-pauses=0.2", "short-lease=60", *chaos.sabotage)
    writers = Writers(chaos.seed, mailed=1.0)
    await writers.write(use_cases(rig), chaos.size(60, 2_000))
    await until(lambda: _known(rig, writers.expected_mails), 60, rig.words)
    await asyncio.sleep(chaos.size(1, 20))  # refused connections meanwhile
    some = max(writers.expected_mails // 6, 1)
    server.to_recipient.extend(chaos.chance.sample([LATER] * some + [NEVER] * some, 2 * some))
    server.to_data.extend(chaos.chance.sample([LATER] * some + [HANG_UP] * some + ["250 2.0.0 kept"] * some, 3 * some))
    await chaos.stack.enter_async_context(server.open())
    endless = "no-note" in chaos.sabotage
    if endless:
        await until(lambda: len(server.mails) - len(set(server.recipients())) > some, 120, rig.words)
    ledger = await chaos.close_the_books(
        rig,
        "difficult mail servers",
        writers,
        groups=("reporting", "notifications"),
        mails=True,
        within=0 if endless else chaos.size(120, 1200),
    )
    states = await _states(rig)
    count_mails(ledger, writers.expected_mails - some, server.recipients())
    ledger.notes["states"] = states
    ledger.allow_repeated_mails(some)  # those of which it hung up instead of saying that it has them
    ledger.promise("refused_for_good_is_bounced", states.get("bounced") == some, states)
    ledger.promise("accepted_is_sent", states.get("sent") == ledger.mails_expected, states)
    attempts = await rig.ask("notifications", "SELECT max(attempts) FROM delivery")
    ledger.notes["most attempts"] = attempts
    ledger.promise("attempts_are_bounded", attempts <= 25, attempts)
    return ledger


async def _known(rig: Rig, mails: int) -> bool:
    return int(await rig.ask("notifications", "SELECT count(*) FROM delivery")) == mails


async def _states(rig: Rig) -> dict[str, int]:
    async with rig.databases["notifications"].transaction() as session:
        rows = await session.execute(text("SELECT state, count(*) AS deliveries FROM delivery GROUP BY state"))
        return {row.state: row.deliveries for row in rows}


async def test_mails_reach_everybody_once_through_a_server_that_refuses_hangs_up_and_is_away(chaos: Chaos) -> None:
    balances(await difficult(chaos))


@pytest.mark.parametrize(
    ("sabotage", "broken"),
    [("refusals-without-end", "refused_for_good_is_bounced"), ("no-note", "mails_repeated")],
)
async def test_a_sender_that_does_not_heed_answers_is_found_out(chaos: Chaos, sabotage: str, broken: str) -> None:
    chaos.take_away(sabotage)
    goes_red(await difficult(chaos), broken)
