"""Attendance: a grid of people and days, saved at once; or, where names are not kept, a way to the headcount."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import Response

from services.registry.http.pages.frame import Done, address_of, handle, show, transaction
from services.registry.models import Activity, Registration
from services.registry.models.errors.registration import RegistrationWithdrawn
from services.registry.models.errors.request import RowsRefused
from services.registry.usecases.registrations.attendance import AttendanceRow, Mark, MarkGrid, mark_grid
from services.registry.usecases.registrations.list import Participation, by_name, list_registrations
from services.registry.usecases.rights import knows_names, with_people
from shared.database import Session
from shared.errors import DomainError, NotFound, Stale
from shared.identity import Actor
from shared.web.forms import Form
from shared.web.identity import Coordinator
from shared.web.language import _
from shared.web.requests import clock_of
from shared.web.security_log import noted
from shared.web.words import sentence_of

router = APIRouter(include_in_schema=False)

MOST_DAYS = 31
CAME = "came"
ABSENT = "absent"


@router.get("/activities/{activity_id}/attendance", dependencies=[noted("people-read")])
async def attendance_page(request: Request, activity_id: UUID, actor: Coordinator) -> Response:
    async with transaction(request) as session:
        activity = await with_people(session, activity_id, actor=actor)
        people = await _people(session, actor, activity)
    return await _grid(request, actor, activity_id, Form(_values([each.registration for each in people])))


@router.post("/activities/{activity_id}/attendance")
async def save(request: Request, activity_id: UUID, actor: Coordinator) -> Response:
    form = await Form.sent(request)
    if column := form.value("mark"):  # without a script the heading of a column fills it and saves nothing
        return await _grid(request, actor, activity_id, _with_column(form, column))
    rows = _rows(form)

    async def do(session: Session, _sent: Form) -> Done:
        await mark_grid(session, MarkGrid(activity_id=activity_id, rows=rows), actor=actor, clock=clock_of(request))
        return Done(address_of(activity_id), _("The attendance is saved."))

    async def refused(sent: Form, error: ValidationError | DomainError) -> Response:
        sent.refused(error)
        if isinstance(error, RowsRefused):
            sent.errors = {f"marks.{rows[number].registration_id}[]": _refusal(why) for number, why in error.rows}
        return await _grid(request, actor, activity_id, sent)

    return await handle(request, actor, do, refused)


def _refusal(error: DomainError) -> str:
    if isinstance(error, Stale):
        return _("Somebody changed this row meanwhile. Your ticks are kept; save again to write them over theirs.")
    if isinstance(error, RegistrationWithdrawn | NotFound):
        return _(error.title())  # their detail names the registration by its id
    return sentence_of(error)


def _rows(form: Form) -> tuple[AttendanceRow, ...]:
    """What the grid says of each person who stands in it. Absent and there on a day: the days count."""
    rows = []
    for name in form.values:
        if name.startswith("seen."):
            key = UUID(name.removeprefix("seen."))
            marks = form.all(f"marks.{key}[]")
            days = tuple(date.fromisoformat(mark) for mark in marks if mark not in (CAME, ABSENT))
            mark: Mark = "attended" if days or CAME in marks else "absent" if ABSENT in marks else "unmarked"
            rows.append(AttendanceRow(registration_id=key, mark=mark, days=days, seen_version=int(form.value(name))))
    return tuple(rows)


def _values(registrations: Sequence[Registration]) -> dict[str, str | Sequence[str]]:
    values: dict[str, str | Sequence[str]] = {}
    for each in registrations:
        if each.status != "withdrawn":
            values[f"seen.{each.id}"] = str(each.version)
            values[f"marks.{each.id}[]"] = _marks(each)
    return values


def _marks(registration: Registration) -> list[str]:
    if registration.status == "absent":
        return [ABSENT]
    if registration.status == "attended":
        return [day.isoformat() for day in registration.days_attended] or [CAME]
    return []


def _with_column(form: Form, column: str) -> Form:
    """The same grid with a column ticked for all, or cleared where all had it; who was absent came then."""
    keys = [name.removeprefix("seen.") for name in form.values if name.startswith("seen.")]
    everybody = all(column in form.all(f"marks.{key}[]") for key in keys)
    values = dict(form.values)
    for key in keys:
        others = [mark for mark in form.all(f"marks.{key}[]") if mark not in (column, ABSENT)]
        values[f"marks.{key}[]"] = others if everybody else [*others, column]
    values.pop("mark")
    return Form(values)


def days_of(activity: Activity) -> list[date]:
    """The days of an activity, where they are known; a long one is marked as a whole."""
    if activity.starts is None or activity.starts.day is None:
        return []
    first, last = activity.starts.day, activity.ends.day if activity.ends else activity.starts.day
    if last is None or (last - first).days >= MOST_DAYS:
        return []
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


async def _people(session: Session, actor: Actor, activity: Activity) -> list[Participation]:
    """The participants the actor may know."""
    return [
        each
        for each in sorted(await list_registrations(session, activity.id), key=by_name)
        if each.registration.status != "withdrawn" and knows_names(actor, activity, each.registration)
    ]


async def _grid(request: Request, actor: Actor, activity_id: UUID, form: Form) -> Response:
    async with transaction(request) as session:
        activity = await with_people(session, activity_id, actor=actor)
        people = await _people(session, actor, activity)
    days = days_of(activity)
    return show(
        request,
        "participants/attendance.html",
        actor=actor,
        status=form.status,
        form=form,
        activity=activity,
        people=people,
        days=days,
        came=not days or any(CAME in _marks(each.registration) for each in people),
        today=activity.today(clock_of(request).now()),
    )
