"""Activities: found, planned, corrected, confirmed, moved, cancelled, completed, put back, merged."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from services.registry.http.api import examples
from services.registry.http.api.answers import CHANGING, ListOf, list_of, problems, state_of
from services.registry.http.api.patches import Patch, patch_of, patched
from services.registry.http.api.work import Once, Plain, Seen
from services.registry.models import Activity, ActivityView, existing, locked
from services.registry.models.errors.activity import (
    ActivityAlreadyHeld,
    ActivityCancelled,
    ActivityMerged,
    ActivityNotFound,
    ActivityStillAhead,
    CannotMerge,
    ChangedByRescheduling,
    CodeTaken,
    CountryNamedTwice,
    EndsBeforeItStarts,
    HeadcountBeforeHeld,
    NamesAreKept,
    NotATimeZone,
    NothingToReinstate,
)
from services.registry.models.errors.organisation import UnknownOrganisation
from services.registry.models.errors.programme import UnknownComponent, UnknownPhase, UnknownProgramme, YearOutOfBounds
from services.registry.models.errors.registration import RegisteringOnProtectedActivity
from services.registry.models.errors.request import KeyReused
from services.registry.usecases.activities.cancel import CancelActivity, Reason, cancel_activity
from services.registry.usecases.activities.complete import CompleteActivity, Completion, complete_activity
from services.registry.usecases.activities.confirm import ConfirmActivity, confirm_activity
from services.registry.usecases.activities.find import ACTIVITIES, ActivityFilter, Sort
from services.registry.usecases.activities.merge import Merge, MergeActivities, UndoMerge, merge_activities, undo_merge
from services.registry.usecases.activities.plan import RecordActivity, record_activity
from services.registry.usecases.activities.reinstate import ReinstateActivity, reinstate_activity
from services.registry.usecases.activities.reschedule import NewSchedule, RescheduleActivity, reschedule_activity
from services.registry.usecases.activities.update import ActivityDescription, UpdateActivity, update_activity
from shared.database.listing import BadCursor
from shared.web.identity import Editor, Viewer

router = APIRouter(tags=["Activities"])

FIELDS = (
    UnknownPhase,
    UnknownComponent,
    UnknownOrganisation,
    EndsBeforeItStarts,
    CountryNamedTwice,
    YearOutOfBounds,
    NotATimeZone,
)
OVER = (ActivityAlreadyHeld, ActivityCancelled, ActivityMerged)
CHANGE = (ActivityNotFound, KeyReused, *CHANGING)


class ActivityQuery(ActivityFilter):
    """Which activities, in which order, and which page of them."""

    sort: Annotated[Sort, Field(description="`-` is descending; days that are not known come last in `-starts`.")] = (
        "-starts"
    )
    after: Annotated[str | None, Field(description="`next` of the page before.")] = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


@router.get(
    "/activities",
    summary="Find activities",
    response_model=ListOf[ActivityView],
    responses=problems(BadCursor),
)
async def list_activities(sought: Annotated[ActivityQuery, Query()], actor: Viewer, work: Plain) -> Response:
    """Several values of one field mean any of them, several fields mean all. A page begins after the last row of the
    one before, so that what is added meanwhile neither hides nor repeats a row."""
    async with work.transaction() as session:
        page = await ACTIVITIES.find(
            session, sought, actor=actor, sort=sought.sort, after=sought.after, limit=sought.limit
        )
    return list_of(ActivityView, page).response()


@router.post(
    "/activities",
    summary="Plan an activity, or record one that was held",
    status_code=201,
    response_model=ActivityView,
    responses=problems(UnknownProgramme, *FIELDS, HeadcountBeforeHeld, ActivityStillAhead, CodeTaken, KeyReused),
)
async def post_activity(command: Annotated[RecordActivity, examples.PLANNED], actor: Editor, work: Once) -> Response:
    """Without a code of its own it is given one. Dates are written as far as they are known: `2026`, `2026-09`,
    `2026-09-14`, or a window `2026-09-01/2026-09-20`."""
    return await work.change(actor, record_activity, command, ActivityView, status=201)


@router.get(
    "/activities/{activity_id}",
    summary="An activity",
    response_model=ActivityView,
    responses=problems(ActivityNotFound),
)
async def get_activity(activity_id: UUID, actor: Viewer, work: Plain) -> Response:
    async with work.transaction() as session:
        return state_of(ActivityView, await existing(session, Activity, activity_id)).response()


@router.patch(
    "/activities/{activity_id}",
    summary="Correct or complete what is known about an activity",
    response_model=ActivityView,
    responses=problems(
        *CHANGE,
        *FIELDS,
        CodeTaken,
        ActivityCancelled,
        ActivityMerged,
        ChangedByRescheduling,
        HeadcountBeforeHeld,
        NamesAreKept,
    ),
    openapi_extra=patch_of(ActivityDescription),
)
async def patch_activity(activity_id: UUID, patch: Patch, actor: Editor, work: Plain, seen: Seen) -> Response:
    """Days and place of an activity that is still to come are changed by rescheduling it, because people are told."""
    async with work.transaction() as session:
        present = await locked(session, Activity, activity_id, seen=seen)
        description = patched(ActivityDescription, present, patch)
        command = UpdateActivity(activity_id=activity_id, **description.model_dump())
        changed = await update_activity(session, command, actor=actor, clock=work.clock)
    return state_of(ActivityView, changed).response()


@router.post(
    "/activities/{activity_id}/confirm",
    summary="Confirm that an activity will take place",
    response_model=ActivityView,
    responses=problems(*CHANGE, *OVER),
)
async def post_confirmation(activity_id: UUID, actor: Editor, work: Once, seen: Seen) -> Response:
    command = ConfirmActivity(activity_id=activity_id, seen_version=seen)
    return await work.change(actor, confirm_activity, command, ActivityView)


@router.post(
    "/activities/{activity_id}/reschedule",
    summary="Move an activity to other days or another place",
    response_model=ActivityView,
    responses=problems(*CHANGE, *OVER, EndsBeforeItStarts, YearOutOfBounds, NotATimeZone),
)
async def post_rescheduling(
    activity_id: UUID, to: Annotated[NewSchedule, examples.RESCHEDULED], actor: Editor, work: Once, seen: Seen
) -> Response:
    """Days and place are given whole. Those who are registered are told, with the reason."""
    command = RescheduleActivity(activity_id=activity_id, seen_version=seen, **to.model_dump())
    return await work.change(actor, reschedule_activity, command, ActivityView)


@router.post(
    "/activities/{activity_id}/cancel",
    summary="Cancel an activity",
    response_model=ActivityView,
    responses=problems(*CHANGE, *OVER),
)
async def post_cancellation(
    activity_id: UUID, why: Annotated[Reason, examples.REASON], actor: Editor, work: Once, seen: Seen
) -> Response:
    """Those who are registered are told, with the reason."""
    command = CancelActivity(activity_id=activity_id, seen_version=seen, **why.model_dump())
    return await work.change(actor, cancel_activity, command, ActivityView)


@router.post(
    "/activities/{activity_id}/complete",
    summary="Say that an activity was held, and how many came",
    response_model=ActivityView,
    responses=problems(*CHANGE, *OVER, ActivityStillAhead),
)
async def post_completion(
    activity_id: UUID, result: Annotated[Completion, examples.COMPLETED], actor: Editor, work: Once, seen: Seen
) -> Response:
    command = CompleteActivity(activity_id=activity_id, seen_version=seen, **result.model_dump())
    return await work.change(actor, complete_activity, command, ActivityView)


@router.post(
    "/activities/{activity_id}/reinstate",
    summary="Put back an activity that was cancelled, or completed by mistake",
    response_model=ActivityView,
    responses=problems(*CHANGE, NothingToReinstate, ActivityMerged),
)
async def post_reinstatement(
    activity_id: UUID, why: Annotated[Reason, examples.REASON], actor: Editor, work: Once, seen: Seen
) -> Response:
    command = ReinstateActivity(activity_id=activity_id, seen_version=seen, **why.model_dump())
    return await work.change(actor, reinstate_activity, command, ActivityView)


@router.post(
    "/activities/{activity_id}/merge",
    summary="Merge an activity into another record of the same",
    response_model=ActivityView,
    responses=problems(*CHANGE, CannotMerge, ActivityCancelled, ActivityMerged, RegisteringOnProtectedActivity),
)
async def post_merge(activity_id: UUID, merged: Merge, actor: Editor, work: Once, seen: Seen) -> Response:
    """The other record keeps both sources and takes over the people; the answer is the record that goes."""
    command = MergeActivities(activity_id=activity_id, seen_version=seen, **merged.model_dump())
    return await work.change(actor, merge_activities, command, ActivityView)


@router.post(
    "/activities/{activity_id}/undo-merge",
    summary="Let a merged activity stand for itself again",
    response_model=ActivityView,
    responses=problems(*CHANGE, NothingToReinstate),
)
async def post_undoing_of_merge(activity_id: UUID, actor: Editor, work: Once, seen: Seen) -> Response:
    command = UndoMerge(activity_id=activity_id, seen_version=seen)
    return await work.change(actor, undo_merge, command, ActivityView)
