"""Merge two records of the same activity, and undo it: two sources report one event, and both sources are kept.

The people registered in the record that goes follow into the one that stays, so that they count once; a
person registered in both stays where they are, and no longer counts in the record that went.
"""

from uuid import UUID

from sqlmodel import col, select

from services.registry.journal import record
from services.registry.models import Activity, Command, Registration, existing, locked
from services.registry.models.base import Line
from services.registry.models.errors.activity import ActivityNotFound, CannotMerge, NothingToReinstate
from services.registry.models.errors.registration import RegisteringOnProtectedActivity
from services.registry.usecases.rights import allow_change
from services.registry.usecases.steps import Nothing, Taking
from shared.clock import Clock
from shared.database import Session
from shared.identity import Actor


class Merge(Command):
    """Which record stays, and how the two were recognised as one activity."""

    into: UUID
    reason: Line | None = None


async def merge_activities(session: Session, command: Taking[Merge], /, *, actor: Actor, clock: Clock) -> Activity:
    """Let `into` hold the truth about both; answer with the record that goes, which `command.key` names.

    Raises:
        ActivityNotFound, Stale
        CannotMerge: they are one record, of two programmes, or others were merged into the one that would go.
        ActivityCancelled, ActivityMerged: one of them counts no more.
        RegisteringOnProtectedActivity: names would move to an activity that keeps none.
    """
    gone, kept = await _both(session, command.key, command.given.into, command.seen_version, actor)
    followers = (await session.exec(select(Activity.code).where(Activity.merged_into == gone.id))).all()
    if followers:
        raise CannotMerge(f"{', '.join(followers)} was merged into {gone.code}: undo that first.")
    now = clock.now()
    gone.merge_into(kept, now)
    moved = [each for each in await _registrations(session, gone, kept) if each.person_id]
    if moved and kept.protected:
        raise RegisteringOnProtectedActivity(f"{len(moved)} persons would follow by name.")
    for each in moved:
        each.move(kept.id, gone.id, now)
    await record(session, "activity-merged", gone, actor=actor, reason=command.given.reason)
    await record(session, "activity-updated", kept, actor=actor, reason=command.given.reason)
    await record(session, "participant-updated", *moved, actor=actor)
    return gone


async def undo_merge(session: Session, command: Taking[Nothing], /, *, actor: Actor, clock: Clock) -> Activity:
    """Let a merged record stand for itself again, with its sources and its people.

    Raises:
        ActivityNotFound, Stale
        NothingToReinstate: it is not merged.
    """
    merged = await existing(session, Activity, command.key, actor=actor)
    if merged.merged_into is None:
        raise NothingToReinstate(f"It is {merged.status}, not merged.")
    gone, kept = await _both(session, merged.id, merged.merged_into, command.seen_version, actor)
    now = clock.now()
    gone.undo_merge(kept, now)
    followed = select(Registration).where(Registration.activity_id == kept.id, Registration.moved_from == gone.id)
    moved = (await session.exec(followed.order_by(col(Registration.id)).with_for_update(key_share=True))).all()
    for each in moved:
        each.move(gone.id, None, now)
    await record(session, "activity-reinstated", gone, actor=actor)
    await record(session, "activity-updated", kept, actor=actor)
    await record(session, "participant-updated", *moved, actor=actor)
    return gone


async def _both(session: Session, gone: UUID, kept: UUID, seen: int | None, actor: Actor) -> tuple[Activity, Activity]:
    """Both activities, locked in the order of their ids, so that two merges never wait for each other."""
    if gone == kept:
        raise CannotMerge("An activity cannot be merged into itself.")
    try:
        found = {key: await locked(session, Activity, key, actor=actor) for key in sorted((gone, kept))}
    except ActivityNotFound:
        await existing(session, Activity, gone, actor=actor)
        raise ActivityNotFound(f"There is no activity {kept} to merge it into.", field="into") from None
    for each in found.values():
        await allow_change(session, actor, each)
    found[gone].refuse_if_stale(seen)
    return found[gone], found[kept]


async def _registrations(session: Session, gone: Activity, kept: Activity) -> list[Registration]:
    """The registrations of the record that goes, without those of persons the other record has already."""
    there = select(Registration.person_id).where(Registration.activity_id == kept.id)
    known = set(await session.exec(there))
    here = select(Registration).where(Registration.activity_id == gone.id).order_by(col(Registration.id))
    found = await session.exec(here.with_for_update(key_share=True))
    return [each for each in found if each.person_id not in known]
