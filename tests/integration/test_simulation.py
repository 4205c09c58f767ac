"""The invented programme: it is what was asked for, the same each time, and never taken for a real one."""

from datetime import UTC, datetime
from itertools import islice

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from services.registry.models import Activity, JournalEntry, Person, Programme, Registration
from services.registry.simulation.simulate import NotASample, Written, simulate
from services.registry.simulation.stories import Story, stories
from shared.bus.outbox import outbox
from shared.contracts.base import OrganisationReference
from shared.database import Database
from tests.conftest import DatabaseUrl
from tests.registry import KEYS, Desk

NOW = datetime(2026, 9, 20, 12, tzinfo=UTC)
AGENCIES = [OrganisationReference(name=f"Sample Agency {number}") for number in range(30)]


def told(seed: int, **more: bool) -> list[Story]:
    return list(stories(seed, activities=40, registrations=400, agencies=AGENCIES, now=NOW, **more))


async def written(database: Database, **sizes: float) -> Written:
    *_, last = [so_far async for so_far in simulate(database, KEYS, **sizes)]  # type: ignore[arg-type]
    return last


async def test_as_much_is_written_as_was_asked_for_each_change_with_its_event(database_url: DatabaseUrl) -> None:
    database = Database(database_url("registry"))
    try:
        done = await written(database, activities=12, registrations=150)
        async with database.transaction() as session:
            counts = [
                (await session.execute(select(func.count()).select_from(table))).scalar_one()
                for table in (Activity, Registration, JournalEntry, outbox)
            ]
            assert counts[:2] == [12, 150] == [done.activities, done.registrations]
            prepared = 31  # the programme and its agencies
            people = (await session.execute(select(func.count()).select_from(Person))).scalar_one()
            assert counts[2:] == [done.events, done.events + people]  # how to reach them is told, but not written down
            assert done.events > prepared + 12 + 150
            assert (await session.get_one(Programme, "SAMPLE")).synthetic
            assert (await session.execute(select(func.count(col(Person.email))))).scalar_one() == 0
    finally:
        await database.close()


async def test_history_lies_in_the_past_and_each_activity_is_held_after_it_was_planned(
    database_url: DatabaseUrl,
) -> None:
    database = Database(database_url("registry"))
    try:
        await written(database, activities=12, registrations=20)
        async with database.transaction() as session:
            query = select(col(JournalEntry.type), col(JournalEntry.time), col(JournalEntry.sequence)).order_by(
                col(JournalEntry.key), col(JournalEntry.sequence)
            )
            entries = (await session.execute(query)).all()
        now = datetime.now(UTC)
        assert all(entry.time <= now for entry in entries)
        held = [entry for entry in entries if entry.type == "activity-completed"]
        assert held
        assert all(entry.sequence > 1 for entry in held)
    finally:
        await database.close()


async def test_a_second_simulation_goes_on_in_the_same_programme_with_the_same_people(
    database_url: DatabaseUrl,
) -> None:
    database = Database(database_url("registry"))
    try:
        await written(database, activities=3, registrations=40)
        await written(database, activities=3, registrations=40)
        async with database.transaction() as session:
            people = (await session.execute(select(func.count()).select_from(Person))).scalar_one()
            assert (await session.execute(select(func.count()).select_from(Registration))).scalar_one() == 80
            assert people <= 40
    finally:
        await database.close()


async def test_at_a_pace_single_changes_are_written_now(database_url: DatabaseUrl) -> None:
    database = Database(database_url("registry"))
    began = datetime.now(UTC)
    try:
        done = await written(database, activities=1, registrations=5, rate=200.0)
        assert (datetime.now(UTC) - began).total_seconds() > (done.events - 1) / 200
        async with database.transaction() as session:
            times = (await session.execute(select(col(JournalEntry.time)))).scalars().all()
        assert all(time >= began for time in times)
    finally:
        await database.close()


async def test_a_programme_that_is_not_marked_as_synthetic_is_never_touched(database_url: DatabaseUrl) -> None:
    database = Database(database_url("registry"))
    try:
        await Desk(database).define(synthetic=False)
        with pytest.raises(NotASample):
            await written(database, activities=1, registrations=1)
        async with database.transaction() as session:
            assert (await session.execute(select(func.count()).select_from(Activity))).scalar_one() == 0
    finally:
        await database.close()


def test_the_same_seed_tells_the_same_stories_and_another_tells_others() -> None:
    assert told(7) == told(7)
    assert told(7) != told(8)


def test_no_registration_is_lost_and_none_is_for_a_protected_activity() -> None:
    found = told(3)
    assert sum(len(story.guests) for story in found) == 400
    assert not [story for story in found if story.plan.protected and story.guests]
    assert [story for story in found if story.plan.protected]


def test_nobody_has_an_address_unless_it_is_asked_for_and_then_one_where_nobody_lives() -> None:
    entries = [guest.entry.person for story in told(1) for guest in story.guests]
    assert {person.email for person in entries} == {None}
    reachable = [guest.entry.person for story in told(1, addresses=True) for guest in story.guests]
    assert all(str(person.email).endswith("@example.org") for person in islice(reachable, 50))
