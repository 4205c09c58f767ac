"""Event → row: the one place that decides what reporting remembers of a public state, and in which form.

"unknown" and an empty list become null: the facts have one word for not knowing.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from typing import Any

from sqlalchemy import Table

from services.reporting.facts import tables
from shared.contracts import (
    ACTIVITIES,
    ORGANISATIONS,
    OUTPUTS,
    PARTICIPANTS,
    PROGRAMMES,
    Activity,
    Event,
    Organisation,
    Output,
    Programme,
    Registration,
)

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fact:
    """Where the states of a topic are kept, and how one becomes a row."""

    table: Table
    row: Callable[[Any], Row]


def rows_of(events: Iterable[Event]) -> Mapping[Table, Sequence[Row]]:
    """The rows of events, by their table; those of a table name their columns in the same order."""
    rows: dict[Table, list[Row]] = defaultdict(list)
    for event in events:
        rows[FACTS[event.topic.name].table].append(row_of(event))
    return rows


def row_of(event: Event) -> Row:
    """The row of an event: what every fact has, and what its topic adds."""
    if event.data is None:
        raise TypeError(f"{event.topic.name} is public and knows no tombstones")
    return {"version": event.data.version, "known_from": event.time, **FACTS[event.topic.name].row(event.data)}


def _programme(state: Programme) -> Row:
    return {
        "code": state.code,
        "name": state.name,
        "short_name": state.short_name,
        "countries": state.countries,
        "synthetic": state.synthetic,
        "phases": [
            {
                "code": phase.code,
                "name": phase.name,
                # "since October 2021" includes the first of October
                "active_since": phase.active_implementation_since.earliest
                if phase.active_implementation_since
                else None,
                "components": [{"code": part.code, "name": part.name} for part in phase.components],
            }
            for phase in state.phases
        ],
    }


def _organisation(state: Organisation) -> Row:
    return {
        "id": state.id,
        "name": state.name,
        "country": state.country,
        "kind": _known(state.kind),
        "merged_into": state.merged_into,
    }


def _activity(state: Activity) -> Row:
    headcount = state.headcount
    return {
        "id": state.id,
        "programme": state.programme,
        "code": state.code,
        "phase": state.phase,
        "component": state.component,
        "kind": state.kind,
        "scope": _known(state.scope),
        "delivery": _known(state.delivery),
        "status": state.status,
        "title": state.title,
        "starts": state.starts.text if state.starts else None,
        "ends": state.ends.text if state.ends else None,
        "starts_earliest": state.first_day,
        "starts_latest": _latest_start(state),
        "countries": state.beneficiary_countries or None,
        "headcount": headcount.total if headcount else None,
        "headcount_women": headcount.women if headcount else None,
        "headcount_by_country": headcount.by_country if headcount else None,
        "headcount_precision": headcount.precision if headcount else None,
        "digest": _digest(f"{state.id}:{state.version}"),
    }


def _registration(state: Registration) -> Row:
    organisation = state.organisation
    return {
        "id": state.id,
        "activity_id": state.activity_id,
        "programme": state.programme,
        "person_key": state.person_key,
        "role": state.role,
        "gender": _known(state.gender),
        "country": state.country,
        "organisation": (organisation.id or organisation.name) if organisation else None,
        "status": state.status,
    }


def _output(state: Output) -> Row:
    earliest, latest = _furthest_step(state)
    return {
        "id": state.id,
        "programme": state.programme,
        "code": state.code,
        "phase": state.phase,
        "component": state.component,
        "kind": state.kind,
        "status": state.status,
        "title": state.title,
        "day_earliest": earliest,
        "day_latest": latest,
        "countries": list(dict.fromkeys(each.country for each in state.handovers if each.country)) or None,
        "digest": _digest(f"{state.id}:{state.version}"),
    }


def _furthest_step(state: Output) -> tuple[date | None, date | None]:
    """The earliest and the latest day on which the furthest step can have been taken; unknown days leave it open.

    The first handover counts, and the last translation: then all of it was done.
    """
    if state.handovers:
        days = [each.on for each in state.handovers]
        surely = all(on and on.earliest for on in days)
        return (
            min((on.earliest for on in days if on and on.earliest), default=None) if surely else None,
            min((on.latest for on in days if on and on.latest), default=None),
        )
    if state.translations:
        days = [each.on for each in state.translations]
        surely = all(on and on.latest for on in days)
        return (
            max((on.earliest for on in days if on and on.earliest), default=None),
            max((on.latest for on in days if on and on.latest), default=None) if surely else None,
        )
    on = state.drafted_on if state.status != "planned" else state.expected
    return (on.earliest, on.latest) if on else (None, None)


def _known(word: str) -> str | None:
    return None if word == "unknown" else word


def _latest_start(state: Activity) -> date | None:
    """Nothing starts after it has ended, so that a known end narrows an unknown start."""
    starts = state.starts.latest if state.starts else None
    known = [day for day in (starts, state.last_day) if day is not None]
    return min(known) if known else None


def _digest(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)


FACTS: Mapping[str, Fact] = {
    PROGRAMMES.name: Fact(tables.programme, _programme),
    ORGANISATIONS.name: Fact(tables.organisation, _organisation),
    ACTIVITIES.name: Fact(tables.activity, _activity),
    PARTICIPANTS.name: Fact(tables.registration, _registration),
    OUTPUTS.name: Fact(tables.output, _output),
}
"""By the name of the topic."""
