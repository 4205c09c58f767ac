"""What an import writes, what it leaves alone, and that it does exactly what its report said."""

import csv
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from time import process_time
from typing import Any

import pytest
from sqlmodel import select

from services.registry.first_records import ACTIVITIES, load_records
from services.registry.models import Activity, Upload
from services.registry.sheets.errors import (
    ImportOutdated,
    NothingToBeTheSameAs,
    RowsToDecide,
    RowsWithErrors,
    UnknownRow,
)
from services.registry.sheets.files import ImportedFile
from services.registry.sheets.report import Imported, ImportReport, RowReport
from services.registry.usecases.activities.update import UpdateActivity, update_activity
from services.registry.usecases.imports.accept import AcceptImport, import_rows, preview_import
from services.registry.usecases.imports.upload import accept_upload, keep_upload
from shared.contracts import TOPICS
from shared.database import Database
from shared.identity import SYSTEM
from tests.conftest import DatabaseUrl
from tests.registry import NOW, Desk, desk
from tests.spreadsheets import csv_file, many, row


@pytest.fixture
async def office(database_url: DatabaseUrl) -> AsyncIterator[Desk]:
    async with desk(database_url("registry")) as made:
        yield made


async def preview(office: Desk, file: ImportedFile, programme: str = "SAMPLE") -> ImportReport:
    async with office.database.transaction() as session:
        return await preview_import(session, file, programme, clock=office.clock)


async def accept(office: Desk, file: ImportedFile, programme: str = "SAMPLE", **decided: Any) -> Imported:
    async with office.database.transaction() as session:
        return await import_rows(session, file, programme, AcceptImport(**decided), actor=SYSTEM, clock=office.clock)


async def only(office: Desk, *rows: dict[str, str]) -> RowReport:
    """What would become of the last row."""
    return (await preview(office, csv_file(*rows))).rows[-1]


async def activities(office: Desk, programme: str = "SAMPLE") -> dict[str, Activity]:
    async with office.database.transaction() as session:
        found = await session.exec(select(Activity).where(Activity.programme == programme))
        return {activity.code: activity for activity in found}


@pytest.fixture
async def real(database_url: DatabaseUrl) -> AsyncIterator[Desk]:
    """A registry that was empty, and begins with the records we ship."""
    database = Database(database_url("registry"))
    try:
        made = Desk(database)
        async with database.transaction() as session:
            said = await load_records(session, clock=made.clock)
        assert said is not None
        assert "209 activities" in said
        yield made
    finally:
        await database.close()


def real_rows() -> list[dict[str, str]]:
    with ACTIVITIES.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


async def test_the_real_records_are_counted_as_a_plain_count_of_the_list_does(real: Desk) -> None:
    recorded = (await activities(real, "BOMCA")).values()
    listed = real_rows()
    assert len(recorded) == len(listed) == 209
    for field, column in (("phase", "phase"), ("kind", "kind"), ("component", "component")):
        assert Counter(getattr(each, field) or "" for each in recorded) == Counter(each[column] for each in listed)
    in_countries = Counter(country for each in recorded for country in each.beneficiary_countries)
    assert in_countries == Counter(code for each in listed for code in each["beneficiary_countries"].split(";") if code)
    assert {each.status for each in recorded} == {"held"}


async def test_each_real_record_keeps_its_id_its_words_its_days_and_its_sources(real: Desk) -> None:
    recorded = await activities(real, "BOMCA")
    for listed in real_rows():
        activity = recorded[listed["id"]]
        assert activity.title.get("en") == listed["title"]
        assert activity.title.get("ru", "") == listed["title_ru"]
        assert str(activity.starts or "") == listed["starts"]
        assert str(activity.ends or "") == listed["ends"]
        assert "; ".join(activity.sources) == listed["source_url_or_seed"]
        assert str(activity.headcount.total if activity.headcount else "") == listed["participants"]
        named = [each.name for each in activity.expert_organisations]
        assert named == [name.strip() for name in listed["expert_affiliations"].split(";") if name.strip()]


