"""Put back an activity that was cancelled, or completed by mistake."""

from uuid import UUID

from services.registry.journal import record
from services.registry.models import Activity, Change, locked
from services.registry.usecases.activities.cancel import Reason
from shared.clock import Clock
from shared.database import Session
from shared.identity import Actor


class ReinstateActivity(Change, Reason):
    activity_id: UUID


async def reinstate_activity(session: Session, command: ReinstateActivity, *, actor: Actor, clock: Clock) -> Activity:
    """Let an activity be to come again, as it was before it was cancelled or completed.

    Raises:
        ActivityNotFound, Stale
        ActivityMerged: a merge is undone by `undo_merge`.
        NothingToReinstate: it is to come anyway.
    """
    activity = await locked(session, Activity, command.activity_id, seen=command.seen_version)
    activity.reinstate(command.reason, clock.now())
    await record(session, "activity-reinstated", activity, actor=actor, reason=command.reason)
    return activity
