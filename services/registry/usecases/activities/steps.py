"""The life of an activity: planned, confirmed, moved, held or cancelled, and put back."""

from sqlmodel import col, func, select

from services.registry.journal import record
from services.registry.models import Activity, Command, Programme, Registration, ScheduleBase, existing, locked
from services.registry.models.base import Line
from services.registry.models.countries import KnownHeadcount
from services.registry.models.errors.activity import (
    ActivityAlreadyHeld,
    ActivityCancelled,
    ActivityMerged,
    ActivityStillAhead,
    CannotMerge,
    CodeTaken,
    EndsBeforeItStarts,
    NotATimeZone,
    NothingToReinstate,
    PeopleMayKnow,
)
from services.registry.models.errors.programme import YearOutOfBounds
from services.registry.models.errors.registration import RegisteringOnProtectedActivity
from services.registry.usecases.activities.merge import Merge, merge_activities, undo_merge
from services.registry.usecases.activities.plan import unless_code_taken
from services.registry.usecases.rights import allow_change
from services.registry.usecases.steps import Nothing, Reason, Step, Taking, by_rule
from shared.clock import Clock
from shared.database import Session
from shared.identity import Actor
from shared.web.language import lazy

OVER = (ActivityAlreadyHeld, ActivityCancelled, ActivityMerged)


class NewSchedule(Command, ScheduleBase):
    """The new days and place, whole; and why, in words meant for those who take part."""

    reason: Line | None = None


class Completion(Command):
    """How many came, where nobody is registered by name or the list is not the whole truth."""

    headcount: KnownHeadcount | None = None


async def _reschedule(session: Session, command: Taking[NewSchedule], /, *, actor: Actor, clock: Clock) -> Activity:
    """Move an activity, within the years of its programme; nothing happens when it stays where it was."""
    activity = await locked(session, Activity, command.key, seen=command.seen_version, actor=actor)
    await allow_change(session, actor, activity)
    programme = await existing(session, Programme, activity.programme, actor=actor)
    if activity.reschedule(programme, command.given, command.given.reason, clock.now()):
        await record(session, "activity-rescheduled", activity, actor=actor, reason=command.given.reason)
    return activity


async def _take_out(session: Session, command: Taking[Nothing], /, *, actor: Actor, clock: Clock) -> Activity:
    """Let an activity that was entered by mistake never have been."""
    activity = await locked(session, Activity, command.key, seen=command.seen_version, actor=actor)
    await allow_change(session, actor, activity)
    told = select(func.count()).where(Registration.activity_id == activity.id, Registration.status != "nominated")
    told = told.where(col(Registration.entered_by_mistake).is_(False))
    if many := (await session.exec(told)).one():
        raise PeopleMayKnow(f"{many} people were registered and may have been told: cancel it instead.")
    activity.take_out(clock.now())
    await record(session, "activity-cancelled", activity, actor=actor)
    return activity


CONFIRM = Step(
    "confirm",
    Nothing,
    by_rule(Activity, "activity-updated", lambda activity, _, at: activity.confirm(at)),
    OVER,
    "Confirm that an activity will take place",
    lazy("The activity is confirmed."),
)
RESCHEDULE = Step(
    "reschedule",
    NewSchedule,
    _reschedule,
    (*OVER, EndsBeforeItStarts, YearOutOfBounds, NotATimeZone),
    "Move an activity to other days or another place",
    lazy("The activity is rescheduled."),
    "Days and place are given whole. Those who are registered are told, with the reason.",
)
CANCEL = Step(
    "cancel",
    Reason,
    by_rule(Activity, "activity-cancelled", lambda activity, why, at: activity.cancel(why.reason, at)),
    OVER,
    "Cancel an activity",
    lazy("The activity is cancelled."),
    "Those who are registered are told, with the reason.",
)
TAKE_OUT = Step(
    "take-out",
    Nothing,
    _take_out,
    (PeopleMayKnow, ActivityCancelled, ActivityMerged),
    "Take out an activity that was entered by mistake",
    lazy("The activity is taken out: it stands in no list and counts nowhere. It can be put back here."),
    "Only where nobody was registered, and so nobody was told. Subscribers hear of it as cancelled, and "
    "`entered_by_mistake`; reinstating puts it back as it was.",
)
COMPLETE = Step(
    "complete",
    Completion,
    by_rule(Activity, "activity-completed", lambda activity, result, at: activity.complete(result.headcount, at)),
    (*OVER, ActivityStillAhead),
    "Say that an activity was held, and how many came",
    lazy("It is recorded that the activity was held."),
)
REINSTATE = Step(
    "reinstate",
    Reason,
    by_rule(
        Activity,
        "activity-reinstated",
        lambda activity, why, at: activity.reinstate(why.reason, at),
        within=unless_code_taken,
    ),
    (NothingToReinstate, ActivityMerged, CodeTaken),
    "Put back an activity that was cancelled, or completed by mistake",
    lazy("The activity is put back."),
)
MERGE = Step(
    "merge",
    Merge,
    merge_activities,
    (CannotMerge, ActivityCancelled, ActivityMerged, RegisteringOnProtectedActivity),
    "Merge an activity into another record of the same",
    lazy("The activity is merged."),
    "The other record keeps both sources and takes over the people; the answer is the record that goes.",
)
UNDO_MERGE = Step(
    "undo-merge",
    Nothing,
    undo_merge,
    (NothingToReinstate,),
    "Undo the merge of an activity",
    lazy("The merge is undone."),
    "The merge is undone: it has its sources and its people again.",
)

STEPS = (CONFIRM, RESCHEDULE, CANCEL, TAKE_OUT, COMPLETE, REINSTATE, MERGE, UNDO_MERGE)
