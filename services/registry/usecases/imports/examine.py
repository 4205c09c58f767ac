"""What each row of a list would do, found out without writing: the rules are tried on copies that nobody keeps.

It is pure computation over what was read from the file and the database, so that it can run beside the event loop.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from services.registry.models import Activity, ActivityBase, ActivityState, Programme
from services.registry.sheets.errors import CannotBeKept, CodeTwice, NeedsValue
from services.registry.sheets.layout import Layout
from services.registry.sheets.likeness import Known, Sighting, sighting
from services.registry.sheets.report import FieldChange, Finding, Match, Outcome, RowReport
from services.registry.sheets.rows import Problem, Reading
from services.registry.usecases.imports.activity import (
    ListedActivity,
    created,
    differences,
    listed,
    remarks_on,
    steps,
)
from shared.contracts.activities import Headcount, Place
from shared.contracts.base import OrganisationReference
from shared.errors import DomainError

Progress = Callable[[int, int], None]
"""Told how many rows are done, of how many."""

Key = tuple[str, UUID | int]
"""Who resembles a row: `("activity", id)` or `("row", number)`."""


@dataclass
class Case:
    """A row with what it would do.

    Attributes:
        made: the new activity, where there is none of this code.
        recorded: the activity that has the code.
        events: the types of the events that the steps to the row's state lead to.
    """

    reading: Reading
    listed: ListedActivity | None = None
    made: ActivityState | None = None
    recorded: Activity | None = None
    events: list[str] = field(default_factory=list)
    changes: tuple[FieldChange, ...] = ()
    remarks: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    match: Match | None = None
    told: int = 0

    @property
    def outcome(self) -> Outcome:
        if self.problems:
            return "error"
        if self.made is not None:
            return "likely-duplicate" if self.match else "new"
        return "changed" if self.events else "unchanged"

    def report(self, layout: Layout) -> RowReport:
        starts = self.reading.given.get("starts")
        return RowReport(
            row=self.reading.number,
            outcome=self.outcome,
            code=self.reading.code,
            title=self.reading.title or _title(self.recorded),
            starts=str(starts) if starts else None,
            changes=() if self.problems else self.changes,
            errors=tuple(_finding(problem, layout) for problem in self.problems),
            remarks=tuple(self.remarks),
            match=self.match,
            told=self.told,
        )


def examine(
    readings: Sequence[Reading],
    programme: Programme,
    *,
    recorded: Mapping[str, Activity],
    known: Iterable[tuple[Sighting[Key], Match]],
    at: datetime,
    progress: Progress | None = None,
) -> list[Case]:
    """What each row would do.

    Args:
        recorded: the activities that have the codes of the rows.
        known: what new rows are compared with, besides each other.
    """
    cases: list[Case] = []
    row_of_code: dict[str, int] = {}
    resemblances = _Resemblances(known)
    for reading in readings:
        case = Case(reading, recorded=recorded.get(reading.code), problems=list(reading.problems))
        cases.append(case)
        first = row_of_code.setdefault(reading.code, reading.number)
        if first != reading.number:
            case.problems.append(Problem(CodeTwice(f"Row {first} has it too."), "code", reading.code))
        if case.recorded is None:
            case.problems += _blanks(reading)
        if not case.problems:
            _try(case, programme, at)
        if case.made is not None and not case.problems:
            case.match = resemblances.match(reading.number, case.made)
        if progress and (len(cases) % 500 == 0 or len(cases) == len(readings)):
            progress(len(cases), len(readings))
    return cases


def _blanks(reading: Reading) -> list[Problem]:
    """What a new activity cannot do without."""
    broken = {(problem.field or "").removesuffix("_en").removesuffix("_ru") for problem in reading.problems}
    missing = [name for name in ("title", "phase") if name not in reading.given.keys() | broken]
    return [Problem(NeedsValue(f"The row has no {name}, and no activity has its id yet."), name) for name in missing]


def _try(case: Case, programme: Programme, at: datetime) -> None:
    given = case.reading.given
    try:
        case.listed = listed(given, case.reading.code, case.recorded, at)
        if case.recorded is None:
            case.made = created(programme, case.listed, at)
        elif different := differences(case.recorded, case.listed):
            case.changes = tuple(_change(name, *pair) for name, pair in different.items())
            case.events = list(steps(_copy(case.recorded), programme, case.listed, at))
        case.remarks = remarks_on(given, case.listed, case.recorded, at)
    except ValidationError as error:
        case.problems += [_invalid(each) for each in error.errors(include_url=False)]
    except DomainError as error:
        case.problems.append(Problem(error, error.field))


def _copy(activity: Activity) -> ActivityState:
    return ActivityState.model_construct(**{name: getattr(activity, name) for name in ActivityState.model_fields})


def _invalid(error: Any) -> Problem:
    message = str(error["msg"]).removeprefix("Value error, ")
    value = error["input"]
    shown = str(value)[:80] if isinstance(value, str | int) else None
    return Problem(
        CannotBeKept(message[:1].upper() + message[1:]), str(error["loc"][0]) if error["loc"] else None, shown
    )


class _Resemblances:
    """What new rows resemble: recorded activities, and new rows before them."""

    def __init__(self, known: Iterable[tuple[Sighting[Key], Match]]) -> None:
        self._known: Known[Key] = Known()
        self._matches: dict[Key, Match] = {}
        for seen, match in known:
            self._learn(seen, match)

    def match(self, number: int, made: ActivityState) -> Match | None:
        key: Key = ("row", number)
        seen = sighting_of(key, made)
        best = self._known.most_like(seen)
        self._learn(seen, match_of(made).model_copy(update={"id": None, "row": number}))
        return self._matches[best[0]].model_copy(update={"likeness": best[1]}) if best else None

    def _learn(self, seen: Sighting[Key], match: Match) -> None:
        self._known.add(seen)
        self._matches[seen.key] = match


RESEMBLED_BY = ("id", "code", "title", "kind", "host_country", "beneficiary_countries", "starts", "ends")
"""The fields of an activity by which it is known again."""


def sighting_of(key: Key, activity: ActivityBase) -> Sighting[Key]:
    countries = (activity.host_country, *activity.beneficiary_countries)
    return sighting(
        key,
        titles=activity.title.values(),
        kind=activity.kind,
        countries=countries,
        starts=activity.starts,
        ends=activity.ends,
    )


def match_of(activity: ActivityState) -> Match:
    """An activity as something that a row may resemble; how much, is found out later."""
    starts = str(activity.starts) if activity.starts else None
    return Match(likeness=0, code=activity.code, title=_title(activity), starts=starts, id=activity.id)


def _title(activity: ActivityState | None) -> str:
    return (activity.title.get("en") or next(iter(activity.title.values()))) if activity else ""


_COLUMNS = {
    "headcount": ("participants", "women"),
    "place": ("city", "host_country"),
    "title": ("title", "title_en", "title_ru"),
    "description": ("description", "description_en", "description_ru"),
}
"""Where a field that a rule names stands in a list."""


def _finding(problem: Problem, layout: Layout) -> Finding:
    names = _COLUMNS.get(problem.field or "", (problem.field or "",))
    column = next((layout.names[name] for name in names if name in layout.names), problem.field)
    error = problem.error
    return Finding(column=column, value=problem.value, problem=error.slug, reason=error.detail, remedy=error.title())


def _change(name: str, before: Any, after: Any) -> FieldChange:
    return FieldChange(field=name, before=_shown(before), after=_shown(after))


def _shown(value: Any) -> str | None:
    """A field's value in one line; nothing where nothing is known."""
    shown: str | None = str(value)
    match value:
        case None | ():
            shown = None
        case bool():
            shown = "yes" if value else "no"
        case Place():
            shown = ", ".join(filter(None, (" / ".join(value.name.values()), value.country)))
        case Headcount():
            women = f", {value.women} women" if value.women is not None else ""
            precision = "" if value.precision == "exact" else f" ({value.precision})"
            shown = f"{value.total}{precision}{women}"
        case OrganisationReference():
            shown = value.name
        case dict():
            shown = " / ".join(value.values()) or None
        case tuple():
            shown = "; ".join(str(_shown(each)) for each in value)
    return shown
