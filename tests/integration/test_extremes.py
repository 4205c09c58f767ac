"""No value that a contract takes stops a consumer: the ends of the calendar, of numbers, of time zones, of texts.

Each example of each topic is told again with all its days, moments, numbers and texts at an end of what is valid, to
each handler that listens to the topic.
"""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from services.notifications.deliveries import planning
from services.notifications.deliveries.sender import Sender
from services.notifications.groups import GROUPS as OF_NOTIFICATIONS
from services.reporting.facts import projection
from services.reporting.groups import GROUPS as OF_REPORTING
from shared.contracts import ACCESS, TOPICS, Event
from shared.contracts.envelope import read
from shared.contracts.examples import example_events
from shared.contracts.fuzzy_dates import FuzzyDate
from shared.database import Database, Session
from shared.identifiers import new_id
from shared.identity import access
from tests.chronicle import Chronicle
from tests.conftest import DatabaseUrl
from tests.integration.mailing import HandSetClock, all_deliveries, hear, manner, notifications
from tests.integration.smtp_server import SmtpServer
from tests.integration.test_notifications_sender import channel_to

FUZZY = ("0001-01-01", "0001", "../0001-01-01", "0001-01-01/..", "9999-12-31", "9999", "../9999-12-31", "9999-12-31/..")
DAYS = (date.min, date.max)
MOMENTS = (
    datetime.min.replace(tzinfo=UTC),
    datetime.max.replace(tzinfo=UTC),
    datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
    datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))),
)
ZONES = ("Pacific/Kiritimati", "Etc/GMT+12", "Asia/Bishkek", "Factory", None)
TEXTS = ("\u202e" + "Я" * 500, "\u0301", "🙂" * 300, "'; DROP TABLE delivery; --", "\u2028")
LARGEST = 2**31 - 1


def at_the_ends(value: Any, turn: int) -> Any:
    """The same value with each part at an end of what it may be; another end at each turn."""
    match value:
        case FuzzyDate():
            return FUZZY[turn % len(FUZZY)]
        case datetime():
            return MOMENTS[turn % len(MOMENTS)]
        case date():
            return DAYS[turn % len(DAYS)]
        case tuple() | list():
            return [at_the_ends(each, turn) for each in value]
        case dict():
            return {name: at_the_end(name, each, turn) for name, each in value.items()}
        case _:
            return value


def at_the_end(name: str, value: Any, turn: int) -> Any:
    match name:
        case "title" | "name" | "description" if isinstance(value, dict):
            return {language: TEXTS[turn % len(TEXTS)] for language in value}
        case "status_reason" | "series" | "lead" | "donor" if value:
            return TEXTS[turn % len(TEXTS)]
        case "time_zone":
            return ZONES[turn % len(ZONES)]
        case "version" | "total" | "amount":
            return LARGEST - (turn if name == "version" else 0)
        case _:
            return at_the_ends(value, turn)


def extreme_events() -> Iterator[Event]:
    """Each example with its values at the ends, as a consumer reads it from a record; what no contract takes is not."""
    for example in example_events():
        assert example.data is not None
        state = {name: getattr(example.data, name) for name in type(example.data).model_fields}
        plain = {name: _plain(value) for name, value in state.items()}
        for turn in range(max(len(FUZZY), len(TEXTS)) + 2):
            try:
                data = type(example.data).model_validate(at_the_ends(plain, turn))
            except ValidationError:
                continue
            for time in (MOMENTS[turn % 2], example.time):
                event = Event(
                    id=new_id(),
                    type=example.type,
                    topic=example.topic,
                    source=example.source,
                    time=time,
                    programme=example.programme,
                    data=data,
                    key=example.key,
                    sequence=data.version,
                )
                record = event.to_record()
                yield read(example.topic, record.key, record.value, record.headers)


def _plain(value: Any) -> Any:
    """Models inside a state as dictionaries, dates and moments as they are."""
    if isinstance(value, BaseModel):
        return {name: _plain(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return value


def test_each_topic_has_values_at_its_ends() -> None:
    events = list(extreme_events())
    assert {event.topic for event in events} == set(TOPICS)
    activities = [event for event in events if event.topic.name == "registan.activities.v1"]
    assert {str(event.data.starts) for event in activities if event.data.starts} == set(FUZZY)  # type: ignore[union-attr]


async def _hear(session: Session, service: str, event: Event) -> None:
    if event.topic is ACCESS:
        await access.apply(session, [event])
    elif service == "reporting":
        await projection.apply(session, [event])
    else:
        await planning.apply(session, [event], manner=manner(HandSetClock()))


@pytest.mark.parametrize("service", ["notifications", "reporting"])
async def test_no_valid_value_stops_a_consumer(database_url: DatabaseUrl, service: str) -> None:
    groups = OF_NOTIFICATIONS if service == "notifications" else OF_REPORTING
    topics = {topic for listened in groups.values() for topic in listened}
    database = Database(database_url("notifications" if service == "notifications" else "reporting"))
    try:
        heard = 0
        for event in extreme_events():
            if event.topic in topics:
                async with database.transaction() as session:
                    await _hear(session, service, event)
                heard += 1
        assert heard > 100
    finally:
        await database.close()


@pytest.fixture
async def database(database_url: DatabaseUrl) -> AsyncIterator[Database]:
    async with notifications(database_url) as opened:
        yield opened


@pytest.mark.parametrize("days", FUZZY)
async def test_an_activity_at_an_end_of_the_calendar_is_told_or_over_and_stops_nobody(
    database: Database, days: str
) -> None:
    chronicle = Chronicle()
    chronicle.programme()
    chronicle.contact(1)
    chronicle.register(chronicle.plan(starts=days, ends=None), 1)
    clock = HandSetClock()
    await hear(database, chronicle.events, clock)
    async with SmtpServer().open() as server:
        sender = Sender(database, channel_to(server.port), manner(clock))
        while await sender.send_next():
            pass
        past = FuzzyDate.parse(days).latest == date.min or days == "0001"
        assert len(server.mails) == (0 if past else 1)
    assert {row.state for row in await all_deliveries(database)} == (set() if past else {"sent"})
