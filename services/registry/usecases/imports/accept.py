"""Import a list: show what it would do, then do exactly that, in one transaction.

The report is made again when it is accepted, under locks, and compared with the one that was shown by its token. So
nothing that changed in between is overwritten unseen. The file is read and its rows are examined in a process apart,
which knows only what it is given; what is written is fetched from there in parts.
"""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, any_, insert, literal, literal_column
from sqlalchemy import func as sql
from sqlalchemy import select as core_select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import IntegrityError
from sqlalchemy.types import Text, Uuid
from sqlmodel import col, select

from services.registry.journal import record
from services.registry.models import Activity, Command, JournalEntry, Programme, Registration
from services.registry.models.programme import ProgrammeBase, programme_in_use
from services.registry.sheets.errors import (
    EncodingNotCertain,
    ImportOutdated,
    NothingToBeTheSameAs,
    RowsToDecide,
    RowsWithErrors,
    TookTooLong,
    TooLittleMemory,
    UnknownRow,
)
from services.registry.sheets.files import ImportedFile
from services.registry.sheets.report import Choice, Imported, ImportedRow, ImportReport
from services.registry.usecases.activities.merge import Merge, merge_activities
from services.registry.usecases.imports.examine import Case, Examination, Judged, Knowledge
from services.registry.usecases.imports.importable import Importable
from services.registry.usecases.imports.nouns import NOUNS
from services.registry.usecases.programmes.public_contacts import allowed_contacts
from services.registry.usecases.rights import allow
from services.registry.usecases.steps import Taking
from shared.apart import Apart, Here, OutOfMemory, OutOfTime, Progress, There
from shared.clock import Clock
from shared.database import Session, table_of
from shared.garbage import gc_less_often
from shared.identity import SYSTEM, Actor

_AT_ONCE = 250  # records written between two signs of progress; others are served in between
_BATCH = 2000  # records read at once


class AcceptImport(Command):
    """What was decided after seeing the report.

    Attributes:
        token: that of the report that was seen; `None` accepts whatever the report is now.
        choices: what to do with rows, by their numbers, where it is not to import them.
        undecided: what to do with rows that ask for a choice and got none; without it, they are refused.
        leave_out_errors: import the good rows, and not the others.
    """

    token: str | None = None
    choices: dict[int, Choice] = {}
    undecided: Choice | None = None
    leave_out_errors: bool = False


@dataclass(frozen=True)
class _Going:
    """An examination under way, with what it is about."""

    there: There
    noun: Importable
    programme: Programme
    judged: Judged
    at: datetime

    async def cases(self, many: int) -> AsyncIterator[Sequence[Case]]:
        first = 0
        while some := await self.there.call("cases", first, many):
            yield some
            first += many


async def examine_import(
    session: Session,
    file: ImportedFile,
    programme: str,
    *,
    clock: Clock,
    noun: str = "activities",
    apart: Apart | None = None,
    progress: Progress | None = None,
) -> Judged:
    """What importing a file would do, as it is kept. Nothing is written.

    Args:
        apart: where the file is read; in this process where that serves nobody else.

    Raises:
        UnknownProgramme
        What `Examination.read` does; TooLittleMemory, TookTooLong.
    """
    async with _examination(
        session, file, programme, noun=noun, at=clock.now(), apart=apart, progress=progress, lock=False
    ) as going:
        return going.judged


