"""Plan an activity, or record one that was held before anybody planned it here."""

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Literal, TypeVar

from services.registry.journal import record
from services.registry.models import Activity, ActivityBase, ActivityState, Command, Programme
from services.registry.models.countries import KnownHeadcount
from services.registry.models.errors.activity import CodeTaken, HeadcountBeforeHeld
from services.registry.models.organisation import check_organisations
from services.registry.models.programme import programme_in_use
from services.registry.usecases.refusals import unless_taken
from services.registry.usecases.rights import allow
from shared.clock import Clock
from shared.contracts.activities import Headcount
from shared.contracts.base import Code
from shared.database import Session
from shared.identity import Actor

RecordedStatus = Literal["planned", "confirmed", "held"]


class PlanActivity(Command, ActivityBase):
    """A new activity. Without a code of its own it is given one."""

    programme: Code
    code: Code | None = None


class RecordActivity(PlanActivity):
    """An activity as an older record tells of it: it may have been held long ago."""

    status: RecordedStatus = "planned"
    headcount: KnownHeadcount | None = None


async def plan_activity(session: Session, command: PlanActivity, *, actor: Actor, clock: Clock) -> Activity:
    """Plan an activity and tell everyone who listens.

    Raises:
        UnknownProgramme, UnknownPhase, UnknownComponent, UnknownOrganisation: it names what is not there.
        EndsBeforeItStarts, CountryNamedTwice: its fields contradict each other.
        CodeTaken: another activity of the programme has its code.
        NotAllowed
    """
    programme = await _checked(session, command, actor)
    activity = Activity.planned(programme, command.code, command, clock.now())
    await _add(session, activity, actor)
    return activity


async def record_activity(session: Session, command: RecordActivity, *, actor: Actor, clock: Clock) -> Activity:
    """Record an activity in the state it has reached, as one event.

    Raises:
        What `plan_activity` does; ActivityStillAhead: held, and its last day has not come; HeadcountBeforeHeld.
    """
    programme = await _checked(session, command, actor)
    planned = Activity.planned(programme, command.code, command, clock.now())
    activity = as_recorded(planned, command.status, command.headcount, clock.now())
    await _add(session, activity, actor)
    return activity


A = TypeVar("A", bound=ActivityState)


def as_recorded(activity: A, status: RecordedStatus, headcount: Headcount | None, at: datetime) -> A:
    """A new activity in the state it has reached: for one that is recorded, and for thousands that are imported."""
    if status == "held":
        activity.complete(headcount, at)
    elif headcount is not None:
        raise HeadcountBeforeHeld(field="headcount")
    elif status == "confirmed":
        activity.confirm(at)
    activity.version = 1  # whatever it has been through before, this is the first that anybody hears of it
    return activity


async def _checked(session: Session, command: PlanActivity, actor: Actor) -> Programme:
    programme = await programme_in_use(session, command.programme, actor=actor)
    allow(actor, "editor", programme=programme.code, countries=command.beneficiary_countries)
    await check_organisations(
        session,
        programme.code,
        co_organisers=command.co_organisers,
        expert_organisations=command.expert_organisations,
    )
    return programme


async def _add(session: Session, activity: Activity, actor: Actor) -> None:
    session.add(activity)
    async with unless_code_taken(activity):
        await record(session, "activity-created", activity, actor=actor)


def unless_code_taken(activity: Activity) -> AbstractAsyncContextManager[None]:
    """Raises: CodeTaken, when the code is another activity's."""
    taken = CodeTaken(f"{activity.programme} has an activity '{activity.code}'.", field="code")
    return unless_taken("uq_activity_programme_code", taken)