async def test_importing_the_real_records_again_writes_nothing(real: Desk) -> None:
    before = len(await real.journal()), len(await real.waiting())
    file = ImportedFile("activities.csv", ACTIVITIES.read_bytes())
    report = await preview(real, file, "BOMCA")
    assert report.counts == {"new": 0, "likely-duplicate": 0, "changed": 0, "unchanged": 209, "error": 0}
    done = await accept(real, file, "BOMCA", token=report.token)
    assert (done.created, done.changed, done.unchanged) == (0, 0, 209)
    assert (len(await real.journal()), len(await real.waiting())) == before


async def test_a_registry_that_has_a_programme_is_left_alone_at_the_first_start(office: Desk) -> None:
    async with office.database.transaction() as session:
        assert await load_records(session, clock=office.clock) is None
    assert await activities(office, "BOMCA") == {}


async def test_each_imported_activity_is_in_the_journal_and_in_the_outbox_once(office: Desk) -> None:
    before = len(await office.journal())
    await accept(office, many(50))
    written = (await office.journal())[before:]
    assert Counter((entry.type, entry.sequence) for entry in written) == {("activity-created", 1): 50}
    waiting = [event for event in await office.waiting() if event.type == "activity-created"]
    assert {event.key for event in waiting} == {entry.key for entry in written}
    contract = next(topic.state for topic in TOPICS if topic.name == written[0].topic)
    for entry in written:
        contract.model_validate(entry.data)


async def test_what_is_imported_is_what_planning_it_one_by_one_would_have_made(office: Desk) -> None:
    await accept(office, csv_file(row()))
    planned = await office.plan(
        code="by-hand",
        status="held",
        title={"en": "Sample workshop on risk analysis"},
        component="1",
        host_country="KG",
        sources=("https://example.org/1",),
    )
    imported = (await activities(office))["sample-1"]
    apart = {"id", "code", "search_text", "created_at", "updated_at"}
    assert imported.model_dump(exclude=apart) == (await office.read(Activity, planned.id)).model_dump(exclude=apart)


async def test_a_dry_run_writes_nothing(office: Desk) -> None:
    before = len(await office.journal())
    report = await preview(office, many(20))
    assert report.counts["new"] + report.counts["likely-duplicate"] == 20
    assert await activities(office) == {}
    assert len(await office.journal()) == before


async def test_one_bad_row_and_nothing_is_written_unless_it_is_left_out(office: Desk) -> None:
    file = csv_file(row(), row(id="sample-2", phase="99"), row(id="sample-3", title="Handover", kind="handover"))
    with pytest.raises(RowsWithErrors, match="3"):
        await accept(office, file)
    assert await activities(office) == {}
    done = await accept(office, file, leave_out_errors=True)
    assert done.left_out == (3,)
    assert set(await activities(office)) == {"sample-1", "sample-3"}


async def test_a_bad_row_that_is_skipped_is_in_nobodys_way(office: Desk) -> None:
    done = await accept(office, csv_file(row(), row(id="sample-2", phase="99")), choices={3: "skip"})
    assert (done.created, done.left_out) == (1, (3,))


@pytest.mark.parametrize(
    ("changes", "column", "problem"),
    [
        ({"phase": "99"}, "phase", "unknown-phase"),
        ({"component": "99"}, "component", "unknown-component"),
        ({"ends": "2026-09-01"}, "ends", "ends-before-it-starts"),
        ({"starts": "soon"}, "starts", "not-a-date"),
        ({"phase": ""}, "phase", "needs-value"),
        ({"title": ""}, "title", "needs-value"),
        ({"participants": "3", "women": "5"}, "participants", "cannot-be-kept"),
        ({"title": "x" * 501}, "title", "cannot-be-kept"),
        ({"id": "x" * 121}, "id", "cannot-be-kept"),
    ],
)
async def test_an_error_names_its_column_its_reason_and_what_to_do(
    office: Desk, changes: dict[str, str], column: str, problem: str
) -> None:
    found = await only(office, row(**changes))
    assert found.row == 2
    assert [(each.column, each.problem) for each in found.errors] == [(column, problem)]
    assert ":" in found.errors[0].remedy
    assert found.errors[0].reason


