"""Attendance: a person on a day, or the whole grid of an activity. Marking the same twice changes nothing, so marks
need no If-Match; with one, a mark is refused when the registration has changed since."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body
from starlette.responses import Response

from services.registry.http.api.answers import Answer, ListOf, all_as_json
from services.registry.http.api.work import Plain, SeenIfSaid, rows_named
from services.registry.models import RegistrationView
from services.registry.models.errors.activity import ActivityCancelled, ActivityNotFound
from services.registry.models.errors.registration import (
    DayOutsideActivity,
    DayStillAhead,
    RegistrationNotFound,
    RegistrationWithdrawn,
)
from services.registry.models.errors.request import RowsRefused
from services.registry.usecases.registrations.attendance import (
    AttendanceRow,
    MarkAbsent,
    MarkAttendance,
    MarkGrid,
    mark_absent,
    mark_attendance,
    mark_grid,
)
from shared.errors import Stale
from shared.web.documented import problems
from shared.web.identity import Coordinator

router = APIRouter(tags=["Attendance"])

REFUSED = (RegistrationNotFound, Stale, DayOutsideActivity, DayStillAhead, RegistrationWithdrawn, ActivityCancelled)


@router.put(
    "/registrations/{registration_id}/attendance/{day}",
    summary="The person was there on this day",
    response_model=RegistrationView,
    responses=problems(*REFUSED),
)
async def put_day(registration_id: UUID, day: date, actor: Coordinator, work: Plain, seen: SeenIfSaid) -> Response:
    command = MarkAttendance(registration_id=registration_id, day=day, seen_version=seen)
    return await work.change(actor, mark_attendance, command, RegistrationView)


@router.delete(
    "/registrations/{registration_id}/attendance/{day}",
    summary="The person was not there on this day",
    response_model=RegistrationView,
    responses=problems(*REFUSED),
)
async def delete_day(registration_id: UUID, day: date, actor: Coordinator, work: Plain, seen: SeenIfSaid) -> Response:
    command = MarkAttendance(registration_id=registration_id, day=day, present=False, seen_version=seen)
    return await work.change(actor, mark_attendance, command, RegistrationView)


@router.put(
    "/registrations/{registration_id}/absence",
    summary="The person did not come at all",
    response_model=RegistrationView,
    responses=problems(RegistrationNotFound, Stale, RegistrationWithdrawn, ActivityCancelled),
)
async def put_absence(registration_id: UUID, actor: Coordinator, work: Plain, seen: SeenIfSaid) -> Response:
    command = MarkAbsent(registration_id=registration_id, seen_version=seen)
    return await work.change(actor, mark_absent, command, RegistrationView)


@router.put(
    "/activities/{activity_id}/attendance",
    summary="The attendance of many at once, all or none",
    response_model=ListOf[RegistrationView],
    responses=problems(ActivityNotFound, RowsRefused),
)
async def put_grid(
    activity_id: UUID,
    rows: Annotated[tuple[AttendanceRow, ...], Body(min_length=1, max_length=500)],
    actor: Coordinator,
    work: Plain,
) -> Response:
    """Each row says all there is to say of one person; people no row names stay as they are."""
    command = MarkGrid(activity_id=activity_id, rows=rows)
    async with work.transaction() as session:
        marked = await rows_named(mark_grid(session, command, actor=actor, clock=work.clock))
    return Answer(200, {"items": all_as_json(RegistrationView, marked), "next": None}).response()
