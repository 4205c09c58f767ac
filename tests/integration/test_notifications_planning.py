"""What is planned from which events: in any order, however often, and nothing that nobody wants."""

import random
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from services.notifications.deliveries.desk import open_notices, release
from shared.contracts import Event
from shared.database import Database
from shared.identity import Actor, everywhere
from tests.chronicle import Chronicle, chronicles
from tests.conftest import DatabaseUrl
from tests.integration.mailing import (
    HandSetClock,
    all_deliveries,
    contact_of,
    everyday,
    forget_everything,
    hear,
    notifications,
    rows,
    told,
    waiting,
)
from tests.strategies import shuffled

ACTOR = Actor(id=uuid4(), kind="user", grants=everywhere("editor"))


@pytest.fixture
async def database(database_url: DatabaseUrl) -> AsyncIterator[Database]:
    async with notifications(database_url) as opened:
        yield opened


async def test_a_registration_is_confirmed_once_however_often_it_is_told(database: Database) -> None:
    chronicle = everyday()
    chronicle.register(chronicle.plan(), 1)
    for _ in range(3):
        await hear(database, chronicle.events)
    assert await rows(database) == [("confirmation", "sample-person-1", 1, "planned", None)]


async def test_a_registration_that_arrives_before_its_activity_is_confirmed_once_the_activity_is_known(
    database: Database,
) -> None:
    chronicle = everyday()
    chronicle.register(chronicle.plan(), 1)
    *before, activity, registration = chronicle.events
    await hear(database, [registration])
    assert await rows(database) == []
    await hear(database, before)
    await hear(database, [activity])
    assert await rows(database) == [("confirmation", "sample-person-1", 1, "planned", None)]


async def test_a_nominated_person_is_told_nothing_before_being_registered(database: Database) -> None:
    chronicle = everyday()
    activity = chronicle.plan()
    nominated = chronicle.register(activity, 1, status="nominated")
    chronicle.change(activity, "rescheduled", starts=chronicle.day(30), ends=chronicle.day(31))
    await hear(database, chronicle.events)
    assert await rows(database) == []
    chronicle.change_registration(nominated, "registered", status="registered")
    await hear(database, chronicle.events)
    assert await rows(database) == [("confirmation", "sample-person-1", 2, "planned", None)]


async def test_a_reschedule_is_told_to_who_was_registered_and_not_to_who_came_later(database: Database) -> None:
    chronicle = everyday(4)
    activity = chronicle.plan()
    chronicle.register(activity, 1)
    chronicle.withdraw(chronicle.register(activity, 2))
    chronicle.register(activity, 3, status="nominated")
    await hear(database, chronicle.events)
    await told(database)
    chronicle.change(activity, "rescheduled", starts=chronicle.day(30), ends=chronicle.day(31))
    chronicle.register(activity, 4)
    await hear(database, chronicle.events)
    assert await waiting(database) == [
        ("rescheduling", "sample-person-1", 2, "planned", None),
        ("confirmation", "sample-person-4", 1, "planned", None),
    ]


async def test_only_the_newest_change_of_an_activity_is_told(database: Database) -> None:
    chronicle = everyday()
    activity = chronicle.plan()
    chronicle.register(activity, 1)
    await hear(database, chronicle.events)
    await told(database)
    moved = chronicle.change(activity, "rescheduled", starts=chronicle.day(30), ends=chronicle.day(31))
    await hear(database, chronicle.events)
    again = chronicle.change(moved, "rescheduled", starts=chronicle.day(40), ends=chronicle.day(41))
    await hear(database, chronicle.events)
    assert [row[:3] for row in await waiting(database)] == [("rescheduling", "sample-person-1", 3)]
    chronicle.cancel(again)
    await hear(database, chronicle.events)
    assert await waiting(database) == [("cancellation", "sample-person-1", 4, "planned", None)]


@pytest.mark.parametrize("event_type", ["updated", "confirmed-as-updated"])
async def test_a_correction_that_leaves_the_dates_alone_is_told_to_nobody(database: Database, event_type: str) -> None:
    chronicle = everyday()
    activity = chronicle.plan()
    chronicle.register(activity, 1)
    changes = {"title": {"en": "Sample seminar"}} if event_type == "updated" else {"status": "confirmed"}
    chronicle.change(activity, "updated", **changes)
    await hear(database, chronicle.events)
    assert [row[0] for row in await rows(database)] == ["confirmation"]


async def test_who_is_registered_for_what_is_over_is_told_nothing(database: Database) -> None:
    chronicle = everyday()
    chronicle.register(chronicle.plan(starts=chronicle.day(-9), ends=chronicle.day(-8)), 1)
    chronicle.register(chronicle.plan(starts="2012", ends=None), 1)
    chronicle.register(chronicle.plan(starts=None, ends=None, status="held"), 1)
    ahead = chronicle.plan()
    chronicle.register(ahead, 1, status="nominated")
    chronicle.change(ahead, "rescheduled", starts=chronicle.day(-3), ends=chronicle.day(-2))
    await hear(database, chronicle.events)
    assert await rows(database) == []


