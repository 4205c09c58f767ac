"""Are the facts what the history says? And if they are not, or if that is unknown: rebuild them.

While it is checked, life goes on: an event may have reached the facts and not yet the check, or the other way round. So
what differs is looked at again, and only what stays different is a finding.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from services.reporting.facts.digest import Difference, facts_hash
from services.reporting.facts.staging import History, Progress, Staging
from shared.database import Database

_LOOK_AGAIN_AFTER = 0.5


@dataclass(frozen=True)
class Verdict:
    """What a check found.

    Attributes:
        events: how many the history has.
        live: the hash of the live facts.
        expected: the hash of the facts that follow from the history.
        differences: what is not as it should be; empty when all is well.
    """

    events: int
    live: str
    expected: str
    differences: Sequence[Difference]


async def verify(database: Database, history: History, progress: Progress, patience: float = 10.0) -> Verdict:
    """Compare the live facts with those that follow from the history.

    Args:
        patience: seconds after which what still differs is a finding, and not on its way.
    """
    async with Staging(database, "facts_check").built(history, progress) as check:
        deadline = time.monotonic() + patience
        found = set(await check.differences())
        while found and time.monotonic() < deadline:
            await asyncio.sleep(_LOOK_AGAIN_AFTER)
            await check.catch_up(history)
            found &= set(await check.differences())
        async with database.transaction() as session:
            live = await facts_hash(session)
        return Verdict(check.events, live, await check.hash(), sorted(found))


async def rebuild(database: Database, history: History, progress: Progress) -> int:
    """Replace the live facts by those that follow from the history, without a gap for readers.

    Returns:
        How many events were read.
    """
    async with Staging(database, "facts_next").built(history, progress) as coming:
        if not history.complete:
            await coming.keep_what_is_older()
        await coming.catch_up(history)
        await coming.swap_in(history)
        return coming.events
