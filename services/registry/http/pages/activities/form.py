"""Plan an activity, and correct what is known of one."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import Response

from services.registry import contracts as public
from services.registry.http.pages.activities.fields import (
    BOXES,
    DAYS,
    LISTS,
    choices,
    days_of,
    headcount_fields,
    headcount_of,
    lists_of,
    place_fields,
    place_of,
    read_part,
    values_of,
)
from services.registry.http.pages.frame import Done, address_of, handle, show, transaction
from services.registry.http.pages.history import Meanwhile, catch_up
from services.registry.models import Activity, existing
from services.registry.models.errors.activity import ActivityCancelled, ActivityMerged
from services.registry.nouns import ACTIVITY
from services.registry.usecases.activities.plan import RecordActivity, record_activity
from services.registry.usecases.activities.update import UpdateActivity, update_activity
from services.registry.usecases.rights import allow_change
from shared.contracts import Activity as ActivityState
from shared.database import Session
from shared.errors import DomainError, Stale
from shared.identity import Actor
from shared.web.forms import Form
from shared.web.identity import Coordinator
from shared.web.language import _
from shared.web.pages import see_other
from shared.web.requests import clock_of

router = APIRouter(include_in_schema=False)


@router.get("/activities/new")
async def plan_page(request: Request, actor: Coordinator) -> Response:
    suggested = {"delivery": "in-person", "scope": "unknown", "headcount.precision": "exact"}
    return await _form(request, actor, Form({**suggested, **dict(request.query_params)}))


@router.post("/activities/new")
async def plan(request: Request, actor: Coordinator) -> Response:
    async def do(session: Session, form: Form) -> Done:
        command = form.parse(
            RecordActivity,
            leave_out=_built(form),
            **read_part(form.value("part")),
            **lists_of(form),
            **_place(form),
            headcount=headcount_of(form),
            status="held" if form.value("held") else "planned",
        )
        made = await record_activity(session, command, actor=actor, clock=clock_of(request))
        words = _("The activity is recorded.") if made.status == "held" else _("The activity is planned.")
        return Done(address_of(made.id), words)

    async def refused(form: Form, error: ValidationError | DomainError) -> Response:
        return await _form(request, actor, form.refused(error))

    return await handle(request, actor, do, refused)


@router.get("/activities/{activity_id}/edit")
async def edit_page(request: Request, activity_id: UUID, actor: Coordinator) -> Response:
    state = await _state(request, activity_id, actor)
    if state.status == "cancelled":
        raise ActivityCancelled
    if state.status == "merged":
        raise ActivityMerged
    return await _form(request, actor, Form(values_of(state)), state)


@router.post("/activities/{activity_id}/edit")
async def edit(request: Request, activity_id: UUID, actor: Coordinator) -> Response:
    state = await _state(request, activity_id, actor)

    async def do(session: Session, form: Form) -> Done:
        command = form.parse(
            UpdateActivity,
            leave_out=_built(form),
            activity_id=activity_id,
            **{name: value for name, value in read_part(form.value("part")).items() if name != "programme"},
            **lists_of(form, state),
            **_place(form, state),
            headcount=headcount_of(form),
            beneficiary_countries=_in_known_order(form.all("beneficiary_countries[]"), state),
        )
        await update_activity(session, command, actor=actor, clock=clock_of(request))
        return Done(address_of(activity_id), _("What you changed is saved."))

    async def refused(form: Form, error: ValidationError | DomainError) -> Response:
        if not isinstance(error, Stale):
            return await _form(request, actor, form.refused(error), state)
        async with transaction(request) as session:
            meanwhile = await catch_up(
                session, ACTIVITY, activity_id, form, actor=actor, values_of=values_of, boxes=BOXES
            )
        if meanwhile.nothing_left:
            return see_other(request, address_of(activity_id), _("What you changed is saved."))
        meanwhile.form.status = error.status
        return await _form(request, actor, meanwhile.form, state, meanwhile)

    return await handle(request, actor, do, refused)


def _built(form: Form) -> set[str]:
    """The fields that do not go into the command as they are."""
    return {"part", "held", *DAYS, *LISTS, *headcount_fields(form), *place_fields(form)}


def _place(form: Form, known: ActivityState | None = None) -> dict[str, Any]:
    """Days and place of an activity to come are not in the form of an edit: they are rescheduled."""
    if known is not None and "starts" not in form.values:
        kept = {"starts": known.starts, "ends": known.ends, "time_zone": known.time_zone}
        return kept | {"place": known.place}
    days = days_of(form, form.value("time_zone") or None)
    host = form.value("host_country")
    stays = known is not None and known.place is not None and host == (known.host_country or "")
    return days | {"place": place_of(form, known.place.country or "" if stays else host)}  # type: ignore[union-attr]


def _in_known_order(chosen: list[str], known: ActivityState) -> list[str]:
    """As they were recorded, so that looking at a form and saving it changes nothing."""
    order = {code: number for number, code in enumerate(known.beneficiary_countries)}
    return sorted(filter(None, chosen), key=lambda code: order.get(code, len(order)))


async def _state(request: Request, activity_id: UUID, actor: Actor) -> ActivityState:
    async with transaction(request) as session:
        activity = await existing(session, Activity, activity_id, actor=actor)
        await allow_change(session, actor, activity)
        return public.activity(activity)


async def _form(
    request: Request, actor: Actor, form: Form, state: ActivityState | None = None, meanwhile: Meanwhile | None = None
) -> Response:
    async with transaction(request) as session:
        offered = await choices(session, actor, state)
    return show(
        request,
        "activities/form.html",
        actor=actor,
        status=form.status,
        form=form,
        state=state,
        offered=offered,
        meanwhile=meanwhile,
    )