async def test_two_rows_with_one_id_are_an_error_of_the_second(office: Desk) -> None:
    report = await preview(office, csv_file(row(), row(title="Another")))
    assert [each.outcome for each in report.rows] == ["new", "error"]
    assert "Row 2" in report.rows[1].errors[0].reason


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, "held"),
        ({"starts": "", "ends": ""}, "held"),
        ({"starts": "2026-09-20", "ends": ""}, "held"),
        ({"starts": "2026-09-19", "ends": "2026-09-21"}, "planned"),
        ({"starts": "2027", "ends": ""}, "planned"),
        ({"status": "запланировано"}, "planned"),
        ({"starts": "2027-01-01", "ends": "", "status": "confirmed"}, "confirmed"),
        ({"status": "cancelled"}, "cancelled"),
    ],
)
async def test_a_record_is_held_unless_its_date_lies_ahead_or_the_list_says_otherwise(
    office: Desk, changes: dict[str, str], status: str
) -> None:
    header = dict.fromkeys([*row(), *changes])
    cells = {**header, **row(), **changes}
    text = ",".join(cells) + "\n" + ",".join(str(cell) for cell in cells.values())
    await accept(office, ImportedFile("list.csv", text.encode()))
    (activity,) = (await activities(office)).values()
    assert (activity.status, activity.version) == (status, 1)


async def test_a_date_that_may_lie_ahead_is_remarked_on(office: Desk) -> None:
    assert (await only(office, row(starts="2026", ends=""))).remarks
    assert not (await only(office, row())).remarks


async def test_a_changed_cell_changes_that_field_and_a_blank_one_takes_nothing_away(office: Desk) -> None:
    await accept(office, csv_file(row(title_ru="Семинар", participants="20", outputs="a handbook")))
    file = csv_file(row(city="Osh", participants="over 30", source_url_or_seed="https://example.org/2"))
    (found,) = (await preview(office, file)).rows
    assert found.outcome == "changed"
    assert {(each.field, each.before, each.after) for each in found.changes} == {
        ("place", None, "Osh, KG"),
        ("headcount", "20", "30 (at-least)"),
        ("sources", "https://example.org/1", "https://example.org/1; https://example.org/2"),
    }
    await accept(office, file)
    (activity,) = (await activities(office)).values()
    assert activity.title == {"en": row()["title"], "ru": "Семинар"}
    assert activity.outputs == ("a handbook",)
    assert activity.version == 2
    assert [entry.type for entry in await office.journal()][-2:] == ["activity-created", "activity-updated"]


async def test_a_list_with_ids_may_tell_one_thing_more_of_what_is_recorded(office: Desk) -> None:
    await accept(office, csv_file(row()))
    await accept(office, ImportedFile("counts.csv", b"id,participants,women\nsample-1,25,10\n"))
    (activity,) = (await activities(office)).values()
    assert activity.headcount is not None
    assert (activity.headcount.total, activity.headcount.women) == (25, 10)


async def test_what_was_planned_and_is_over_becomes_held_with_its_headcount(office: Desk) -> None:
    ahead = {"starts": "2026-10-05", "ends": "2026-10-07"}
    await accept(office, csv_file(row(**ahead)))
    office.clock.at = datetime(2026, 11, 1, tzinfo=UTC)
    await accept(office, csv_file(row(**ahead | {"ends": "2026-10-08"}, participants="18")))
    (activity,) = (await activities(office)).values()
    assert activity.status == "held"
    assert str(activity.ends) == "2026-10-08"
    assert activity.headcount is not None
    types = [entry.type for entry in await office.journal()]
    assert types[-2:] == ["activity-completed", "activity-updated"]  # nobody hears of new days of what is over


async def test_moving_what_is_still_ahead_says_how_many_will_be_written_to(office: Desk) -> None:
    await accept(office, csv_file(row(starts="2026-10-05", ends="2026-10-07")))
    (activity,) = (await activities(office)).values()
    for number in range(3):
        await office.register(activity, f"Sample Person {number}", email=f"sample-{number}@example.org")
    report = await preview(office, csv_file(row(starts="2026-10-06", ends="2026-10-08")))
    assert (report.rows[0].told, report.told) == (3, 3)
    await accept(office, csv_file(row(starts="2026-10-06", ends="2026-10-08")))
    assert (await office.journal())[-1].type == "activity-rescheduled"


async def test_what_somebody_cancelled_stays_cancelled_when_its_list_is_imported_again(office: Desk) -> None:
    file = csv_file(row(starts="2026-10-05", ends="2026-10-07"))
    await accept(office, file)
    (activity,) = (await activities(office)).values()
    await office.cancel(activity)
    assert (await preview(office, file)).rows[0].outcome == "unchanged"
    changed = await only(office, row(starts="2026-10-05", ends="2026-10-07", city="Osh"))
    assert [each.problem for each in changed.errors] == ["activity-cancelled"]


