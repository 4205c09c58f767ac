"""What becomes of an activity: moved, cancelled, held, put back. Each step asks on a page of its own, and says first
how many people will be told by mail, so that no mail goes out unexpectedly.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import Response

from services.registry import contracts as public
from services.registry.http.pages.activities.fields import (
    DAYS,
    choices,
    days_of,
    headcount_fields,
    headcount_of,
    place_fields,
    place_of,
    values_of,
)
from services.registry.http.pages.frame import Done, accept, address_of, show, transaction
from services.registry.http.pages.history import Meanwhile, catch_up
from services.registry.models import Activity, existing
from services.registry.nouns import ACTIVITY
from services.registry.usecases.activities.audience import NOBODY, audience_of, is_told_of
from services.registry.usecases.activities.cancel import CancelActivity, cancel_activity
from services.registry.usecases.activities.complete import CompleteActivity, complete_activity
from services.registry.usecases.activities.reinstate import ReinstateActivity, reinstate_activity
from services.registry.usecases.activities.reschedule import RescheduleActivity, reschedule_activity
from shared.database import Session
from shared.errors import DomainError, NotFound, Stale
from shared.identity import Actor
from shared.web.forms import Form
from shared.web.identity import Editor
from shared.web.language import _
from shared.web.requests import clock_of

router = APIRouter(include_in_schema=False)

Name = Literal["reschedule", "cancel", "complete", "reinstate"]


@dataclass(frozen=True)
class Step:
    """A step: how its form is read as a command, who does it, and whether people are told."""

    command: Callable[[Form, UUID], Any]
    do: Callable[..., Awaitable[Activity]]
    done: Callable[[], str]
    tells: bool


def _reschedule(form: Form, activity_id: UUID) -> RescheduleActivity:
    place = place_of(form, form.value("place.country"))
    days = days_of(form, form.value("time_zone") or None)
    left_out = {*DAYS, *place_fields(form)}
    return form.parse(RescheduleActivity, leave_out=left_out, activity_id=activity_id, place=place, **days)


def _complete(form: Form, activity_id: UUID) -> CompleteActivity:
    count = headcount_of(form)
    return form.parse(CompleteActivity, leave_out=headcount_fields(form), activity_id=activity_id, headcount=count)


STEPS: dict[Name, Step] = {
    "reschedule": Step(_reschedule, reschedule_activity, lambda: _("The activity is rescheduled."), tells=True),
    "cancel": Step(
        lambda form, activity_id: form.parse(CancelActivity, activity_id=activity_id),
        cancel_activity,
        lambda: _("The activity is cancelled."),
        tells=True,
    ),
    "complete": Step(
        _complete, complete_activity, lambda: _("It is recorded that the activity was held."), tells=False
    ),
    "reinstate": Step(
        lambda form, activity_id: form.parse(ReinstateActivity, activity_id=activity_id),
        reinstate_activity,
        lambda: _("The activity is put back."),
        tells=True,
    ),
}


@router.get("/activities/{activity_id}/{step}")
async def step_page(request: Request, activity_id: UUID, step: Name, actor: Editor) -> Response:
    async with transaction(request) as session:
        activity = await existing(session, Activity, activity_id)
    values = values_of(public.activity(activity)) if step in ("complete", "reschedule") else {}
    return await _form(request, actor, activity_id, step, Form({**values, "seen_version": str(activity.version)}))


@router.post("/activities/{activity_id}/{step}")
async def take_step(request: Request, activity_id: UUID, step: Name, actor: Editor) -> Response:
    form = await Form.sent(request)
    taken = STEPS[step]
    try:
        command = taken.command(form, activity_id)

        async def do(session: Session) -> Done:
            await taken.do(session, command, actor=actor, clock=clock_of(request))
            return Done(address_of(activity_id), taken.done())

        return await accept(request, actor, form, do)
    except NotFound:
        raise
    except Stale as error:
        async with transaction(request) as session:
            meanwhile = await catch_up(session, ACTIVITY, activity_id, form, actor=actor, values_of=values_of)
        meanwhile.form.status = error.status
        return await _form(request, actor, activity_id, step, meanwhile.form, meanwhile=meanwhile)
    except (ValidationError, DomainError) as error:
        return await _form(request, actor, activity_id, step, form.refused(error))


async def _form(
    request: Request, actor: Actor, activity_id: UUID, step: Name, form: Form, *, meanwhile: Meanwhile | None = None
) -> Response:
    async with transaction(request) as session:
        activity = await existing(session, Activity, activity_id)
        told = STEPS[step].tells and (step == "reschedule" or is_told_of(activity, clock_of(request).now()))
        audience = await audience_of(session, activity_id) if told and activity.status != "held" else NOBODY
        offered = await choices(session, public.activity(activity))
    return show(
        request,
        f"activities/{step}.html",
        actor=actor,
        status=form.status,
        form=form,
        activity=activity,
        audience=audience,
        offered=offered,
        meanwhile=meanwhile,
    )
