"""Confirm that a planned activity will take place."""

from uuid import UUID

from services.registry.journal import record
from services.registry.models import Activity, Change, locked
from shared.clock import Clock
from shared.database import Session
from shared.identity import Actor


class ConfirmActivity(Change):
    activity_id: UUID


async def confirm_activity(session: Session, command: ConfirmActivity, *, actor: Actor, clock: Clock) -> Activity:
    """Confirm an activity. Nothing happens when it was confirmed before.

    Raises:
        ActivityNotFound, Stale
        ActivityAlreadyHeld, ActivityCancelled, ActivityMerged: it is not to come any more.
    """
    activity = await locked(session, Activity, command.activity_id, seen=command.seen_version)
    if activity.confirm(clock.now()):
        await record(session, "activity-updated", activity, actor=actor)
    return activity
