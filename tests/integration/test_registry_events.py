"""Each change is written down and published in its own transaction, and nothing personal is among it."""

import json
from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from services.registry.models import Activity, Person, Registration
from services.registry.models.errors.activity import CodeTaken, NamesAreKept
from services.registry.models.errors.organisation import UnknownOrganisation
from services.registry.models.errors.person import PersonAmbiguous
from services.registry.models.errors.programme import PartInUse, UnknownProgramme
from services.registry.models.errors.registration import RegisteringOnCancelledActivity, RegisteringOnProtectedActivity
from services.registry.models.errors.request import RowsRefused
from services.registry.usecases.activities.steps import CONFIRM, MERGE, REINSTATE, RESCHEDULE, UNDO_MERGE
from services.registry.usecases.activities.update import ActivityDescription, UpdateActivity, update_activity
from services.registry.usecases.organisations.add import (
    AddOrganisation,
    UpdateOrganisation,
    add_organisation,
    update_organisation,
)
from services.registry.usecases.outputs.plan import (
    PlanOutput,
    UpdateOutput,
    plan_output,
    update_output,
)
from services.registry.usecases.outputs.steps import DRAFT, DROP, HAND_OVER, TRANSLATE
from services.registry.usecases.persons.update import UpdatePerson, update_person
from services.registry.usecases.registrations.attendance import (
    AttendanceRow,
    MarkAbsent,
    MarkAttendance,
    MarkGrid,
    mark_absent,
    mark_attendance,
    mark_grid,
)
from services.registry.usecases.registrations.register import RegisterParticipants, register_participants
from services.registry.usecases.registrations.steps import WITHDRAW
from services.registry.usecases.registrations.update import UpdateRegistration, update_registration
from shared.contracts import CONTACTS, PUBLIC, TOPICS
from shared.contracts.envelope import read
from shared.errors import Stale
from shared.identity import SYSTEM
from tests.conftest import DatabaseUrl
from tests.registry import KEYS, Desk, desk

CANARY = "Kanareika Sample"
ADDRESS = "kanareika.sample@example.org"


@pytest_asyncio.fixture
async def at(database_url: DatabaseUrl) -> AsyncIterator[Desk]:
    async with desk(database_url("registry")) as opened:
        yield opened


