"""What two people do at the same moment: everything is written once, in an order, and nothing is overwritten unseen."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from datetime import date
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlmodel import select

from services.registry.models import Activity, Person, Registration
from services.registry.models.errors.activity import CannotMerge
from services.registry.models.errors.registration import AlreadyRegistered, RegisteringOnCancelledActivity
from services.registry.usecases.activities.steps import MERGE
from services.registry.usecases.activities.update import ActivityDescription, UpdateActivity, update_activity
from services.registry.usecases.registrations.attendance import MarkAttendance, mark_attendance
from services.registry.usecases.registrations.register import (
    RegisterParticipant,
    RegisterParticipants,
    register_participant,
    register_participants,
)
from shared.contracts import ACTIVITIES, PARTICIPANTS
from shared.errors import Stale
from shared.identity import SYSTEM
from tests.conftest import DatabaseUrl
from tests.registry import KEYS, Desk, desk, somebody_waits


@pytest_asyncio.fixture
async def at(database_url: DatabaseUrl) -> AsyncIterator[Desk]:
    async with desk(database_url("registry")) as opened:
        yield opened


async def outcomes(*attempts: Awaitable[Any]) -> list[Any]:
    return await asyncio.gather(*attempts, return_exceptions=True)


async def test_of_many_changes_to_one_version_one_wins_and_the_others_are_told(at: Desk) -> None:
    activity = await at.plan()
    found = await outcomes(*(at.do(update_activity, _titled(activity, f"Title {n}", seen=1)) for n in range(6)))
    assert sorted(type(each).__name__ for each in found) == ["Activity"] + ["Stale"] * 5
    assert (await at.read(Activity, activity.id)).version == 2


async def test_changes_that_saw_no_version_are_written_one_after_the_other(at: Desk) -> None:
    activity = await at.plan()
    await asyncio.gather(*(at.do(update_activity, _titled(activity, f"Title {n}")) for n in range(8)))
    events = [each for each in await at.waiting() if each.topic == ACTIVITIES.name]
    assert [each.sequence for each in events] == list(range(1, 10)), "in the outbox in the order of their versions"
    journal = [entry for entry in await at.journal() if entry.topic == ACTIVITIES.name]
    assert [entry.sequence for entry in journal] == list(range(1, 10))
    assert journal[-1].data["title"] == (await at.read(Activity, activity.id)).title


async def test_one_person_registered_twice_at_once_is_in_the_vault_once(at: Desk) -> None:
    activity, other = await at.plan(), await at.plan()
    found = await outcomes(
        *(at.register(which, "Sample Person 1", email="one@example.org") for which in (activity, other) * 4)
    )
    assert sum(isinstance(each, AlreadyRegistered) for each in found) == 6
    assert len({each.person_id for each in found if isinstance(each, Registration)}) == 1
    nameless = await outcomes(*(at.register(which, "Sample Person 2") for which in (activity, other) * 4))
    assert sum(isinstance(each, AlreadyRegistered) for each in nameless) == 6
    async with at.database.transaction() as session:
        assert len((await session.exec(select(Person))).all()) == 2


async def test_nobody_slips_into_an_activity_while_it_is_cancelled(at: Desk) -> None:
    """The registration either comes before the cancellation or is refused; here it waits until the cancellation is
    committed."""
    activity = await at.plan(starts="2027-01-01", ends=None)
    async with at.database.transaction() as session:
        await session.get(Activity, activity.id, with_for_update=True)
        late = asyncio.create_task(at.register(activity))
        await somebody_waits(at.database, unless=late)
        await session.execute(text("UPDATE activity SET status = 'cancelled'"))
    with pytest.raises(RegisteringOnCancelledActivity):
        await late


async def test_days_marked_at_once_by_two_people_are_all_kept(at: Desk) -> None:
    registration = await at.register(await at.plan())
    days = [date(2026, 9, 14), date(2026, 9, 15), date(2026, 9, 16)]
    await asyncio.gather(
        *(at.do(mark_attendance, MarkAttendance(registration_id=registration.id, day=day)) for day in days)
    )
    assert list((await at.read(Registration, registration.id)).days_attended) == days
    events = [each for each in await at.waiting() if each.topic == PARTICIPANTS.name]
    assert [each.sequence for each in events] == [1, 2, 3, 4]


async def test_two_merges_in_opposite_directions_do_not_lock_each_other_out(at: Desk) -> None:
    one, two = await at.plan(), await at.plan()
    async with at.database.transaction() as session:
        await session.get(Activity, one.id, with_for_update=True)
        forth = asyncio.create_task(at.do(MERGE.take, MERGE.of(one.id, into=two.id)))
        await somebody_waits(at.database, unless=forth)
        back = asyncio.create_task(at.do(MERGE.take, MERGE.of(two.id, into=one.id)))
        await somebody_waits(at.database, unless=back, sessions=2)
    found = await outcomes(forth, back)
    assert sum(isinstance(each, Activity) for each in found) == 1
    assert sum(isinstance(each, CannotMerge) for each in found) == 1, "the other has something merged into it now"


async def test_two_lists_with_the_same_people_in_opposite_orders_do_not_lock_each_other_out(at: Desk) -> None:
    one, two = await at.plan(), await at.plan()
    people = [{"person": {"name": f"Sample Person {n}", "email": f"{n}@example.org"}} for n in range(20)]

    def registering(activity: Activity, rows: list[Any]) -> Awaitable[Any]:
        command = RegisterParticipants(activity_id=activity.id, participants=rows)  # type: ignore[arg-type]
        return at.do(register_participants, command, keys=KEYS)

    made = await asyncio.gather(registering(one, people), registering(two, people[::-1]))
    assert [len(each) for each in made] == [20, 20]
    assert {each.person_key for each in made[0]} == {each.person_key for each in made[1]}


async def test_a_stale_change_waits_for_the_one_before_it_instead_of_overwriting_it(at: Desk) -> None:
    activity = await at.plan()
    async with at.database.transaction() as session:
        await update_activity(session, _titled(activity, "First", seen=1), actor=SYSTEM, clock=at.clock)
        second = asyncio.create_task(at.do(update_activity, _titled(activity, "Second", seen=1)))
        await somebody_waits(at.database, unless=second)
        assert not second.done()
    with pytest.raises(Stale):
        await second


async def test_a_registration_under_way_is_seen_by_whoever_asks_for_the_same(at: Desk) -> None:
    activity = await at.plan()
    command = RegisterParticipant(
        activity_id=activity.id,
        person={"name": "Sample Person 1", "email": "one@example.org"},  # type: ignore[arg-type]
    )
    async with at.database.transaction() as session:
        await register_participant(session, command, actor=SYSTEM, clock=at.clock, keys=KEYS)
        second = asyncio.create_task(at.do(register_participant, command, keys=KEYS))
        await somebody_waits(at.database, unless=second)
    with pytest.raises(AlreadyRegistered):
        await second


def _titled(activity: Activity, title: str, seen: int | None = None) -> UpdateActivity:
    fields = activity.model_dump(include=set(ActivityDescription.model_fields)) | {"title": {"en": title}}
    return UpdateActivity.model_validate({"activity_id": activity.id, "seen_version": seen, **fields})