async def test_names_that_are_kept_are_in_the_way_of_protecting_an_activity(office: Desk) -> None:
    await accept(office, csv_file(row(starts="2026-10-05", ends="2026-10-07")))
    (activity,) = (await activities(office)).values()
    await office.register(activity)
    report = await preview(office, ImportedFile("list.csv", b"id,protected\nsample-1,yes\n"))
    assert [each.problem for each in report.rows[0].errors] == ["names-are-kept"]


SAME_EVENT = {"id": "other-source-7", "title": "Risk analysis: a sample workshop", "source_url_or_seed": "seed 2"}


async def test_a_likely_duplicate_is_shown_beside_its_match_and_asked_about(office: Desk) -> None:
    await accept(office, csv_file(row()))
    found = await only(office, row(**SAME_EVENT))
    assert found.outcome == "likely-duplicate"
    assert found.match is not None
    assert (found.match.code, found.match.starts) == ("sample-1", "2026-09-14")
    assert found.match.likeness >= 80
    assert found.asks == ("import", "correct", "same", "skip")
    with pytest.raises(RowsToDecide):
        await accept(office, csv_file(row(**SAME_EVENT)))
    await accept(office, csv_file(row(**SAME_EVENT)), choices={2: "import"})
    assert len(await activities(office)) == 2


async def test_a_row_that_moved_or_was_retitled_can_correct_the_recorded_one(office: Desk) -> None:
    await accept(office, csv_file(row(id="", starts="2026-12-01", ends="2026-12-03")))
    moved = row(id="", starts="2026-12-08", ends="2026-12-10")
    found = await only(office, moved)
    assert found.outcome == "likely-duplicate"
    done = await accept(office, csv_file(moved), choices={2: "correct"})
    assert (done.created, done.changed) == (0, 1)
    (activity,) = (await activities(office)).values()
    assert (str(activity.starts), activity.status) == ("2026-12-08", "planned")


async def test_what_a_colleague_changed_since_is_a_conflict_and_can_be_kept(office: Desk) -> None:
    await accept(office, csv_file(row(city="Osh")))
    (activity,) = (await activities(office)).values()
    known = {name: getattr(activity, name) for name in UpdateActivity.model_fields if hasattr(activity, name)}
    city = {"name": {"en": "Naryn"}, "country": "KG"}
    await office.do(update_activity, UpdateActivity(**known | {"activity_id": activity.id, "place": city}))
    file = csv_file(row(city="Osh", participants="20"))
    (found,) = (await preview(office, file)).rows
    assert {change.field: change.conflict for change in found.changes} == {"place": True, "headcount": False}
    with pytest.raises(RowsToDecide):
        await accept(office, file)
    await accept(office, file, choices={2: "keep"})
    (changed,) = (await activities(office)).values()
    assert changed.place is not None and changed.headcount is not None
    assert (changed.place.name, changed.headcount.total) == ({"en": "Naryn"}, 20)


async def test_the_number_of_people_of_a_plan_is_what_is_expected(office: Desk) -> None:
    await accept(office, csv_file(row(starts="2027-01-01", ends="", participants="20")))
    (activity,) = (await activities(office)).values()
    assert (activity.status, activity.expected, activity.headcount) == ("planned", 20, None)


async def test_a_phase_is_understood_by_the_name_that_pages_show(office: Desk) -> None:
    await accept(office, csv_file(row(phase="SAMPLE 1", component="Component 1")))
    (activity,) = (await activities(office)).values()
    assert (activity.phase, activity.component) == ("1", "1")


async def test_a_likely_duplicate_within_the_file_is_shown_with_its_row(office: Desk) -> None:
    found = await only(office, row(), row(**SAME_EVENT))
    assert found.match is not None
    assert (found.match.row, found.match.id) == (2, None)


@pytest.mark.parametrize("before", [True, False])
async def test_a_row_that_is_the_same_is_merged_keeps_both_sources_and_stays_so(office: Desk, before: bool) -> None:
    if before:
        await accept(office, csv_file(row()))
    file = csv_file(row(), row(**SAME_EVENT))
    done = await accept(office, file, choices={3: "same"})
    assert done.merged == 1
    recorded = await activities(office)
    assert recorded["other-source-7"].status == "merged"
    assert recorded["other-source-7"].merged_into == recorded["sample-1"].id
    assert recorded["sample-1"].sources == ("https://example.org/1", "seed 2")
    again = await preview(office, file)
    assert again.counts["unchanged"] == 2


