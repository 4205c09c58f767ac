"""What the tests of notifications share: a database of its own, a clock set by hand, and questions about rows."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlmodel import col, select

from services.notifications.deliveries import planning
from services.notifications.deliveries.delivery import Delivery
from services.notifications.facts.contact import ContactFact
from shared.clock import Clock
from shared.contracts import Event
from shared.database import Database
from tests.chronicle import Chronicle
from tests.conftest import DatabaseUrl

ASK_ABOVE = 5
DROPPED = ("no-longer-due", "replaced", "already-told", "needless")
Row = tuple[str, str, int, str, str | None]


@dataclass
class HandSetClock:
    """A clock that stands still until it is moved."""

    at: datetime = field(default_factory=lambda: datetime.now(UTC) + timedelta(hours=1))

    def now(self) -> datetime:
        return self.at

    def move(self, **step: float) -> None:
        self.at += timedelta(**step)


@asynccontextmanager
async def notifications(database_url: DatabaseUrl) -> AsyncIterator[Database]:
    database = Database(database_url("notifications"))
    try:
        yield database
    finally:
        await database.close()


async def hear(
    database: Database, events: Sequence[Event], clock: HandSetClock | None = None, *, ask_above: int = ASK_ABOVE
) -> None:
    """Handle one batch as the listener does."""
    async with database.transaction() as session:
        await planning.apply(session, events, manner=manner(clock or HandSetClock(), ask_above))


def manner(clock: Clock, ask_above: int = ASK_ABOVE) -> planning.Manner:
    """How the tests plan: a mail may go at once."""
    return planning.Manner(clock, ask_above, timedelta(seconds=0))


async def all_deliveries(database: Database) -> list[Delivery]:
    async with database.transaction() as session:
        return list(await session.exec(select(Delivery).order_by(col(Delivery.happened_at), col(Delivery.recipient))))


async def rows(database: Database) -> list[Row]:
    """Each delivery as (rule, recipient, occasion, state, reason), without those that others replaced."""
    return [
        (row.rule, row.recipient, row.occasion, row.state, row.reason)
        for row in await all_deliveries(database)
        if row.reason not in DROPPED
    ]


async def waiting(database: Database) -> list[Row]:
    return [row for row in await rows(database) if row[3] == "planned"]


async def told(database: Database) -> None:
    """All that waits was sent, as a release noted it that did not keep what a letter said."""
    async with database.transaction() as session:
        await session.execute(
            text(
                "UPDATE delivery SET state = 'sent', sent_at = planned_at, calendar = 'REQUEST', address_mark = NULL, "
                "told_version = (SELECT max(version) FROM activity_version WHERE id = activity_id) "
                "WHERE state = 'planned'"
            )
        )


async def contact_of(database: Database, person_key: str) -> ContactFact | None:
    async with database.transaction() as session:
        return await session.get(ContactFact, person_key)


async def forget_everything(database: Database) -> None:
    """Empty the tables between the examples of one test."""
    async with database.transaction() as session:
        await session.execute(text("TRUNCATE programme, contact, activity_version, registration_version, delivery"))


def everyday(people: int = 1) -> Chronicle:
    """A chronicle in which the programme and its people are known."""
    chronicle = Chronicle()
    chronicle.programme()
    for number in range(1, people + 1):
        chronicle.contact(number)
    return chronicle
