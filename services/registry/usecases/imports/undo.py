"""Undo an import: what it recorded is taken out, what it changed is as before, what it merged stands for itself again.

All of it happens or nothing. Whatever was built on a row since stands in the way, and is named by its row: nothing that
a colleague has done is lost. Mails follow from what is true afterwards, as always.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, any_, cast, func, literal
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import Uuid
from sqlmodel import col, select

from services.registry.journal import record
from services.registry.models import Activity, Command, JournalEntry, Organisation, Output, Person, Registration, Upload
from services.registry.models.errors.imports import (
    BuiltOnImport,
    ChangedSince,
    NothingImported,
    OthersNameIt,
    OutputsComeFromIt,
    PeopleRegistered,
    UndoOutdated,
)
from services.registry.models.errors.registration import RegistrationErased
from services.registry.nouns import ACTIVITY, ORGANISATION, OUTPUT, REGISTRATION, Noun
from services.registry.sheets.report import Imported, ImportedRow, Obstacle, Undoing, UndoingRow, Undone
from services.registry.usecases.activities.audience import is_told_of
from services.registry.usecases.activities.merge import undo_merge
from services.registry.usecases.imports.upload import kept_upload
from services.registry.usecases.rights import allow, allow_registration
from services.registry.usecases.steps import Nothing, Taking
from shared.clock import Clock
from shared.database import Session
from shared.errors import DomainError
from shared.identity import Actor

WHY = "The import was undone."

_AT_ONCE = 2000
_BESIDES = {"id", "version", "created_at", "updated_at", "programme", "activity_id", "person_key"} | {
    *("merged_into", "counted_as", "entered_by_mistake"),
}
"""Fields of a public state that no import changes."""

_SCHEDULE = ("starts", "ends", "time_zone", "place")


class UndoImport(Command):
    """`token` is that of what was shown; `None` undoes whatever that is now."""

    token: str | None = None


@dataclass(frozen=True)
class Undoable:
    """A noun whose imports can be undone.

    Attributes:
        taken_out: the type of the event that tells that one is taken out.
        put_right: what it is and what it was → the type of the event that tells that it is as before.
        built_on: what stands in the way of taking some of it out, by their ids.
    """

    noun: Noun
    taken_out: str
    put_right: Callable[[Any, Any], str]
    built_on: Callable[[Session, Collection[UUID]], Awaitable[Mapping[UUID, list[DomainError]]]]


@dataclass
class _Found:
    """A row of the import with what became of it since."""

    row: ImportedRow
    state: Any
    before: Any = None
    obstacles: list[DomainError] = field(default_factory=list)

    @property
    def is_gone(self) -> bool:
        """Whether somebody has taken it out by hand already."""
        return self.row.outcome != "changed" and self.state.entered_by_mistake

    def shown(self) -> UndoingRow:
        what = "nothing" if self.is_gone else "restored" if self.row.outcome == "changed" else "taken-out"
        obstacles = [Obstacle(problem=each.slug, reason=each.detail, remedy=each.title()) for each in self.obstacles]
        return UndoingRow(row=self.row, what=what, obstacles=tuple(obstacles))


async def preview_undo(session: Session, upload_id: UUID, *, actor: Actor, clock: Clock) -> Undoing:
    """What undoing an import would do, and what stands in the way. Nothing is written.

    Raises:
        UploadNotFound, NothingImported, NotAllowed
    """
    upload = await kept_upload(session, upload_id, actor=actor)
    found = await _found(session, upload, actor, lock=False)
    return await _undoing(session, upload, found, clock.now())


async def undo_import(session: Session, upload_id: UUID, command: UndoImport, *, actor: Actor, clock: Clock) -> Undone:
    """Undo an import; once: asked again, it answers what it did the first time.

    Raises:
        UploadNotFound, NothingImported, NotAllowed
        UndoOutdated: undoing it would be something else now.
        BuiltOnImport: something was built on it.
    """
    upload = await kept_upload(session, upload_id, actor=actor, lock=True)
    if upload.undone is not None:
        return Undone.model_validate(upload.undone)
    found = await _found(session, upload, actor, lock=True)
    undoing = await _undoing(session, upload, found, clock.now())
    if command.token is not None and command.token != undoing.token:
        raise UndoOutdated
    if in_the_way := [each.row.row for each in found if each.obstacles]:
        some = ", ".join(map(str, in_the_way[:10])) + (f" and {len(in_the_way) - 10} more" if in_the_way[10:] else "")
        raise BuiltOnImport(f"Rows with something built on them: {some}.")
    of, now = UNDOABLE[upload.noun], clock.now()
    for each in found:
        if each.row.outcome == "merged":
            await undo_merge(session, Taking(each.row.id, Nothing()), actor=actor, clock=clock)
    told: dict[str, list[Any]] = defaultdict(list)
    for each in found:
        if each.is_gone:
            continue
        if each.row.outcome == "changed":
            event = of.put_right(each.state, each.before)
            if not _put_right(each.state, each.before, now):
                continue
        else:
            event = of.taken_out
            each.state.take_out(now)
        told[event].append(each.state)
    for event, states in told.items():
        await record(session, event, *states, actor=actor, reason=WHY)
    done = Undone(taken_out=undoing.taken_out, restored=undoing.restored, at=now, actor_id=actor.id)
    upload.undone = done.model_dump(mode="json")
    return done


def _put_right(state: Any, before: Any, at: datetime) -> bool:
    names = set(type(before).model_fields) & set(type(state).model_fields) - _BESIDES
    new = {name: getattr(before, name) for name in names}
    if "status_before" in type(state).model_fields and state.status != before.status:
        new["status_before"] = None
    return bool(state.take(new, at))


async def _found(session: Session, upload: Upload, actor: Actor, *, lock: bool) -> list[_Found]:
    """Each row of the import beside its record, in the order of their ids, with what stands in the way."""
    if upload.result is None:
        raise NothingImported
    of = UNDOABLE[upload.noun]
    rows = {row.id: row for row in Imported.model_validate(upload.result).rows}
    found = await _beside(session, of, rows, actor, lock=lock)
    out = [each for each in found if each.row.outcome != "changed" and not each.is_gone]
    built_on = await of.built_on(session, [each.row.id for each in out]) if out else {}
    for each in out:
        each.obstacles += built_on.get(each.row.id, ())
    for each in found:
        if not each.is_gone and each.state.version != each.row.version:
            version = f"The import left version {each.row.version}, it is version {each.state.version}."
            each.obstacles.append(ChangedSince(version))
    return found


async def _beside(
    session: Session, of: Undoable, rows: Mapping[UUID, ImportedRow], actor: Actor, *, lock: bool
) -> list[_Found]:
    model: Any = of.noun.model
    query = select(model).where(col(model.id) == any_(literal(sorted(rows), ARRAY(Uuid)))).order_by(col(model.id))
    if lock:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    found = [_Found(rows[each.id], each) for each in (await session.exec(query)).all()]
    for each in found:
        if isinstance(each.state, Registration):
            await allow_registration(session, actor, each.state)
            if each.state.person_id is None:
                each.obstacles.append(RegistrationErased())
        else:
            allow(actor, "editor", programme=each.state.programme)
    changed = {str(each.row.id): each for each in found if each.row.outcome == "changed"}
    earlier = select(JournalEntry).where(
        JournalEntry.topic == of.noun.topic.name, col(JournalEntry.key) == any_(literal(list(changed), ARRAY(Text)))
    )
    for entry in (await session.exec(earlier)).all() if changed else ():
        if entry.sequence == changed[entry.key].row.before:
            changed[entry.key].before = of.noun.topic.state.model_validate(entry.data)
    for each in changed.values():
        if each.before is None:
            each.obstacles.append(ChangedSince("Its state before the import is no longer known."))
    return found


async def _undoing(session: Session, upload: Upload, found: Sequence[_Found], at: datetime) -> Undoing:
    rows = tuple(each.shown() for each in sorted(found, key=lambda each: each.row.row))
    versions = [(str(each.row.id), each.state.version, each.is_gone) for each in found]
    said = json.dumps([versions, [row.model_dump(mode="json") for row in rows]])
    return Undoing(
        rows=rows,
        taken_out=sum(row.what == "taken-out" for row in rows),
        restored=sum(row.what == "restored" for row in rows),
        in_the_way=sum(bool(row.obstacles) for row in rows),
        told=await _may_know(session, found, at),
        token=hashlib.sha256(f"{upload.id}{said}".encode()).hexdigest(),
    )


async def _may_know(session: Session, found: Sequence[_Found], at: datetime) -> int:
    """How many people have an address and may have been told of what is undone."""
    states = [each.state for each in found if not each.is_gone]
    parts = [each.id for each in states if isinstance(each, Registration) and each.status == "registered"]
    moved = [
        each.state.id
        for each in found
        if isinstance(each.state, Activity) and each.before is not None and is_told_of(each.state, at)
        if any(getattr(each.state, name) != getattr(each.before, name) for name in ("status", *_SCHEDULE))
    ]
    if not parts and not moved:
        return 0
    query = (
        select(Registration, Activity)
        .join(Activity, col(Activity.id) == col(Registration.activity_id))
        .join(Person, col(Person.id) == col(Registration.person_id))
        .where(col(Person.email).is_not(None), Registration.status == "registered")
    )
    mine, theirs = col(Registration.id), col(Registration.activity_id)
    query = query.where((mine == any_(literal(parts, ARRAY(Uuid)))) | (theirs == any_(literal(moved, ARRAY(Uuid)))))
    return sum(is_told_of(activity, at) for _part, activity in await session.exec(query))


Built = dict[UUID, list[DomainError]]


async def _on_activities(session: Session, ids: Collection[UUID]) -> Built:
    """People who are registered, and outputs that come from them."""
    built: Built = defaultdict(list)
    theirs = col(Registration.activity_id)
    people = (
        select(theirs, func.count())
        .where(theirs == any_(literal(list(ids), ARRAY(Uuid))), col(Registration.entered_by_mistake).is_(False))
        .group_by(theirs)
    )
    for activity_id, many in await session.exec(people):
        built[activity_id].append(PeopleRegistered(f"{many} people are registered."))
    outputs = select(Output.code, Output.activities).where(
        col(Output.activities).op("&&")(literal(list(ids), ARRAY(Uuid))), col(Output.entered_by_mistake).is_(False)
    )
    for code, activities in await session.exec(outputs):
        for activity_id in set(ids).intersection(activities):
            built[activity_id].append(OutputsComeFromIt(f"The output {code}."))
    return built


async def _on_organisations(session: Session, ids: Collection[UUID]) -> Built:
    """Units that stay, and what else names them."""
    named: dict[UUID, list[str]] = defaultdict(list)
    own = set(ids)
    units = select(Organisation.parent_id, func.count()).where(
        col(Organisation.parent_id).in_(own),
        col(Organisation.id).not_in(own),
        col(Organisation.entered_by_mistake).is_(False),
    )
    for organisation_id, many in await session.exec(units.group_by(col(Organisation.parent_id))):
        if organisation_id is not None:
            named[organisation_id].append(f"{many} units")
    texts = {str(each) for each in own}
    reference = cast(col(Registration.organisation), JSONB)["id"].astext
    people = select(reference, func.count()).where(
        reference.in_(texts), col(Registration.entered_by_mistake).is_(False)
    )
    for key, many in await session.exec(people.group_by(reference)):
        named[UUID(key)].append(f"{many} registrations")
    for words, query in (
        ("activities", _naming(Activity, Activity.co_organisers, Activity.expert_organisations)),
        ("outputs", _naming(Output, Output.handovers)),
    ):
        rows = await session.exec(query)
        many_by_id: dict[UUID, int] = defaultdict(int)
        for lists in rows:
            for key in {key for each in lists for key in _keys(each)} & texts:
                many_by_id[UUID(key)] += 1
        for organisation_id, many in many_by_id.items():
            named[organisation_id].append(f"{many} {words}")
    return {key: [OthersNameIt(f"It is named by {', '.join(by)}.")] for key, by in named.items()}


def _naming(model: Any, *columns: Any) -> Any:
    """The lists of references of all rows that hold one with an id."""
    some = [cast(col(column), Text).contains('"id": "') for column in columns]
    condition = some[0]
    for each in some[1:]:
        condition |= each
    first, *more = columns
    return select(first, *(more or (model.id,))).where(condition, model.entered_by_mistake.is_(False))


def _keys(listed: Any) -> set[str]:
    if not isinstance(listed, tuple):
        return set()
    references = [getattr(each, "to", each) for each in listed]
    return {each.id for each in references if each is not None and each.id is not None}


async def _on_nothing(session: Session, ids: Collection[UUID]) -> Built:
    return {}


def _activity_put_right(now: Any, before: Any) -> str:
    if now.status != before.status and now.status in ("held", "cancelled"):
        return "activity-reinstated"
    moved = any(getattr(now, name) != getattr(before, name) for name in _SCHEDULE)
    return "activity-rescheduled" if moved and before.status != "held" else "activity-updated"


UNDOABLE: Mapping[str, Undoable] = {
    "activities": Undoable(ACTIVITY, "activity-cancelled", _activity_put_right, _on_activities),
    "organisations": Undoable(
        ORGANISATION, "organisation-updated", lambda now, before: "organisation-updated", _on_organisations
    ),
    "outputs": Undoable(OUTPUT, "output-dropped", lambda now, before: "output-updated", _on_nothing),
    "registrations": Undoable(
        REGISTRATION,
        "participant-withdrawn",
        lambda now, before: "participant-withdrawn" if before.status == "withdrawn" else "participant-updated",
        _on_nothing,
    ),
}