async def preview_import(
    session: Session,
    file: ImportedFile,
    programme: str,
    *,
    clock: Clock,
    noun: str = "activities",
    apart: Apart | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """What importing a file would do. Raises: what `examine_import` does."""
    judged = await examine_import(session, file, programme, clock=clock, noun=noun, apart=apart, progress=progress)
    return ImportReport.model_validate_json(judged.whole)


async def import_rows(
    session: Session,
    file: ImportedFile,
    programme: str,
    command: AcceptImport,
    *,
    actor: Actor,
    clock: Clock,
    noun: str = "activities",
    apart: Apart | None = None,
    progress: Progress | None = None,
) -> Imported:
    """Write what the report said, all of it or nothing, and tell everyone who listens.

    Raises:
        NotAllowed
        ImportOutdated: it would be something else now.
        RowsWithErrors: some rows are wrong, and it was not said to leave them out.
        RowsToDecide: some rows ask for a choice. EncodingNotCertain
        UnknownRow, NothingToBeTheSameAs: a choice does not fit the report.
        What `examine_import` and `merge_activities` do.
    """
    allow(actor, "editor", programme=programme)
    async with _examination(
        session, file, programme, noun=noun, at=clock.now(), apart=apart, progress=progress, lock=True
    ) as going:
        page = ImportReport.model_validate_json(going.judged.page)
        if command.token is not None and command.token != page.token:
            raise ImportOutdated
        if page.samples:
            raise EncodingNotCertain(field="encoding")
        chosen = _Chosen(command)
        async for some in going.cases(2000):
            chosen.look(some)
        chosen.refuse_what_is_open()
        writer = _Writer(session, actor, going, chosen)
        try:
            done = 0
            async for some in going.cases(_AT_ONCE):
                await writer.write(some)
                done += len(some)
                if progress:
                    progress(done, page.total)
        except IntegrityError as error:
            if "parent_id" in str(error.orig):
                raise RowsWithErrors("A unit is imported without the organisation that it belongs to.") from None
            if "_programme_code" in str(error.orig):
                raise ImportOutdated("Another import wrote rows with the same ids at the same time.") from None
            raise
        for gone, kept in writer.same.items():
            await merge_activities(session, Taking(gone, Merge(into=kept)), actor=actor, clock=clock)
        return await writer.imported()


@asynccontextmanager
async def _examination(
    session: Session,
    file: ImportedFile,
    programme: str,
    *,
    noun: str,
    at: datetime,
    apart: Apart | None,
    progress: Progress | None,
    lock: bool,
) -> AsyncIterator[_Going]:
    importable = NOUNS[noun]
    try:
        async with _there(apart) as there:
            codes = await there.call("read", file, noun)
            known = await programme_in_use(session, programme, actor=SYSTEM)
            knowledge = await _knowledge(session, importable, known, codes, at, lock=lock)
            judged = await there.call("judge", knowledge, progress=progress)
            yield _Going(there, importable, known, judged, at)
    except OutOfMemory:
        raise TooLittleMemory from None
    except OutOfTime:
        raise TookTooLong from None


@asynccontextmanager
async def _there(apart: Apart | None) -> AsyncIterator[There]:
    if apart is None:
        with gc_less_often():
            yield Here(Examination)
    else:
        async with apart.made(Examination) as there:
            yield there


async def _knowledge(
    session: Session, noun: Importable, programme: Programme, codes: Sequence[str], at: datetime, *, lock: bool
) -> Knowledge:
    """What the examination has to know. Records are read as JSON, and locked in the order of their ids first, so that
    two imports cannot deadlock."""
    table = table_of(noun.model)
    named = noun.among(table, codes)
    mine = core_select(table.c.id).where(table.c.programme == programme.code, named)
    mine = mine.where(table.c.entered_by_mistake.is_(False)).order_by(table.c.id)
    if lock:
        await session.execute(mine.with_for_update(key_share=True))
    here = (table.c.programme == programme.code, table.c.entered_by_mistake.is_(False))
    recorded = await _as_json(session, table, *here, named)
    known = await _as_json(session, table, *here, noun.counts(table))
    rows = (await session.execute(mine.add_columns(table.c.version))).all()
    ids = [row.id for row in rows if row.version > 1]
    told, by_name = await _registered(session, noun, [row.id for row in rows])
    tree = {name: getattr(programme, name) for name in ProgrammeBase.model_fields}
    return Knowledge(
        programme=programme.code,
        tree=ProgrammeBase.model_construct(**tree).model_dump_json(),
        at=at,
        recorded=recorded,
        known=known,
        told=told,
        named=by_name,
        earlier=await _earlier(session, noun, ids),
        public_contacts=await allowed_contacts(session, programme.code),
        activities=await _activities(session, programme.code) if noun.names_activities else {},
    )


async def _activities(session: Session, programme: str) -> dict[str, UUID]:
    query = select(Activity.code, Activity.id).where(Activity.programme == programme)
    return dict((await session.exec(query.where(col(Activity.entered_by_mistake).is_(False)))).all())


async def _as_json(session: Session, table: Any, *conditions: Any) -> list[str]:
    """Whole rows as PostgreSQL's JSON, a batch at a time."""
    row = sql.row_to_json(literal_column(table.name)).cast(Text)
    found: list[str] = []
    after: UUID | None = None
    while True:
        query = core_select(table.c.id, row.label("row")).where(*conditions).order_by(table.c.id).limit(_BATCH)
        if after is not None:
            query = query.where(table.c.id > after)
        batch = (await session.execute(query)).all()
        found += [each.row for each in batch]
        if len(batch) < _BATCH:
            return found
        after = batch[-1].id


async def _registered(session: Session, noun: Importable, ids: Sequence[UUID]) -> tuple[dict[str, int], dict[str, int]]:
    """Of each activity, how many are written to when it moves, and how many are there by name."""
    told: dict[str, int] = {}
    by_name: dict[str, int] = {}
    if noun.telling:
        hers = col(Registration.activity_id)
        going = col(Registration.status).in_(("registered", "attended")).cast(Integer)
        query = (
            select(hers, sql.sum(going), sql.count())
            .where(col(Registration.person_id).is_not(None))
            .where(hers == any_(literal(list(ids), ARRAY(Uuid))))
            .group_by(hers)
        )
        for activity_id, going_there, names in await session.exec(query):
            told[str(activity_id)], by_name[str(activity_id)] = going_there, names
    return told, by_name


async def _earlier(session: Session, noun: Importable, ids: Sequence[UUID]) -> dict[str, list[str]]:
    """The states of records before the present one."""
    found: dict[str, list[str]] = defaultdict(list)
    journal = table_of(JournalEntry)
    for start in range(0, len(ids), _BATCH):
        keys = [str(each) for each in ids[start : start + _BATCH]]
        query = (
            core_select(journal.c.key, journal.c.data.cast(Text).label("state"))
            .where(journal.c.topic == noun.topic.name, journal.c.key == any_(literal(keys, ARRAY(Text))))
            .order_by(journal.c.key, journal.c.sequence)
        )
        for key, state in (await session.execute(query)).all():
            found[key].append(state)
    return {key: states[:-1][-50:] for key, states in found.items()}


class _Chosen:
    """What becomes of each row."""

    def __init__(self, command: AcceptImport) -> None:
        self._command = command
        self._numbers: set[int] = set()
        self._wrong: list[str] = []
        self._open: list[str] = []

    def of(self, case: Case) -> Choice:
        choice = self._command.choices.get(case.reading.number)
        return choice or (self._command.undecided if case.asks else None) or "import"

    def look(self, cases: Sequence[Case]) -> None:
        for case in cases:
            number = case.reading.number
            self._numbers.add(number)
            choice = self.of(case)
            if choice == "skip":
                continue
            if case.problems:
                self._wrong.append(str(number))
            elif case.asks and number not in self._command.choices and self._command.undecided is None:
                self._open.append(str(number))
            elif choice == "same" and (case.made is None or case.match is None):
                raise NothingToBeTheSameAs(f"Row {number} has no such match.")
            elif choice == "correct" and (case.made is None or case.match is None or case.match.id is None):
                raise NothingToBeTheSameAs(f"Row {number} resembles nothing recorded that it could correct.")

    def refuse_what_is_open(self) -> None:
        """Raises: UnknownRow, RowsWithErrors, RowsToDecide."""
        if unknown := self._command.choices.keys() - self._numbers:
            raise UnknownRow(f"There is no row {min(unknown)}.")
        if self._wrong and not self._command.leave_out_errors:
            raise RowsWithErrors(f"Rows with errors: {_some(self._wrong)}.")
        if self._open:
            raise RowsToDecide(f"Rows to decide about: {_some(self._open)}.")


def _some(rows: Sequence[str]) -> str:
    return ", ".join(rows[:10]) + (f" and {len(rows) - 10} more" if len(rows) > 10 else "")


class _Writer:
    """Writes cases as they come, and remembers what became of them."""

    def __init__(self, session: Session, actor: Actor, going: _Going, chosen: _Chosen) -> None:
        self._session, self._actor, self._going, self._chosen = session, actor, going, chosen
        self._noun = going.noun
        self._table = table_of(self._noun.model)
        self._columns = tuple(self._table.columns.keys())
        self._made: dict[int, UUID] = {}
        self._rows: list[ImportedRow] = []
        self._left_out: list[int] = []
        self._unchanged = 0
        self._before: dict[UUID, int] = {}
        self.same: dict[UUID, UUID] = {}

    async def write(self, cases: Sequence[Case]) -> None:
        going_on = []
        for case in cases:
            choice = self._chosen.of(case)
            if choice == "skip" or case.problems:
                self._left_out.append(case.reading.number)
            else:
                going_on.append((case, choice))
        await self._create([(case, choice) for case, choice in going_on if case.made and choice != "correct"])
        await self._change([(case, choice) for case, choice in going_on if choice == "correct" or case.events])
        self._unchanged += sum(1 for case, _choice in going_on if case.made is None and not case.events)

    async def imported(self) -> Imported:
        now = table_of(self._noun.model)
        written = literal([row.id for row in self._rows], ARRAY(Uuid))
        versions = dict(
            (await self._session.execute(core_select(now.c.id, now.c.version).where(now.c.id == any_(written)))).all()
        )
        rows = [
            row.model_copy(
                update={"version": versions[row.id], **({"outcome": "merged"} if row.id in self.same else {})}
            )
            for row in self._rows
        ]
        count = Counter(row.outcome for row in rows)
        return Imported(
            created=count["created"],
            changed=count["changed"],
            merged=count["merged"],
            unchanged=self._unchanged,
            left_out=tuple(self._left_out),
            rows=tuple(sorted(rows, key=lambda row: row.row)),
        )

    async def _create(self, chosen: Sequence[tuple[Case, Choice]]) -> None:
        made = [case.made for case, _choice in chosen]
        if not made:
            return
        await self._session.execute(
            insert(self._table), [{name: getattr(each, name) for name in self._columns} for each in made]
        )
        await record(self._session, self._noun.created_event, *made, actor=self._actor)
        for case, choice in chosen:
            self._made[case.reading.number] = case.made.id
            self._note("created", case, case.made)
            if choice == "same":
                assert case.match is not None
                kept = case.match.id or self._made.get(case.match.row or 0)
                if kept is None:
                    raise NothingToBeTheSameAs(f"Row {case.match.row}, which row {case.reading.number} is, is not new.")
                self.same[case.made.id] = self.same.get(kept, kept)

    async def _change(self, chosen: Sequence[tuple[Case, Choice]]) -> None:
        """Take all records through their steps side by side, so that each kind of step is written at once."""
        if not chosen:
            return
        ids = {_changed_by(case, choice): (case, choice) for case, choice in chosen}
        key = col(self._noun.model.id)
        query = select(self._noun.model).where(key == any_(literal(list(ids), ARRAY(Uuid)))).order_by(key)
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
        found = {each.id: each for each in (await self._session.exec(query)).all()}
        going = []
        for changed, (case, choice) in ids.items():
            state = found[changed]
            listed = self._listed(case, choice, state)
            self._before.setdefault(changed, state.version)
            going.append((case, state, self._noun.steps(state, self._going.programme, listed, self._going.at)))
        changed_at_all: dict[UUID, tuple[Case, Any]] = {}
        while going:
            told: dict[str, list[Any]] = defaultdict(list)
            still = []
            for case, state, following in going:
                with suppress(StopIteration):
                    told[next(following)].append(state)
                    still.append((case, state, following))
                    changed_at_all[state.id] = case, state
            for event_type, states in told.items():
                await record(self._session, event_type, *states, actor=self._actor)
            going = still
        for case, state in changed_at_all.values():
            self._note("changed", case, state)
        self._unchanged += len(ids) - len(changed_at_all)

    def _listed(self, case: Case, choice: Choice, state: Any) -> Any:
        """What the record is to become: what the row says, or all of it but what a colleague has changed."""
        if choice == "correct":
            reading = case.reading
            return self._noun.listed(
                reading.given, self._noun.match(state).code, state, self._going.programme, self._going.at
            )
        if choice == "keep":
            kept = {change.field: getattr(state, change.field) for change in case.changes if change.conflict}
            return case.listed.model_copy(update=kept)
        return case.listed

    def _note(self, outcome: Any, case: Case, state: Any) -> None:
        match = self._noun.match(state)
        number = case.reading.number
        row = ImportedRow(
            row=number,
            outcome=outcome,
            code=match.code,
            id=state.id,
            title=match.title,
            version=state.version,
            before=self._before.get(state.id),
        )
        self._rows.append(row)


def _changed_by(case: Case, choice: Choice) -> UUID:
    if choice == "correct":
        assert case.match is not None and case.match.id is not None
        return case.match.id
    found: UUID = case.recorded.id
    return found


__all__ = ["AcceptImport", "examine_import", "import_rows", "preview_import"]
