"""An output: what is known of it, where it comes from, who received it, and what happened to it."""

from collections.abc import Callable
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import Response

from services.registry.http.pages.activities.fields import date_of
from services.registry.http.pages.frame import Done, handle, show, transaction
from services.registry.http.pages.history import history_of
from services.registry.http.pages.outputs.list import ADDRESS, LOOKS
from services.registry.http.pages.steps import Pages, add_steps
from services.registry.models import Activity, Command, Output, Programme, existing
from services.registry.nouns import OUTPUT
from services.registry.usecases.organisations.find import names_of_organisations
from services.registry.usecases.outputs.find import activities_of
from services.registry.usecases.outputs.plan import PlanOutput, plan_output
from services.registry.usecases.outputs.steps import DRAFT, HAND_OVER, STEPS, TRANSLATE
from services.registry.usecases.programmes.find import programmes
from services.registry.usecases.steps import Step
from services.registry.words import vocabulary as words
from services.registry.words.output import handover, kind_named_in
from shared.database import Session
from shared.errors import DomainError
from shared.identity import Actor
from shared.web.forms import Form
from shared.web.identity import Editor, Viewer
from shared.web.language import _, spoken
from shared.web.pages import see_other
from shared.web.requests import clock_of
from shared.web.vocabulary import output_kinds, output_statuses
from shared.web.words import sentence_of

router = APIRouter(include_in_schema=False)


def address_of(output_id: UUID) -> str:
    return f"{ADDRESS}/{output_id}"


@router.get("/outputs/{output_id}")
async def output_page(request: Request, output_id: UUID, actor: Viewer) -> Response:
    async with transaction(request) as session:
        output = await existing(session, Output, output_id, actor=actor)
        programme = await existing(session, Programme, output.programme, actor=actor)
        activities = await activities_of(session, output)
        happened = await history_of(session, OUTPUT, output_id, actor)
    return show(
        request,
        "outputs/one.html",
        actor=actor,
        output=output,
        programme=programme,
        activities=activities,
        happened=happened,
        kind=output_kinds()[output.kind],
        state=(output_statuses()[output.status], LOOKS.get(output.status, "neutral")),
        handovers=[handover(each.model_dump(mode="json")) for each in output.handovers],
    )


@router.post("/activities/{activity_id}/outputs")
async def record_announced(request: Request, activity_id: UUID, actor: Editor) -> Response:
    """Make an output of a text that an activity announced; the text stays with the activity."""

    async def do(session: Session, form: Form) -> Done:
        activity = await existing(session, Activity, activity_id, actor=actor)
        text = form.value("text")
        command = PlanOutput(
            programme=activity.programme,
            phase=activity.phase,
            component=activity.component,
            kind=kind_named_in(text),
            title={spoken(): text} if text else {},
            activities=(activity.id,),
            series=activity.series,
            sources=activity.sources,
        )
        made = await plan_output(session, command, actor=actor, clock=clock_of(request))
        return Done(address_of(made.id), _("The output is recorded. See whether kind and dates are right."))

    async def refused(form: Form, error: ValidationError | DomainError) -> Response:
        if not isinstance(error, DomainError):
            raise error
        return see_other(request, f"/registry/activities/{activity_id}", sentence_of(error), "error")

    return await handle(request, actor, do, refused)


async def _context(request: Request, session: Session, actor: Actor, output: Output, step: Step) -> dict[str, object]:
    return {
        "written": words.written_languages(await programmes(session, actor)),
        "countries": words.country_choices(),
        "organisations": await names_of_organisations(session, output.programme),
    }


def _on_a_day(step: Step) -> Callable[[Form], Command]:
    return lambda form: form.parse(step.given, leave_out={"seen_version", "on"}, on=date_of(form, "on"))


add_steps(
    router,
    Pages(
        OUTPUT,
        STEPS,
        page=address_of,
        back=lambda output: address_of(output.id),
        read={step.name: _on_a_day(step) for step in (DRAFT, TRANSLATE, HAND_OVER)},
        context=_context,
    ),
)
