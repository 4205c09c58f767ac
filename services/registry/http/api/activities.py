"""Activities: found, planned, corrected, confirmed, moved, cancelled, completed, put back, merged."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from services.registry.http.api import examples
from services.registry.http.api.answers import CHANGING, ListOf, list_of, state_of
from services.registry.http.api.patches import Patch, patch_of, patched
from services.registry.http.api.steps import add_steps
from services.registry.http.api.work import Once, Plain, Seen
from services.registry.models import Activity, ActivityView, existing, locked
from services.registry.models.errors.activity import (
    ActivityCancelled,
    ActivityMerged,
    ActivityNotFound,
    ActivityStillAhead,
    ChangedByRescheduling,
    CodeTaken,
    CountryNamedTwice,
    EndsBeforeItStarts,
    HeadcountBeforeHeld,
    NamesAreKept,
    NotATimeZone,
)
from services.registry.models.errors.organisation import UnknownOrganisation
from services.registry.models.errors.programme import UnknownComponent, UnknownPhase, UnknownProgramme, YearOutOfBounds
from services.registry.models.errors.request import KeyReused
from services.registry.nouns import ACTIVITY
from services.registry.usecases.activities.find import ACTIVITIES, ActivityFilter, Sort
from services.registry.usecases.activities.plan import RecordActivity, record_activity
from services.registry.usecases.activities.steps import STEPS
from services.registry.usecases.activities.update import ActivityDescription, UpdateActivity, update_activity
from shared.listing import BadCursor
from shared.web.documented import problems
from shared.web.identity import Coordinator, Viewer

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
async def post_activity(
    command: Annotated[RecordActivity, examples.PLANNED], actor: Coordinator, work: Once
) -> Response:
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
        return state_of(ActivityView, await existing(session, Activity, activity_id, actor=actor)).response()


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
async def patch_activity(activity_id: UUID, patch: Patch, actor: Coordinator, work: Plain, seen: Seen) -> Response:
    """Days and place of an activity that is still to come are changed by rescheduling it, because people are told."""
    async with work.transaction() as session:
        present = await locked(session, Activity, activity_id, seen=seen, actor=actor)
        description = patched(ActivityDescription, present, patch)
        command = UpdateActivity(activity_id=activity_id, **description.model_dump())
        changed = await update_activity(session, command, actor=actor, clock=work.clock)
    return state_of(ActivityView, changed).response()


add_steps(router, ACTIVITY, ActivityView, STEPS)