@pytest.mark.parametrize(
    "statement", ["UPDATE journal SET reason = 'another'", "DELETE FROM journal", "TRUNCATE journal"]
)
async def test_the_journal_is_append_only(at: Desk, statement: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"):
        async with at.database.transaction() as session:
            await session.execute(text(statement))
    assert len(await at.journal()) == 1


async def test_each_use_case_leaves_one_entry_and_one_event_for_each_change(at: Desk) -> None:
    await _a_whole_story(at)
    journal, waiting = await at.journal(), await at.waiting()
    public = [each for each in waiting if each.topic != CONTACTS.name]
    assert [(entry.topic, entry.type, entry.key, entry.sequence, str(entry.event_id)) for entry in journal] == [
        (each.topic, each.type, each.key, each.sequence, each.headers["ce_id"]) for each in public
    ]
    assert [json.loads(each.value or b"") for each in public] == [entry.data for entry in journal]
    told = {entry.type for entry in journal}
    assert told == {event for topic in PUBLIC for event in topic.events} - {"organisation-merged"}
    for key in {entry.key for entry in journal}:
        assert [entry.sequence for entry in journal if entry.key == key] == list(
            range(1, 1 + sum(entry.key == key for entry in journal))
        ), "versions count from 1 without a gap, in the order in which they were written"


async def test_every_event_can_be_read_as_its_contract_says(at: Desk) -> None:
    await _a_whole_story(at)
    topics = {topic.name: topic for topic in TOPICS}
    for each in await at.waiting():
        headers = [(name, value.encode()) for name, value in each.headers.items()]
        event = read(topics[each.topic], each.key.encode(), each.value, headers)
        assert event.programme == "SAMPLE"


async def test_no_public_event_and_no_journal_entry_holds_anything_of_a_person(at: Desk) -> None:
    await _a_whole_story(at)
    public = [each.value or b"" for each in await at.waiting() if each.topic != CONTACTS.name]
    everything = b"\n".join([*public, *(json.dumps(entry.data).encode() for entry in await at.journal())]).decode()
    for personal in ("Sample Person", "@example.org", "+996"):
        assert personal not in everything
    allowed = {
        field for topic in PUBLIC for field in topic.state.model_json_schema(ref_template="{model}")["properties"]
    }
    for value in public:
        assert json.loads(value).keys() <= allowed
        assert not {"email", "phone", "person", "person_id"} & json.loads(value).keys()


async def test_what_is_rolled_back_leaves_neither_entry_nor_event(at: Desk) -> None:
    activity = await at.plan()
    before = len(await at.journal()), len(await at.waiting())
    with pytest.raises(RuntimeError):
        async with at.database.transaction() as session:
            await CONFIRM.take(session, CONFIRM.of(activity.id), actor=SYSTEM, clock=at.clock)
            raise RuntimeError("the connection breaks before the commit")
    assert (len(await at.journal()), len(await at.waiting())) == before
    assert (await at.read(Activity, activity.id)).status == "planned"


async def test_what_changes_nothing_tells_nobody(at: Desk) -> None:
    activity = await at.plan()
    await at.do(CONFIRM.take, CONFIRM.of(activity.id))
    before = len(await at.waiting())
    await at.define()
    await at.do(CONFIRM.take, CONFIRM.of(activity.id))
    await at.do(update_activity, _as_it_is(await at.read(Activity, activity.id)))
    assert len(await at.waiting()) == before


async def test_a_stale_change_is_refused_and_says_what_to_do(at: Desk) -> None:
    activity = await at.plan()
    await at.do(CONFIRM.take, CONFIRM.of(activity.id, seen_version=1))
    with pytest.raises(Stale, match="You saw version 1, it is version 2 now"):
        await at.cancel(activity, seen_version=1)


async def test_a_code_is_unique_within_a_programme(at: Desk) -> None:
    await at.plan(code="A-1")
    with pytest.raises(CodeTaken, match="SAMPLE has an activity 'A-1'"):
        await at.plan(code="A-1")
    other = await at.plan()
    with pytest.raises(CodeTaken):
        await at.do(update_activity, _as_it_is(other, code="A-1"))
    await at.define(code="OTHER")
    await at.plan(code="A-1", programme="OTHER")


async def test_what_is_not_there_is_named(at: Desk) -> None:
    with pytest.raises(UnknownProgramme, match="NOWHERE"):
        await at.plan(programme="NOWHERE")
    stranger = {"name": "Sample Agency", "id": "01890000-0000-7000-8000-000000000000"}
    with pytest.raises(UnknownOrganisation, match="01890000"):
        await at.plan(co_organisers=[stranger])
    with pytest.raises(UnknownOrganisation, match="'seven' is not"):
        await at.plan(co_organisers=[{"name": "Sample Agency", "id": "seven"}])


async def test_a_component_with_activities_cannot_disappear(at: Desk) -> None:
    await at.plan(component="1")
    with pytest.raises(PartInUse, match="1/1"):
        await at.define(phases=[{"code": "1"}])
    await at.define(phases=[*_phases(), {"code": "2"}])
    await at.define(phases=_phases())  # phase 2 was used by nobody


async def test_nobody_is_registered_where_no_names_are_kept_or_nothing_takes_place(at: Desk) -> None:
    protected = await at.plan(protected=True)
    with pytest.raises(RegisteringOnProtectedActivity):
        await at.register(protected)
    cancelled = await at.plan(starts="2027-01-01", ends=None)
    await at.cancel(cancelled)
    with pytest.raises(RegisteringOnCancelledActivity):
        await at.register(cancelled)
    async with at.database.transaction() as session:
        assert (await session.exec(select(Person))).all() == []


async def test_an_activity_with_names_cannot_be_protected_before_they_are_erased(at: Desk) -> None:
    activity = await at.plan()
    registration = await at.register(activity)
    with pytest.raises(NamesAreKept, match="1 persons"):
        await at.do(update_activity, _as_it_is(activity, protected=True))
    await at.erase(registration)
    assert (await at.do(update_activity, _as_it_is(activity, protected=True))).protected


async def test_a_person_is_recognised_by_address_or_by_exact_likeness_and_never_guessed(at: Desk) -> None:
    first, second = await at.plan(), await at.plan()
    agency = {"organisation": {"name": "Sample Agency"}, "country": "KG"}

    async def person(activity: Activity, name: str, **more: Any) -> UUID | None:
        return (await at.register(activity, name, **more)).person_id

    one = await person(first, "Sample Person 1", email="One@Example.org")
    assert await person(second, "Sample Person 1", email="one@example.org") == one, "by address and name"
    two = await person(first, "Sample Person 2", **agency)
    assert await person(second, "sample  person 2", **agency) == two, "by name, agency and country"
    three = await person(first, "Sample Person 3", email="three@example.org", **agency)
    other = await person(second, "Sample Person 3", email="other@example.org", **agency)
    assert three != other, "another address is another person"
    with pytest.raises(PersonAmbiguous):
        await person(await at.plan(), "Sample Person 3", **agency)
    five = await person(first, "Sample Person 5", **agency)
    assert await person(second, "Sample Person 5", email="five@example.org", **agency) == five, "now with an address"


async def test_a_list_is_registered_whole_or_not_at_all(at: Desk) -> None:
    activity = await at.plan()
    await at.register(activity, "Sample Person 2", email="two@example.org")
    people = [{"person": {"name": f"Sample Person {n}", "email": f"{n}@example.org"}} for n in range(25)]
    known = {"person": {"name": "Sample Person 2", "email": "two@example.org"}}
    before = len(await at.waiting())
    with pytest.raises(RowsRefused) as refusal:
        await at.do(
            register_participants,
            RegisterParticipants(activity_id=activity.id, participants=[*people[:3], known, *people[3:], people[0]]),  # type: ignore[arg-type]
            keys=KEYS,
        )
    assert [(number, error.slug) for number, error in refusal.value.rows] == [
        (3, "already-registered"),
        (25 + 1, "already-registered"),
    ]
    assert len(await at.waiting()) == before
    made = await at.do(
        register_participants,
        RegisterParticipants(activity_id=activity.id, participants=people),  # type: ignore[arg-type]
        keys=KEYS,
    )
    names = [(await at.read(Person, each.person_id)).name for each in made]
    assert names == [f"Sample Person {n}" for n in range(25)], "in the order of the list"


async def test_contacts_are_told_privately_and_only_when_something_is_new(at: Desk) -> None:
    registration = await at.register(await at.plan(), "Sample Person 1", email="one@example.org")
    await at.register(await at.plan(), "Sample Person 1", email="one@example.org")
    assert registration.person_id
    correction = {"name": "Sample Person One", "email": "one@example.org", "language": "ru"}
    await at.do(update_person, UpdatePerson(person_id=registration.person_id, **correction), keys=KEYS)  # type: ignore[arg-type]
    contacts = [each for each in await at.waiting() if each.topic == CONTACTS.name]
    assert [(each.key, each.sequence) for each in contacts] == [
        (registration.person_key, 1),
        (registration.person_key, 2),
    ]
    assert json.loads(contacts[1].value or b"")["language"] == "ru"


async def test_after_erasure_the_canary_is_found_nowhere(at: Desk) -> None:
    activity = await at.plan()
    canary = await at.register(activity, CANARY, email=ADDRESS, country="KG")
    await at.register(await at.plan(), CANARY, email=ADDRESS)
    assert await _tables_that_hold(at, CANARY) >= {"person", "outbox"}, "this search finds what there is to find"
    assert await at.erase(canary) == 2
    for trace in (CANARY, ADDRESS, str(canary.person_id)):
        assert await _tables_that_hold(at, trace) == set(), trace
    async with at.database.transaction() as session:
        left = (await session.exec(select(Registration))).all()
    assert len({each.person_key for each in left}) == 1, "they still count as one person"
    assert canary.person_key not in {each.person_key for each in left}
    tombstones = [each for each in await at.waiting() if each.topic == CONTACTS.name]
    assert [(each.key, each.value) for each in tombstones] == [(canary.person_key, None)]


async def test_people_follow_a_merge_and_come_back_when_it_is_undone(at: Desk) -> None:
    gone, kept = await at.plan(sources=["https://example.org/a"]), await at.plan()
    both = {"email": "both@example.org"}
    stays = await at.register(gone, "Sample Person 1", **both)
    await at.register(kept, "Sample Person 1", **both)
    follows = await at.register(gone, "Sample Person 2")
    await at.do(MERGE.take, MERGE.of(gone.id, into=kept.id, seen_version=1))
    assert (await at.read(Registration, follows.id)).activity_id == kept.id
    assert (await at.read(Registration, stays.id)).activity_id == gone.id
    assert (await at.read(Activity, kept.id)).sources == ("https://example.org/a",)
    await at.do(UNDO_MERGE.take, UNDO_MERGE.of(gone.id))
    assert (await at.read(Registration, follows.id)).activity_id == gone.id
    assert (await at.read(Activity, gone.id)).status == "planned"
    assert (await at.read(Activity, kept.id)).sources == ()


async def test_a_grid_is_marked_whole_or_not_at_all(at: Desk) -> None:
    activity = await at.plan()
    one, two = await at.register(activity, "Sample Person 1"), await at.register(activity, "Sample Person 2")
    days = (date(2026, 9, 14), date(2026, 9, 16))
    rows = (
        AttendanceRow(registration_id=one.id, days=days),
        AttendanceRow(registration_id=two.id, days=(date(2026, 9, 17),)),
    )
    with pytest.raises(RowsRefused) as refusal:
        await at.do(mark_grid, MarkGrid(activity_id=activity.id, rows=rows))
    assert [(number, error.slug) for number, error in refusal.value.rows] == [(1, "day-outside-activity")]
    assert (await at.read(Registration, one.id)).status == "registered"
    rows = (rows[0], AttendanceRow(registration_id=two.id, mark="absent"))
    await at.do(mark_grid, MarkGrid(activity_id=activity.id, rows=rows))
    assert (await at.read(Registration, one.id)).days_attended == days
    assert (await at.read(Registration, two.id)).status == "absent"


async def _a_whole_story(at: Desk) -> None:
    """Each use case at least once."""
    agency = await at.do(add_organisation, AddOrganisation(programme="SAMPLE", name={"en": "Sample Agency"}))
    renamed = UpdateOrganisation(organisation_id=agency.id, name={"en": "Sample Border Agency"})
    await at.do(update_organisation, renamed)
    await at.define(donor="Sample Donor")
    activity = await at.plan(starts="2026-10-01", ends="2026-10-02")
    await at.do(CONFIRM.take, CONFIRM.of(activity.id))
    await at.do(RESCHEDULE.take, RESCHEDULE.of(activity.id, starts="2026-09-14", ends="2026-09-16"))
    person = {"email": "one@example.org", "country": "KG", "organisation": {"name": "Agency", "id": str(agency.id)}}
    registration = await at.register(activity, "Sample Person 1", **person)
    nominee = await at.register(activity, "Sample Person 2", status="nominated")
    await at.do(update_registration, UpdateRegistration(registration_id=nominee.id, gender="female"))
    await at.do(mark_attendance, MarkAttendance(registration_id=registration.id, day=date(2026, 9, 14)))
    await at.do(mark_absent, MarkAbsent(registration_id=nominee.id))
    guest = await at.register(activity, "Sample Person 3")
    await at.do(WITHDRAW.take, WITHDRAW.of(guest.id))
    held = await at.complete(activity, headcount={"total": 12, "women": 5, "by_country": {"KG": 12}})
    await at.do(update_activity, _as_it_is(held, outputs=["Handbook"]))
    other = await at.plan(starts="2026-11-01", ends=None)
    await at.cancel(other)
    await at.do(REINSTATE.take, REINSTATE.of(other.id, reason="There is room"))
    await at.do(MERGE.take, MERGE.of(other.id, into=activity.id))
    await at.do(UNDO_MERGE.take, UNDO_MERGE.of(other.id))
    await at.erase(registration)
    output = await at.do(
        plan_output, PlanOutput.model_validate({"programme": "SAMPLE", "kind": "manual", "title": {"en": "Sample"}})
    )
    named = UpdateOutput.model_validate(
        {"output_id": output.id, "code": output.code, "kind": "manual", "title": {"en": "Sample manual"}}
    )
    await at.do(update_output, named)
    await at.do(DRAFT.take, DRAFT.of(output.id))
    await at.do(TRANSLATE.take, TRANSLATE.of(output.id, languages=["ky"]))
    await at.do(HAND_OVER.take, HAND_OVER.of(output.id, country="KG"))
    other = await at.do(
        plan_output, PlanOutput.model_validate({"programme": "SAMPLE", "kind": "study", "title": {"en": "Sample"}})
    )
    await at.do(DROP.take, DROP.of(other.id, reason="No sample."))


def _as_it_is(activity: Activity, **changes: Any) -> UpdateActivity:
    fields = activity.model_dump(include=set(ActivityDescription.model_fields))
    return UpdateActivity.model_validate({"activity_id": activity.id, **fields, **changes})


def _phases() -> list[Any]:
    return [{"code": "1", "components": [{"code": "1", "name": {"en": "Sample component"}}]}]


async def _tables_that_hold(at: Desk, trace: str) -> set[str]:
    """Every table of the database is searched; bytes as text."""
    async with at.database.transaction() as session:
        tables = await session.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        found = set()
        for (table,) in tables.all():
            rows = await session.execute(text(f'SELECT to_jsonb(t)::text FROM "{table}" t'))  # noqa: S608
            held = "\n".join(row[0] for row in rows)
            if trace in held or trace.encode().hex() in held:
                found.add(table)
    return found
