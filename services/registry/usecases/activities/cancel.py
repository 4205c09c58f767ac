"""Cancel an activity that is still to come."""

from uuid import UUID

from services.registry.journal import record
from services.registry.models import Activity, Change, Command, locked
from services.registry.models.base import Line
from shared.clock import Clock
from shared.database import Session
from shared.identity import Actor


class Reason(Command):
    """Why, in words meant for those who take part."""

    reason: Line


class CancelActivity(Change, Reason):
    activity_id: UUID


async def cancel_activity(session: Session, command: CancelActivity, *, actor: Actor, clock: Clock) -> Activity:
    """Cancel a planned activity and tell everyone who listens.

    Raises:
        ActivityNotFound, Stale
        ActivityAlreadyHeld: what has taken place can be corrected, not cancelled.
        ActivityCancelled, ActivityMerged: there is nothing left to cancel.
    """
    activity = await locked(session, Activity, command.activity_id, seen=command.seen_version)
    activity.cancel(command.reason, clock.now())
    await record(session, "activity-cancelled", activity, actor=actor, reason=command.reason)
    return activity
