"""What a noun is to the import: its columns, what a row makes of what is recorded, and what a row resembles.

One value a noun, in `usecases/imports/nouns.py`; the import itself knows none of them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.registry.models import Programme
from services.registry.sheets.likeness import Sighting
from services.registry.sheets.report import Match
from services.registry.sheets.rows import Reading
from services.registry.sheets.sheet import Sheet
from shared.contracts import Topic


def fields_that_differ(recorded: Any, listed: Any, names: Iterable[str]) -> dict[str, tuple[Any, Any]]:
    """Field → what is recorded, and what the row makes of it."""
    pairs = {name: (getattr(recorded, name), getattr(listed, name)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


@dataclass(frozen=True)
class Importable:
    """A noun that lists are imported of.

    Attributes:
        sheet: its columns.
        model: its table; `state`: the same with its rules, kept nowhere.
        read: a recorded row, as JSON, → its state.
        codes_of: what a row may name a record by.
        prepare: sees to what rows say of each other and of activities (by code), before each is looked at; gives the
            order to write them in.
        among: table, codes → the condition under which a record may have one of the codes.
        listed: what the row says, completed by what was recorded.
        created: the new record, in the state that the row tells of.
        differences: field → what is recorded, and what the row makes of it.
        steps: leads a record to what the row says; yields the types of the events.
        refuse: raises what is against the change where so many people are there by name.
        remarks: what was decided about a row that says too little.
        sighting, match: what it is known again by, and how it is shown beside a row.
        counts: table → the condition under which a record counts and new rows are compared with it.
        needed: the fields that a new one cannot do without.
        may_move: whether a row may be the recorded one under new days or another title.
        names_activities: whether its rows name activities by their codes.
        mergeable: whether a new record can be merged into its match, which keeps both sources.
        created_event: the type of the event that tells of a new one.
        topic: where its events go.
        shown: field → what a person reads, of what a row would record.
        columns_of: a field that a rule names → the columns it may stand in.
    """

    sheet: Sheet
    model: type[Any]
    read: Callable[[str], Any]
    codes_of: Callable[[Any], Sequence[str]]
    prepare: Callable[[Sequence[Reading], Sequence[Any], Mapping[str, UUID]], Sequence[Reading]]
    among: Callable[[Any, Sequence[str]], Any]
    listed: Callable[[Mapping[str, Any], str, Any, Programme, datetime], Any]
    created: Callable[[Programme, Any, datetime], Any]
    differences: Callable[[Any, Any], dict[str, tuple[Any, Any]]]
    steps: Callable[[Any, Programme, Any, datetime], Iterator[str]]
    refuse: Callable[[Any, Any, int], None]
    remarks: Callable[[Mapping[str, Any], Any, Any, datetime], list[str]]
    sighting: Callable[[Any, Any], Sighting[Any]]
    match: Callable[[Any], Match]
    counts: Callable[[Any], Any]
    needed: Sequence[str]
    may_move: Callable[[Any], bool]
    created_event: str
    topic: Topic
    columns_of: Mapping[str, Sequence[str]]
    mergeable: bool = True
    names_activities: bool = False
    telling: frozenset[str] = frozenset()
