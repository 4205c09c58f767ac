"""An activity: all that is known of it in words, who takes part, what happened to it, and what can be done now."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Request
from sqlmodel import select
from starlette.responses import Response

from services.registry.http.pages.frame import (
    Done,
    accept,
    address_of,
    show,
    transaction,
)
from services.registry.http.pages.history import history_of
from services.registry.models import Activity, Programme, Registration, existing
from services.registry.nouns import ACTIVITY
from services.registry.usecases.activities.confirm import ConfirmActivity, confirm_activity
from services.registry.usecases.activities.merge import UndoMerge, undo_merge
from services.registry.usecases.registrations.list import list_registrations
from shared.database import Session
from shared.errors import DomainError, Stale
from shared.identity import Actor
from shared.web.forms import Form
from shared.web.identity import Editor, Viewer
from shared.web.language import _
from shared.web.pages import see_other
from shared.web.requests import clock_of
from shared.web.words import sentence_of

router = APIRouter(include_in_schema=False)

_PEOPLE = 1000


@router.get("/activities/{activity_id}")
async def activity_page(request: Request, activity_id: UUID, actor: Viewer) -> Response:
    async with transaction(request) as session:
        activity = await existing(session, Activity, activity_id)
        programme = await existing(session, Programme, activity.programme)
        people = await list_registrations(session, activity_id, limit=_PEOPLE)
        happened = await history_of(session, ACTIVITY, activity_id, actor)
        merged = (await session.exec(select(Activity).where(Activity.merged_into == activity_id))).all()
        kept = await session.get(Activity, activity.merged_into) if activity.merged_into else None
    return show(
        request,
        "activities/one.html",
        actor=actor,
        activity=activity,
        programme=programme,
        people=people if actor.may("editor") else [],
        numbers=_numbers([each.registration for each in people]),
        happened=happened,
        merged=merged,
        kept=kept,
        ahead=is_ahead(activity, clock_of(request).now()),
    )


@router.post("/activities/{activity_id}/confirm")
async def confirm(request: Request, activity_id: UUID, actor: Editor) -> Response:
    form = await Form.sent(request)
    command = form.parse(ConfirmActivity, activity_id=activity_id)

    async def do(session: Session) -> Done:
        await confirm_activity(session, command, actor=actor, clock=clock_of(request))
        return Done(address_of(activity_id), _("The activity is confirmed."))

    return await _pressed(request, actor, form, do, activity_id)


@router.post("/activities/{activity_id}/undo-merge")
async def undo(request: Request, activity_id: UUID, actor: Editor) -> Response:
    form = await Form.sent(request)
    command = form.parse(UndoMerge, activity_id=activity_id)

    async def do(session: Session) -> Done:
        await undo_merge(session, command, actor=actor, clock=clock_of(request))
        return Done(address_of(activity_id), _("The activity stands for itself again."))

    return await _pressed(request, actor, form, do, activity_id)


async def _pressed(
    request: Request, actor: Actor, form: Form, do: Callable[[Session], Awaitable[Done]], activity_id: UUID
) -> Response:
    """A button of the page was pressed; what forbids it is said on the page, which shows what is true now."""
    try:
        return await accept(request, actor, form, do)
    except Stale:
        again = _("Somebody changed the activity meanwhile: this is what it is now.")
        return see_other(request, address_of(activity_id), again, "error")
    except DomainError as error:
        return see_other(request, address_of(activity_id), sentence_of(error), "error")


@dataclass(frozen=True)
class Numbers:
    """How many take part, without names: by status, by gender, by country. Who has withdrawn takes no part."""

    by_status: Mapping[str, int]
    by_gender: Mapping[str, int]
    by_country: Mapping[str | None, int]


def _numbers(registrations: Sequence[Registration]) -> Numbers:
    taking_part = [each for each in registrations if each.status != "withdrawn"]
    return Numbers(
        Counter(each.status for each in registrations),
        Counter(each.gender for each in taking_part),
        Counter(each.country for each in taking_part),
    )


def is_ahead(activity: Activity, at: datetime) -> bool:
    """Whether its last day has not come, so that nobody can say yet that it was held."""
    last = activity.ends or activity.starts
    return last is not None and last.earliest is not None and last.earliest > activity.today(at)
