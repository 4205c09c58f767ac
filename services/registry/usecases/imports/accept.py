"""Import a list of activities: show what it would do, then do exactly that, in one transaction.

The report is made anew when it is accepted, under locks, and compared with the one that was shown by its token. So
nothing of it has to be kept, and nothing that changed in between is overwritten unseen.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import any_, insert, literal
from sqlalchemy import select as core_select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import IntegrityError
from sqlalchemy.types import Text, Uuid
from sqlmodel import col, func, select

from services.registry.journal import record
from services.registry.models import Activity, ActivityState, Command, Programme, Registration
from services.registry.models.errors.activity import NamesAreKept
from services.registry.models.programme import programme_in_use
from services.registry.sheets.errors import ImportOutdated, NothingToBeTheSameAs, RowsWithErrors, UnknownRow
from services.registry.sheets.files import ImportedFile, read_table
from services.registry.sheets.layout import Layout, known_columns, layout_of
from services.registry.sheets.likeness import Sighting
from services.registry.sheets.report import (
    Choice,
    Imported,
    ImportedRow,
    ImportReport,
    Match,
    counts_of,
    token_of,
)
from services.registry.sheets.rows import Problem, Reading, read_rows
from services.registry.sheets.tables import Table as TableRead
from services.registry.usecases.activities.merge import Merge, merge_activities
from services.registry.usecases.activities.update import refuse_if_names_are_kept
from services.registry.usecases.imports.activity import steps
from services.registry.usecases.imports.examine import RESEMBLED_BY, Case, Key, Progress, examine, match_of, sighting_of
from services.registry.usecases.steps import Taking
from shared.clock import Clock
from shared.database import Session, table_of
from shared.garbage import rarely_searched
from shared.identity import Actor

_activities = table_of(Activity)
_COLUMNS = tuple(_activities.columns.keys())
_AT_ONCE = 1000  # activities written between two signs of progress


class AcceptImport(Command):
    """What was decided after seeing the report.

    Attributes:
        token: that of the report that was seen; `None` accepts whatever the report is now.
        choices: what to do with rows, by their numbers, where it is not to import them.
        leave_out_errors: import the good rows, and not the others.
    """

    token: str | None = None
    choices: dict[int, Choice] = {}
    leave_out_errors: bool = False


@dataclass(frozen=True)
class _Examined:
    programme: Programme
    cases: Sequence[Case]
    report: ImportReport
    at: datetime


async def preview_import(
    session: Session, file: ImportedFile, programme: str, *, clock: Clock, progress: Progress | None = None
) -> ImportReport:
    """What importing a file would do. Nothing is written.

    Raises:
        UnknownProgramme
        EmptyFile, FileTooLarge, NotATable, UnknownEncoding, BrokenQuotes, UnknownSheet: the file cannot be read.
        WrongColumns, ColumnTwice, NoRows: it is not a list of activities.
    """
    with rarely_searched():
        return (await _examine(session, file, programme, clock.now(), progress, lock=False)).report


async def import_activities(
    session: Session,
    file: ImportedFile,
    programme: str,
    command: AcceptImport,
    *,
    actor: Actor,
    clock: Clock,
    progress: Progress | None = None,
) -> Imported:
    """Write what the report said, all of it or nothing, and tell everyone who listens.

    Raises:
        ImportOutdated: it would be something else now.
        RowsWithErrors: some rows are wrong, and it was not said to leave them out.
        UnknownRow, NothingToBeTheSameAs: a choice does not fit the report.
        What `preview_import` and `merge_activities` do.
    """
    with rarely_searched():
        examined = await _examine(session, file, programme, clock.now(), progress, lock=True)
        if command.token is not None and command.token != examined.report.token:
            raise ImportOutdated
        chosen = _chosen(examined.cases, command)
        outdated = ImportOutdated("Another import wrote activities with the same ids at the same time.")
        try:
            await _create([case.made for case in chosen if case.made], session, actor, progress)
            changed = [case for case in chosen if case.events]
            await _change(changed, examined, session, actor)
        except IntegrityError as error:
            if "uq_activity_programme_code" in str(error.orig):
                raise outdated from None
            raise
        same = _merges(chosen, command)
        for gone, kept in same.items():
            await merge_activities(session, Taking(gone, Merge(into=kept)), actor=actor, clock=clock)
        return _imported(examined.cases, chosen, same)


async def _examine(
    session: Session, file: ImportedFile, code: str, at: datetime, progress: Progress | None, *, lock: bool
) -> _Examined:
    table, layout, readings = await asyncio.to_thread(_read, file)
    programme = await programme_in_use(session, code)
    recorded = await _recorded(session, programme, [reading.code for reading in readings], lock=lock)
    known = await _known(session, programme)
    cases = await asyncio.to_thread(
        examine, readings, programme, recorded=recorded, known=known, at=at, progress=progress
    )
    await _refuse_to_protect_names(session, cases)
    await _count_who_is_told(session, cases)
    rows = tuple(case.report(layout) for case in cases)
    report = ImportReport(
        file=file.name,
        form=table.form,
        sheet=table.sheet,
        programme=programme.code,
        columns={name: field for field, name in layout.names.items()},
        unknown_columns=tuple(layout.unknown),
        counts=counts_of(rows),
        told=sum(row.told for row in rows),
        rows=rows,
        token=token_of(programme.code, rows),
    )
    return _Examined(programme, cases, report, at)


def _read(file: ImportedFile) -> tuple[TableRead, Layout, list[Reading]]:
    table = read_table(file, known_columns)
    layout = layout_of(table)
    return table, layout, list(read_rows(table, layout))


async def _recorded(session: Session, programme: Programme, codes: Sequence[str], *, lock: bool) -> dict[str, Activity]:
    """The activities that have the codes; locked in the order of their ids, so that two imports cannot deadlock."""
    query = select(Activity).where(Activity.programme == programme.code)
    query = query.where(col(Activity.code) == any_(literal(list(codes), ARRAY(Text)))).order_by(col(Activity.id))
    if lock:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return {activity.code: activity for activity in await session.exec(query)}


async def _known(session: Session, programme: Programme) -> list[tuple[Sighting[Key], Match]]:
    """What counts in the programme, to compare new rows with."""
    table = _activities.c
    query = core_select(*(table[name] for name in RESEMBLED_BY))
    counts = table.status.in_(("planned", "confirmed", "held"))
    found: Sequence[Any] = (
        await session.execute(query.where(table.programme == programme.code, counts).order_by(table.id))
    ).all()
    return [(sighting_of(("activity", row.id), row), match_of(row)) for row in found]


async def _refuse_to_protect_names(session: Session, cases: Sequence[Case]) -> None:
    for case in cases:
        if case.recorded and case.listed and case.listed.protected and not case.recorded.protected:
            try:
                await refuse_if_names_are_kept(session, case.recorded)
            except NamesAreKept as error:
                case.problems.append(Problem(error, error.field))


async def _count_who_is_told(session: Session, cases: Sequence[Case]) -> None:
    """Those who are registered for what is moved or cancelled are written to."""
    telling = {
        case.recorded.id: case
        for case in cases
        if case.recorded and {"activity-rescheduled", "activity-cancelled"} & set(case.events) and not case.problems
    }
    if not telling:
        return
    query = (
        select(Registration.activity_id, func.count())
        .where(col(Registration.activity_id) == any_(literal(list(telling), ARRAY(Uuid))))
        .where(col(Registration.status).in_(("registered", "attended")), col(Registration.person_id).is_not(None))
        .group_by(col(Registration.activity_id))
    )
    for activity_id, people in await session.exec(query):
        telling[activity_id].told = people


def _chosen(cases: Sequence[Case], command: AcceptImport) -> list[Case]:
    """The rows that are imported."""
    by_row = {case.reading.number: case for case in cases}
    if unknown := command.choices.keys() - by_row.keys():
        raise UnknownRow(f"There is no row {min(unknown)}.")
    kept = [case for case in cases if command.choices.get(case.reading.number) != "skip"]
    wrong = [str(case.reading.number) for case in kept if case.problems]
    if wrong and not command.leave_out_errors:
        more = f" and {len(wrong) - 10} more" if len(wrong) > 10 else ""
        raise RowsWithErrors(f"Rows with errors: {', '.join(wrong[:10])}{more}.")
    return [case for case in kept if not case.problems]


def _merges(chosen: Sequence[Case], command: AcceptImport) -> dict[UUID, UUID]:
    """The new activities that are merged, each into the one that stays at the end of its chain of matches."""
    made = {case.reading.number: case.made.id for case in chosen if case.made}
    same: dict[UUID, UUID] = {}
    for case in chosen:
        if command.choices.get(case.reading.number) != "same":
            continue
        kept = (case.match.id or made.get(case.match.row or 0)) if case.match else None
        if case.made is None or kept is None:
            raise NothingToBeTheSameAs(f"Row {case.reading.number} has no such match.")
        same[case.made.id] = same.get(kept, kept)
    return same


async def _create(made: Sequence[ActivityState], session: Session, actor: Actor, progress: Progress | None) -> None:
    for start in range(0, len(made), _AT_ONCE):
        some = made[start : start + _AT_ONCE]
        await session.execute(insert(_activities), [{name: getattr(each, name) for name in _COLUMNS} for each in some])
        await record(session, "activity-created", *some, actor=actor)
        if progress:
            progress(start + len(some), len(made))


async def _change(changed: Sequence[Case], examined: _Examined, session: Session, actor: Actor) -> None:
    """Take all activities through their steps side by side, so that each kind of step is written at once."""
    going = [
        (case.recorded, steps(case.recorded, examined.programme, case.listed, examined.at))
        for case in changed
        if case.recorded and case.listed
    ]
    while going:
        told: dict[str, list[Activity]] = defaultdict(list)
        still = []
        for activity, following in going:
            with suppress(StopIteration):
                told[next(following)].append(activity)
                still.append((activity, following))
        for event_type, activities in told.items():
            await record(session, event_type, *activities, actor=actor)
        going = still


def _imported(cases: Sequence[Case], chosen: Sequence[Case], same: dict[UUID, UUID]) -> Imported:
    rows = []
    for case in chosen:
        number, code = case.reading.number, case.reading.code
        if case.made:
            outcome = "merged" if case.made.id in same else "created"
            rows.append(ImportedRow(row=number, outcome=outcome, code=code, id=case.made.id))
        elif case.recorded and case.events:
            rows.append(ImportedRow(row=number, outcome="changed", code=code, id=case.recorded.id))
    count = Counter(row.outcome for row in rows)
    taken = {case.reading.number for case in chosen}
    return Imported(
        created=count["created"],
        changed=count["changed"],
        merged=count["merged"],
        unchanged=len(chosen) - len(rows),
        left_out=tuple(case.reading.number for case in cases if case.reading.number not in taken),
        rows=tuple(rows),
    )
