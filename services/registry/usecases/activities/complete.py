"""Complete an activity: it was held, and so many came."""

from uuid import UUID

from services.registry.journal import record
from services.registry.models import Activity, Change, Command, locked
from services.registry.models.activity import KnownHeadcount
from shared.clock import Clock
from shared.database import Session
from shared.identity import Actor


class Completion(Command):
    """How many came, where nobody is registered by name or the list is not the whole truth."""

    headcount: KnownHeadcount | None = None


class CompleteActivity(Change, Completion):
    activity_id: UUID


async def complete_activity(session: Session, command: CompleteActivity, *, actor: Actor, clock: Clock) -> Activity:
    """Say that an activity was held.

    Raises:
        ActivityNotFound, Stale
        ActivityStillAhead: its last day has not come.
        ActivityAlreadyHeld, ActivityCancelled, ActivityMerged
    """
    activity = await locked(session, Activity, command.activity_id, seen=command.seen_version)
    activity.complete(command.headcount, clock.now())
    await record(session, "activity-completed", activity, actor=actor)
    return activity
