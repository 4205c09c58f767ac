"""What each row of a list would do, found out without writing: the rules are tried on copies that nobody keeps.

It is pure computation over the bytes of the file and what was read from the database, so that it can run in a process
apart: `Examination` is the object that lives there from the reading of the file to the end.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ValidationError

from services.registry.models import Programme
from services.registry.models.programme import ProgrammeBase
from services.registry.models.public_contact import contacts_of, refuse_personal
from services.registry.sheets.errors import CannotBeKept, CodeTwice, NeedsValue
from services.registry.sheets.files import ImportedFile, read_table
from services.registry.sheets.layout import Layout, knows, layout_of
from services.registry.sheets.likeness import Known
from services.registry.sheets.report import (
    Choice,
    FieldChange,
    Finding,
    ImportReport,
    Match,
    Outcome,
    RowReport,
    counts_of,
    token_of,
)
from services.registry.sheets.rows import Problem, Reading, RowsRead, read_rows
from services.registry.sheets.tables import Table
from services.registry.usecases.imports.importable import Importable
from services.registry.usecases.imports.nouns import NOUNS
from services.registry.usecases.imports.shown import shown
from shared.apart import Progress
from shared.errors import DomainError

Key = tuple[str, UUID | int]
"""Who resembles a row: `("record", id)` or `("row", number)`."""

ROWS_SHOWN = 200
"""Rows of one outcome on a page: more than somebody reads, few enough for a slow laptop."""


@dataclass(frozen=True)
class Knowledge:
    """What the database says, as JSON, for reading it costs the asking process little.

    Attributes:
        recorded: the records that have the codes of the rows.
        known: what counts in the programme, to compare new rows with.
        told, named: record → how many people are told of a move, and how many are there by name.
        earlier: record → its states before the present one, as they were published.
        activities: code → id, where rows name activities.
        public_contacts: addresses and numbers that may stand in a text for everybody.
    """

    programme: str
    tree: str
    at: datetime
    recorded: Sequence[str] = ()
    known: Sequence[str] = ()
    told: Mapping[str, int] = field(default_factory=dict)
    named: Mapping[str, int] = field(default_factory=dict)
    earlier: Mapping[str, Sequence[str]] = field(default_factory=dict)
    public_contacts: Sequence[str] = ()
    activities: Mapping[str, UUID] = field(default_factory=dict)


@dataclass
class Case:
    """A row with what it would do.

    Attributes:
        made: the new record, where there is none of this code.
        recorded: the record that has the code.
        events: the types of the events that the steps to the row's state lead to.
        match: what the row resembles; `matched` is the record itself, where it may be the same, corrected.
    """

    reading: Reading
    listed: Any = None
    made: Any = None
    recorded: Any = None
    events: list[str] = field(default_factory=list)
    changes: tuple[FieldChange, ...] = ()
    remarks: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    match: Match | None = None
    told: int = 0
    mergeable: bool = True

    @property
    def outcome(self) -> Outcome:
        if self.problems:
            return "error"
        if self.made is not None:
            return "likely-duplicate" if self.match else "new"
        return "changed" if self.events else "unchanged"

    @property
    def asks(self) -> tuple[Choice, ...]:
        """What a person has to choose from, where the row alone does not say."""
        if self.outcome == "likely-duplicate":
            assert self.match is not None
            same: tuple[Choice, ...] = ("same",) if self.mergeable else ()
            return ("import", *(("correct",) if self.match.id else ()), *same, "skip")
        if self.outcome == "changed" and any(change.conflict for change in self.changes):
            return ("import", "keep", "skip")
        return ()

    def report(self, layout: Layout, noun: Importable, names: Mapping[UUID, str]) -> RowReport:
        starts = self.reading.given.get("starts")
        says = shown(self.made, names) if self.made is not None and not self.problems else {}
        return RowReport(
            row=self.reading.number,
            outcome=self.outcome,
            code=self.reading.code,
            title=self.reading.title or (noun.match(self.recorded).title if self.recorded else ""),
            starts=str(starts) if starts else None,
            says=says,
            changes=() if self.problems else self.changes,
            errors=tuple(_finding(problem, layout, noun) for problem in self.problems),
            remarks=tuple(self.remarks),
            notes=tuple(_note(note) for note in self.reading.notes),
            asks=self.asks,
            match=self.match,
            told=self.told,
        )


@dataclass(frozen=True)
class Judged:
    """What the examination found out, as JSON: the whole report, and the rows that a page shows."""

    whole: bytes
    page: bytes
    token: str


class Examination:
    """A list under examination: first `read`, then `judge`, then `cases` in parts."""

    def __init__(self) -> None:
        self._file = ImportedFile("", b"")
        self._table = Table((), "")
        self._layout: Layout | None = None
        self._rows = RowsRead((), ())
        self._noun: Importable = NOUNS["activities"]
        self._cases: list[Case] = []

    def read(self, file: ImportedFile, noun: str, progress: Progress) -> list[str]:
        """Read the file, and answer with the codes of its rows.

        Raises:
            EmptyFile, FileTooLarge, NotATable, UnknownEncoding, BrokenQuotes, UnknownSheet: it cannot be read.
            WrongColumns, ColumnTwice, NoRows, UnknownColumn: it is not such a list.
        """
        self._file, self._noun = file, NOUNS[noun]
        sheet = self._noun.sheet
        self._table = read_table(file, knows(sheet))
        self._layout = layout_of(self._table, sheet, file.how.columns)
        self._rows = read_rows(self._table, self._layout, sheet, file.how)
        return [reading.code for reading in self._rows.readings]

    def judge(self, knowledge: Knowledge, progress: Progress) -> Judged:
        """Find out what each row would do."""
        assert self._layout is not None, "the file is read first"
        tree = ProgrammeBase.model_validate_json(knowledge.tree)
        programme = Programme.defined(knowledge.programme, tree, knowledge.at)
        self._cases = examine(self._rows.readings, programme, self._noun, knowledge, progress)
        names = {key: code for code, key in knowledge.activities.items()}
        reports = [case.report(self._layout, self._noun, names) for case in self._cases]
        rows = tuple(sorted(reports, key=lambda row: row.row))
        report = self._report(programme, rows)
        shown_rows: Counter[str] = Counter()
        kept = []
        for row in rows:
            shown_rows[row.outcome] += 1
            if shown_rows[row.outcome] <= ROWS_SHOWN or row.asks:
                kept.append(row)
        page = report.model_copy(update={"rows": tuple(kept)})
        return Judged(report.model_dump_json().encode(), page.model_dump_json().encode(), report.token)

    def cases(self, first: int, many: int, progress: Progress) -> list[Case]:
        """Some of the cases, for the use case that writes them."""
        return self._cases[first : first + many]

    def _report(self, programme: Programme, rows: tuple[RowReport, ...]) -> ImportReport:
        layout, table = self._layout, self._table
        assert layout is not None
        return ImportReport(
            file=self._file.name,
            form=table.form,
            sheet=table.sheet,
            programme=programme.code,
            columns={name: field for field, name in layout.names.items()},
            unknown_columns=tuple(layout.unknown),
            counts=counts_of(rows),
            told=sum(row.told for row in rows),
            rows=rows,
            total=len(rows),
            noun=self._noun.sheet.noun,
            notes=tuple(_note(note) for note in (*table.notes, *layout.notes, *self._rows.notes)),
            sheets=tuple(each.name for each in table.sheets),
            hidden_sheets=tuple(each.name for each in table.sheets if each.hidden),
            samples=tuple(table.samples),
            fields=tuple(self._noun.sheet.columns),
            token=token_of(programme.code, rows),
        )


def examine(
    readings: Sequence[Reading], programme: Programme, noun: Importable, knowledge: Knowledge, progress: Progress
) -> list[Case]:
    """What each row would do."""
    states = [noun.read(each) for each in knowledge.recorded]
    recorded = {code: state for state in reversed(states) for code in noun.codes_of(state)}
    readings = noun.prepare(readings, states, knowledge.activities)
    cases: list[Case] = []
    row_of_code: dict[str, int] = {}
    resemblances = _Resemblances(noun, knowledge.known, {reading.code for reading in readings})
    for reading in readings:
        known = recorded.get(reading.code)
        case = Case(reading, recorded=known, problems=list(reading.problems), mergeable=noun.mergeable)
        cases.append(case)
        first = row_of_code.setdefault(reading.code, reading.number)
        if first != reading.number:
            case.problems.append(Problem(CodeTwice(f"Row {first} has it too."), "code", reading.code))
        if case.recorded is None:
            case.problems += _blanks(reading, noun)
        if not case.problems:
            _try(case, programme, noun, knowledge)
        if case.made is not None and not case.problems:
            case.match = resemblances.match(reading.number, case.made)
        if len(cases) % 500 == 0 or len(cases) == len(readings):
            progress(len(cases), len(readings))
    return cases


def _blanks(reading: Reading, noun: Importable) -> list[Problem]:
    """What a new record cannot do without."""
    broken = {(problem.field or "").partition("_")[0] for problem in reading.problems}
    there = reading.given.keys() | reading.assumed.keys() | broken
    return [
        Problem(NeedsValue(f"The row has no {name}, and nothing recorded has its id yet."), name)
        for name in noun.needed
        if name not in there
    ]


def _try(case: Case, programme: Programme, noun: Importable, knowledge: Knowledge) -> None:
    reading, at = case.reading, knowledge.at
    given = reading.given if case.recorded is not None else {**reading.assumed, **reading.given}
    try:
        case.listed = _as_written(case.recorded, noun.listed(given, reading.code, case.recorded, programme, at))
        if case.recorded is None:
            case.made = noun.created(programme, case.listed, at)
        elif different := noun.differences(case.recorded, case.listed):
            key = str(case.recorded.id)
            published = noun.topic.state.model_validate_json
            stale = _stale(different, [published(each) for each in knowledge.earlier.get(key, ())])
            names = {key: code for code, key in knowledge.activities.items()} if "activities" in different else {}
            case.changes = tuple(_change(name, *pair, names, name in stale) for name, pair in different.items())
            case.events = list(noun.steps(case.recorded.model_copy(), programme, case.listed, at))
            noun.refuse(case.recorded, case.listed, knowledge.named.get(key, 0))
            case.told = knowledge.told.get(key, 0) if noun.telling & set(case.events) else 0
        before = contacts_of(case.recorded.model_dump()).keys() if case.recorded is not None else set()
        refuse_personal(case.listed.model_dump(), {*knowledge.public_contacts, *before})
        case.remarks = noun.remarks(given, case.listed, case.recorded, at)
    except ValidationError as error:
        case.problems += [_invalid(each) for each in error.errors(include_url=False)]
    except DomainError as error:
        case.problems.append(Problem(error, error.field))


def _as_written(recorded: Any, listed: Any) -> Any:
    """What the row makes of a record; a text that differs from what is recorded by its spaces alone stays as it is."""
    if recorded is None:
        return listed
    known = ((name, getattr(recorded, name, None), getattr(listed, name)) for name in type(listed).model_fields)
    same = {name: was for name, was, says in known if was != says and _spaced(was) == _spaced(says)}
    return listed.model_copy(update=same) if same else listed


def _spaced(value: Any) -> Any:
    """A value with one space between the words of its texts."""
    match value:
        case str():
            return " ".join(value.split())
        case tuple():
            return tuple(map(_spaced, value))
        case dict():
            return {key: _spaced(each) for key, each in value.items()}
        case BaseModel():
            return {name: _spaced(getattr(value, name)) for name in type(value).model_fields}
    return value


def _stale(different: Mapping[str, tuple[Any, Any]], earlier: Sequence[Any]) -> set[str]:
    """The fields in which the list says what an earlier state said: since then somebody has changed them."""
    return {
        name for name, (_now, said) in different.items() if any(getattr(state, name, None) == said for state in earlier)
    }


def _invalid(error: Any) -> Problem:
    if isinstance(cause := (error.get("ctx") or {}).get("error"), DomainError):
        return Problem(cause, str(error["loc"][0]) if error["loc"] else None, str(error["input"])[:80])
    message = str(error["msg"]).removeprefix("Value error, ")
    value = error["input"]
    said = str(value)[:80] if isinstance(value, str | int) else None
    return Problem(
        CannotBeKept(message[:1].upper() + message[1:]), str(error["loc"][0]) if error["loc"] else None, said
    )


class _Resemblances:
    """What new rows resemble: recorded ones, and new rows before them."""

    def __init__(self, noun: Importable, known: Sequence[str], in_the_list: set[str]) -> None:
        self._noun = noun
        self._known: Known[Key] = Known()
        self._matches: dict[Key, Match] = {}
        for each in known:
            state = noun.read(each)
            movable = not in_the_list.intersection(noun.codes_of(state)) and noun.may_move(state)
            self._learn(("record", state.id), state, noun.match(state), movable=movable)

    def match(self, number: int, made: Any) -> Match | None:
        key: Key = ("row", number)
        seen = self._noun.sighting(key, made)
        best = self._known.most_like(seen, moved=self._noun.may_move(made))
        match = self._noun.match(made).model_copy(update={"id": None, "row": number})
        self._learn(key, made, match, movable=False)
        return self._matches[best[0]].model_copy(update={"likeness": best[1]}) if best else None

    def _learn(self, key: Key, state: Any, match: Match, *, movable: bool) -> None:
        self._known.add(self._noun.sighting(key, state), movable=movable)
        self._matches[key] = match


def _finding(problem: Problem, layout: Layout, noun: Importable) -> Finding:
    names = noun.columns_of.get(problem.field or "", (problem.field or "",))
    column = next((layout.names[name] for name in names if name in layout.names), problem.field)
    error = problem.error
    fields = (name for name in names if name in noun.sheet.columns)
    field = next((name for name in names if name in layout.names), None) or next(fields, None)
    return Finding(
        column=column, field=field, value=problem.value, problem=error.slug, reason=error.detail, remedy=error.title()
    )


def _note(note: DomainError) -> Finding:
    return Finding(column=None, value=None, problem=note.slug, reason=note.detail, remedy=note.title())


def _change(name: str, before: Any, after: Any, names: Mapping[UUID, str], conflict: bool) -> FieldChange:
    texts = shown({"before": before, "after": after}, names)
    return FieldChange(field=name, before=texts.get("before"), after=texts.get("after"), conflict=conflict)
