"""Two persons are found to be one: one stays, and the registrations of the other follow. It can be undone.

Where both take part in one activity, one registration remains, the one that says more; the other gives way and is told
of as withdrawn, and nobody is written to about it. What was written down in the journal are ids and keys, no names.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from services.registry.journal import record
from services.registry.models import Change, Command, Person, PersonKeys, Registration, existing, locked
from services.registry.models.errors.person import CannotMergePersons, NotMerged
from services.registry.usecases.rights import allow
from shared.clock import Clock
from shared.contracts.participants import RegistrationStatus
from shared.database import Session
from shared.identity import Actor

_SAYS_MORE: Sequence[RegistrationStatus] = ("attended", "absent", "registered", "nominated", "withdrawn")


class PersonMerge(Command):
    """Which person stays."""

    into: UUID


class MergePersons(Change, PersonMerge):
    """`person_id` is the person who goes; `seen_version` is their version."""

    person_id: UUID


class UndoPersonMerge(Change):
    person_id: UUID


async def merge_persons(
    session: Session, command: MergePersons, *, actor: Actor, clock: Clock, keys: PersonKeys
) -> Person:
    """Let `command.into` be both persons; answer with the one who goes.

    Raises:
        PersonNotFound, Stale
        CannotMergePersons: they are one already, of two programmes, or others were merged into the one who would go.
        PersonMerged: one of them was merged before.
    """
    gone, kept = await _both(session, command.person_id, command.into, command.seen_version, actor)
    if (await session.exec(select(Person.id).where(Person.merged_into == gone.id).limit(1))).first():
        raise CannotMergePersons("Somebody was merged into the one who would go: undo that first, or swap the two.")
    now = clock.now()
    gone.merge_into(kept, now)
    following = await _registrations(session, gone)
    there = {each.activity_id: each for each in await _registrations(session, kept) if each.counted_as is None}
    met = {each.id: there[each.activity_id] for each in following if each.activity_id in there and not each.counted_as}
    giving_way = [(met[each.id], each) for each in following if each.id in met and _says_more(each, met[each.id])]
    for loser, winner in giving_way:
        loser.give_way(winner, now)
    await session.flush()  # so that their place is free
    losing = {loser.id for loser, _winner in giving_way}
    for each in following:
        beside = met.get(each.id)
        beside = None if beside is None or beside.id in losing else beside
        each.follow(kept.id, keys.key(kept), gone.id, now, beside=beside)
    changed = [*(loser for loser, _winner in giving_way), *following]
    await record(session, "participant-updated", *changed, actor=actor)
    return gone


async def undo_person_merge(
    session: Session, command: UndoPersonMerge, *, actor: Actor, clock: Clock, keys: PersonKeys
) -> Person:
    """Let a merged person be somebody of their own again, with the registrations they had.

    Raises:
        PersonNotFound, Stale
        NotMerged
    """
    merged = await existing(session, Person, command.person_id, actor=actor)
    if merged.merged_into is None:
        raise NotMerged
    gone, kept = await _both(session, merged.id, merged.merged_into, command.seen_version, actor)
    now = clock.now()
    gone.undo_merge(now)
    theirs = await _registrations(session, kept)
    own = {each.id: each for each in theirs if each.merged_from == gone.id}
    for each in own.values():
        each.return_to(gone.id, keys.key(gone), now)
    await session.flush()  # so that their place is free
    freed = [each for each in theirs if each.id not in own and each.counted_as in own]
    for each in freed:
        each.count_again(now)
    await record(session, "participant-updated", *own.values(), *freed, actor=actor)
    return gone


async def _both(session: Session, gone: UUID, kept: UUID, seen: int | None, actor: Actor) -> tuple[Person, Person]:
    """Both persons, locked in the order of their ids, so that two merges never wait for each other."""
    if gone == kept:
        raise CannotMergePersons("They are one person.", field="into")
    found = {key: await locked(session, Person, key, actor=actor) for key in sorted((gone, kept))}
    for each in found.values():
        allow(actor, "editor", programme=each.programme)
    found[gone].refuse_if_stale(seen)
    return found[gone], found[kept]


async def _registrations(session: Session, person: Person) -> Sequence[Registration]:
    query = select(Registration).where(Registration.person_id == person.id).order_by(col(Registration.id))
    return (await session.exec(query.with_for_update(key_share=True))).all()


def _says_more(one: Registration, other: Registration) -> bool:
    return _SAYS_MORE.index(one.status) < _SAYS_MORE.index(other.status)
