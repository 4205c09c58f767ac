"""Correct or complete what is known about an activity."""

from uuid import UUID

from sqlmodel import col, func, select

from services.registry.journal import record
from services.registry.models import Activity, ActivityBase, Change, Command, Registration, locked
from services.registry.models.countries import KnownHeadcount
from services.registry.models.errors.activity import NamesAreKept
from services.registry.models.organisation import check_organisations
from services.registry.models.programme import programme_in_use
from services.registry.usecases.activities.plan import unless_code_taken
from services.registry.usecases.rights import allow, allow_change
from shared.clock import Clock
from shared.contracts.base import Code
from shared.database import Session
from shared.identity import Actor


class ActivityDescription(Command, ActivityBase):
    """The whole of what is to be known; what is left out is unknown from now on."""

    code: Code
    headcount: KnownHeadcount | None = None


class UpdateActivity(Change, ActivityDescription):
    activity_id: UUID


async def update_activity(session: Session, command: UpdateActivity, *, actor: Actor, clock: Clock) -> Activity:
    """Make an activity's description what the command says. Nothing happens when it is that already.

    Days and place of an activity that is still to come are changed by `reschedule_activity`, because people are told.

    Raises:
        ActivityNotFound, Stale, NotAllowed
        ActivityCancelled, ActivityMerged: it counts no more.
        ChangedByRescheduling, HeadcountBeforeHeld, NamesAreKept: this is not the way to change that.
        What `plan_activity` raises about fields.
    """
    activity = await locked(session, Activity, command.activity_id, seen=command.seen_version, actor=actor)
    await allow_change(session, actor, activity)
    allow(actor, "editor", programme=activity.programme, countries=command.beneficiary_countries)
    programme = await programme_in_use(session, activity.programme, actor=actor)
    await check_organisations(
        session,
        programme.code,
        co_organisers=command.co_organisers,
        expert_organisations=command.expert_organisations,
    )
    if command.protected and not activity.protected:
        await refuse_if_names_are_kept(session, activity)
    if activity.update(programme, command.code, command, command.headcount, clock.now()):
        async with unless_code_taken(activity):
            await record(session, "activity-updated", activity, actor=actor)
    return activity


async def refuse_if_names_are_kept(session: Session, activity: Activity) -> None:
    query = select(func.count()).where(
        Registration.activity_id == activity.id, col(Registration.person_id).is_not(None)
    )
    if names := (await session.exec(query)).one():
        raise NamesAreKept(f"{names} persons are registered by name: erase them first.", field="protected")
