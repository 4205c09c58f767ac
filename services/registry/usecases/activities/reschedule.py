"""Move an activity that is still to come to other days or to another place."""

from uuid import UUID

from services.registry.journal import record
from services.registry.models import Activity, Change, Command, Programme, ScheduleBase, existing, locked
from services.registry.models.base import Line
from shared.clock import Clock
from shared.database import Session
from shared.identity import Actor


class NewSchedule(Command, ScheduleBase):
    """The new days and place, whole; and why, in words meant for those who take part."""

    reason: Line | None = None


class RescheduleActivity(Change, NewSchedule):
    activity_id: UUID


async def reschedule_activity(session: Session, command: RescheduleActivity, *, actor: Actor, clock: Clock) -> Activity:
    """Move an activity and tell everyone who listens. Nothing happens when it stays where it was.

    Raises:
        ActivityNotFound, Stale
        ActivityAlreadyHeld, ActivityCancelled, ActivityMerged: it is not to come any more.
        EndsBeforeItStarts, YearOutOfBounds, NotATimeZone
    """
    activity = await locked(session, Activity, command.activity_id, seen=command.seen_version)
    programme = await existing(session, Programme, activity.programme)
    if activity.reschedule(programme, command, command.reason, clock.now()):
        await record(session, "activity-rescheduled", activity, actor=actor, reason=command.reason)
    return activity