async def test_a_protected_activity_writes_to_nobody(database: Database) -> None:
    chronicle = everyday()
    activity = chronicle.plan()
    chronicle.register(activity, 1)
    await hear(database, chronicle.events)
    chronicle.change(activity, "updated", protected=True)
    await hear(database, chronicle.events)
    assert await rows(database) == []


async def test_what_waits_is_dropped_with_the_news_that_the_activity_is_over(database: Database) -> None:
    chronicle = everyday()
    activity = chronicle.plan()
    chronicle.register(activity, 1)
    await hear(database, chronicle.events)
    past = chronicle.change(activity, "rescheduled", starts=chronicle.day(-3), ends=chronicle.day(-2))
    await hear(database, chronicle.events)
    assert await rows(database) == [("confirmation", "sample-person-1", 1, "expired", "over")]
    chronicle.change(past, "rescheduled", starts=chronicle.day(3), ends=chronicle.day(4))
    await hear(database, chronicle.events)
    assert await rows(database) == [("confirmation", "sample-person-1", 1, "planned", None)]


async def test_what_waits_follows_a_registration_into_the_activity_that_is_over(database: Database) -> None:
    chronicle = everyday()
    double, truth = chronicle.plan(), chronicle.plan(starts=chronicle.day(-3), ends=chronicle.day(-2))
    registration = chronicle.register(double, 1)
    await hear(database, chronicle.events)
    chronicle.change_registration(registration, "updated", activity_id=truth.id)
    await hear(database, chronicle.events)
    assert await rows(database) == [("confirmation", "sample-person-1", 1, "expired", "over")]


@pytest.mark.parametrize("first_heard", ["activity", "registration"])
async def test_what_waits_follows_a_registration_into_the_notice_of_another_activity(
    database: Database, first_heard: str
) -> None:
    chronicle = everyday(4)
    double, truth = chronicle.plan(), chronicle.plan()
    registration = chronicle.register(double, 1)
    for number in (2, 3, 4):
        chronicle.register(truth, number)
    await hear(database, chronicle.events)
    chronicle.change(double, "merged", status="merged", merged_into=truth.id)
    chronicle.change_registration(registration, "updated", activity_id=truth.id)
    await hear(database, chronicle.events[-2:-1] if first_heard == "activity" else chronicle.events[-1:], ask_above=3)
    await hear(database, chronicle.events, ask_above=3)
    found = await all_deliveries(database)
    assert {(row.state, row.activity_id) for row in found} == {("planned", truth.id)}
    async with database.transaction() as session:
        [notice] = await open_notices(session, actor=ACTOR)
        assert (notice.activity_id, notice.waiting, notice.asks) == (truth.id, 4, 4)
        assert await release(session, notice.id, expected=4, actor=ACTOR, clock=HandSetClock()) == 4


async def test_a_merge_writes_to_nobody(database: Database) -> None:
    chronicle = everyday()
    double, truth = chronicle.plan(), chronicle.plan()
    registration = chronicle.register(double, 1)
    await hear(database, chronicle.events)
    await told(database)
    merged = chronicle.change(double, "merged", status="merged", merged_into=truth.id)
    chronicle.change_registration(registration, "updated", activity_id=truth.id)
    chronicle.change(merged, "reinstated", status="planned", merged_into=None)
    await hear(database, chronicle.events)
    assert await rows(database) == [("confirmation", "sample-person-1", 1, "sent", None)]


async def test_reading_the_topics_from_the_beginning_into_a_new_database_plans_nothing(database: Database) -> None:
    chronicle = everyday(3)
    chronicle.at = datetime.now(UTC) - timedelta(days=2)
    activity = chronicle.plan()
    for number in (1, 2, 3):
        chronicle.register(activity, number)
    chronicle.change(activity, "rescheduled", starts=chronicle.day(30), ends=chronicle.day(31))
    await hear(database, chronicle.events)
    assert await rows(database) == []


async def test_an_erased_person_leaves_no_name_no_address_and_nothing_to_send(database: Database) -> None:
    chronicle = everyday(0)
    contact = chronicle.contact(1)
    activity = chronicle.plan()
    registration = chronicle.register(activity, 1)
    await hear(database, chronicle.events)
    chronicle.erase(contact)
    chronicle.change_registration(registration, "erased", person_key="sample-key-of-nobody")
    await hear(database, chronicle.events[-2:])
    await hear(database, random.sample(chronicle.events, len(chronicle.events)))
    await hear(database, chronicle.events[:-2])  # again what was before, without what erased it
    assert await rows(database) == []
    kept = await contact_of(database, "sample-person-1")
    assert kept is not None
    assert (kept.name, kept.email, kept.language, kept.erased) == (None, None, None, True)
    async with database.transaction() as session:
        keys = (await session.execute(text("SELECT DISTINCT person_key FROM registration_version"))).scalars().all()
    assert keys == ["sample-key-of-nobody"]