async def test_a_chain_of_same_rows_ends_in_the_one_that_stays(office: Desk) -> None:
    third = SAME_EVENT | {"id": "third-source", "title": "Sample workshop: risk analysis"}
    await accept(office, csv_file(row(), row(**SAME_EVENT), row(**third)), choices={3: "same", 4: "same"})
    recorded = await activities(office)
    assert {recorded[code].merged_into for code in ("other-source-7", "third-source")} == {recorded["sample-1"].id}


@pytest.mark.parametrize(
    ("choices", "error"),
    [
        ({2: "same"}, NothingToBeTheSameAs),
        ({2: "skip", 3: "same"}, NothingToBeTheSameAs),
        ({99: "skip"}, UnknownRow),
    ],
)
async def test_a_choice_that_does_not_fit_the_report_writes_nothing(
    office: Desk, choices: dict[int, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        await accept(office, csv_file(row(), row(**SAME_EVENT)), choices=choices)
    assert await activities(office) == {}


async def test_what_changed_since_the_dry_run_is_said_and_nothing_is_written(office: Desk) -> None:
    await accept(office, csv_file(row()))
    file = csv_file(row(city="Osh"))
    report = await preview(office, file)
    (activity,) = (await activities(office)).values()
    known = {name: getattr(activity, name) for name in UpdateActivity.model_fields if hasattr(activity, name)}
    city = {"name": {"en": "Naryn"}, "country": "KG"}
    await office.do(update_activity, UpdateActivity(**known | {"activity_id": activity.id, "place": city}))
    with pytest.raises(ImportOutdated):
        await accept(office, file, token=report.token)
    assert (await activities(office))["sample-1"].place.name == {"en": "Naryn"}  # type: ignore[union-attr]
    await accept(office, file, token=(await preview(office, file)).token)


async def test_what_others_added_meanwhile_does_not_outdate_a_report_that_says_nothing_of_it(office: Desk) -> None:
    report = await preview(office, csv_file(row()))
    await office.plan(title={"en": "Handover of sample kennels"}, kind="handover", starts="2020-01-01", ends=None)
    assert (await accept(office, csv_file(row()), token=report.token)).created == 1


async def test_an_upload_is_imported_once_however_often_it_is_accepted(office: Desk) -> None:
    async with office.database.transaction() as session:
        upload = await keep_upload(session, csv_file(row()), "SAMPLE", actor=SYSTEM, clock=office.clock)
    for _ in range(2):
        async with office.database.transaction() as session:
            done = await accept_upload(session, upload.id, AcceptImport(), actor=SYSTEM, clock=office.clock)
        assert done.created == 1
    kept = await office.read(Upload, upload.id)
    assert kept.content == b""


async def test_ten_times_as_many_rows_take_some_ten_times_as_long(office: Desk) -> None:
    """Work, not waiting, is compared: the processor's time for a dry run and its import, into an empty programme."""
    spent = []
    for programme, rows in (("WARMING-UP", 500), ("FEW", 1000), ("MANY", 10_000)):
        await office.define(code=programme)
        file = many(rows)
        began = process_time()
        report = await preview(office, file, programme)
        done = await accept(office, file, programme, token=report.token, undecided="import")
        spent.append(process_time() - began)
        assert done.created == rows
    assert spent[2] < 30 * spent[1]  # a hundred times would be quadratic; the rest is left to a busy machine


async def test_progress_is_told_while_rows_are_read_and_written(office: Desk) -> None:
    told: list[tuple[int, int]] = []
    async with office.database.transaction() as session:
        await import_rows(
            session,
            many(1200),
            "SAMPLE",
            AcceptImport(undecided="import"),
            actor=SYSTEM,
            clock=office.clock,
            progress=lambda done, of: told.append((done, of)),
        )
    written = [(250, 1200), (500, 1200), (750, 1200), (1000, 1200), (1200, 1200)]
    assert told == [(500, 1200), (1000, 1200), (1200, 1200), *written]
    assert office.clock.now() == NOW