async def test_a_notice_to_many_waits_to_be_released_and_one_to_few_does_not(database: Database) -> None:
    chronicle = everyday(9)
    small, large = chronicle.plan(), chronicle.plan()
    for number in range(1, 4):
        chronicle.register(small, number)
    for number in range(1, 7):
        chronicle.register(large, number)
    await hear(database, chronicle.events)
    found = await all_deliveries(database)
    assert {row.activity_id for row in found if row.asks} == {large.id}
    assert sum(row.asks for row in found) == 6


async def _plan(database: Database, batches: list[list[Event]]) -> dict[tuple[object, ...], bool]:
    """What waits in the end, and whether it asks. What was dropped on the way differs from order to order."""
    await forget_everything(database)
    for batch in batches:
        await hear(database, batch, ask_above=2)
    return {
        (
            str(row.id),
            row.rule,
            row.recipient,
            row.occasion,
            row.addressed,
            str(row.activity_id),
            str(row.notice_id),
        ): row.asks
        for row in await all_deliveries(database)
        if row.state == "planned"
    }


async def _assert_planned_alike(
    database: Database, expected: dict[tuple[object, ...], bool], batches: list[list[Event]]
) -> None:
    """A notice that was large for a moment asks for ever; one that is large in the end asks in any order."""
    found = await _plan(database, batches)
    assert found.keys() == expected.keys()
    assert {row for row, asks in expected.items() if asks} <= {row for row, asks in found.items() if asks}


def _it_turns_out_to_be_over(chronicle: Chronicle) -> None:
    """An activity is moved ahead and then to days that are over, while confirmations of it wait."""
    activity = chronicle.plan()
    for number in (1, 2):
        chronicle.register(activity, number)
    chronicle.register(chronicle.plan(), 1)
    moved = chronicle.change(activity, "rescheduled", starts=chronicle.day(10), ends=chronicle.day(11))
    chronicle.change(moved, "rescheduled", starts=chronicle.day(-36), ends=chronicle.day(-36))


def _it_is_over_and_put_back(chronicle: Chronicle) -> None:
    """The same, and after that it is cancelled, reinstated and attended."""
    activity = chronicle.plan()
    registration = chronicle.register(activity, 1)
    chronicle.register(activity, 2)
    past = chronicle.change(activity, "rescheduled", starts=chronicle.day(-10), ends=chronicle.day(-10))
    chronicle.change(chronicle.cancel(past), "reinstated", status="planned", status_reason=None)
    chronicle.change_registration(registration, "attended", status="attended")


def _two_records_are_one_activity(chronicle: Chronicle) -> None:
    """Activities are merged, and who was registered follows."""
    double, truth = chronicle.plan(), chronicle.plan()
    registrations = [chronicle.register(double, number) for number in (1, 2)]
    chronicle.change(double, "merged", status="merged", merged_into=truth.id)
    for registration in registrations:
        chronicle.change_registration(registration, "updated", activity_id=truth.id)


@pytest.mark.parametrize("happens", [_it_turns_out_to_be_over, _it_is_over_and_put_back, _two_records_are_one_activity])
async def test_each_order_in_which_a_history_was_once_planned_otherwise_plans_the_same(
    database: Database, happens: Callable[[Chronicle], None]
) -> None:
    chronicle = everyday(2)
    happens(chronicle)
    events = chronicle.events
    expected = await _plan(database, [events])
    for cut in range(1, len(events)):
        await _assert_planned_alike(database, expected, [events[:cut], events[cut:]])
        await _assert_planned_alike(database, expected, [events[cut:], events[:cut]])
    for order in (events, events[::-1]):
        await _assert_planned_alike(database, expected, [[one] for one in order])


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(chronicle=chronicles(), data=st.data())
async def test_any_order_and_repetition_of_a_history_plans_the_same_deliveries(
    database: Database, chronicle: Chronicle, data: st.DataObject
) -> None:
    expected = await _plan(database, [chronicle.events])
    event(f"{len(expected)} deliveries")
    disorder = data.draw(shuffled(chronicle.events))
    cut = data.draw(st.integers(0, len(disorder)))
    await _assert_planned_alike(database, expected, [disorder[:cut], disorder[cut:]])
    await _assert_planned_alike(database, expected, [[one] for one in disorder])
