"""Record an output, and correct what is known of one."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import Response

from services.registry import contracts as public
from services.registry.http.pages.activities.fields import date_of, part, parts, read_part
from services.registry.http.pages.frame import Done, handle, show, transaction
from services.registry.http.pages.history import Meanwhile, catch_up
from services.registry.http.pages.outputs.one import address_of
from services.registry.models import Output, Programme, existing
from services.registry.models.errors.output import OutputDropped
from services.registry.nouns import OUTPUT
from services.registry.usecases.outputs.find import activities_by_code, activities_of
from services.registry.usecases.outputs.plan import PlanOutput, UpdateOutput, plan_output, update_output
from services.registry.usecases.programmes.find import programmes
from services.registry.words import vocabulary as words
from services.registry.words.output import handover
from shared.contracts import Output as OutputState
from shared.database import Session
from shared.errors import DomainError, Stale
from shared.identity import Actor
from shared.web import formats
from shared.web.forms import Form
from shared.web.identity import Editor
from shared.web.language import LANGUAGES, _
from shared.web.pages import see_other
from shared.web.requests import clock_of
from shared.web.vocabulary import output_kinds

router = APIRouter(include_in_schema=False)

BOXES = ("languages[]", "translations[]", "handovers[]")
_BUILT = ("part", "activities", "sources", "expected", "drafted_on", *BOXES)


def values_of(state: OutputState) -> dict[str, str | Sequence[str]]:
    """The state of an output as texts by the names of the form's fields; activities are named by the page."""
    return {
        "part": part(state.programme, state.phase, state.component),
        "code": state.code,
        "kind": state.kind,
        **{f"title.{language}": text for language, text in state.title.items()},
        **{f"description.{language}": text for language, text in state.description.items()},
        "series": state.series or "",
        "expected": str(state.expected or ""),
        "drafted_on": str(state.drafted_on or ""),
        "languages[]": state.languages,
        "translations[]": [each.language for each in state.translations],
        "handovers[]": [str(number) for number, _each in enumerate(state.handovers)],
        "sources": "\n".join(state.sources),
        "seen_version": str(state.version),
    }


@router.get("/outputs/new")
async def plan_page(request: Request, actor: Editor) -> Response:
    return await _form(request, actor, Form(dict(request.query_params)))


@router.post("/outputs/new")
async def plan(request: Request, actor: Editor) -> Response:
    async def do(session: Session, form: Form) -> Done:
        built = await _built(session, form, read_part(form.value("part")).get("programme", ""), None)
        command = form.parse(PlanOutput, leave_out=_BUILT, **read_part(form.value("part")), **built)
        made = await plan_output(session, command, actor=actor, clock=clock_of(request))
        return Done(address_of(made.id), _("The output is recorded."))

    async def refused(form: Form, error: ValidationError | DomainError) -> Response:
        return await _form(request, actor, form.refused(error))

    return await handle(request, actor, do, refused)


@router.get("/outputs/{output_id}/edit")
async def edit_page(request: Request, output_id: UUID, actor: Editor) -> Response:
    async with transaction(request) as session:
        output = await existing(session, Output, output_id, actor=actor)
        codes = [each.code for each in await activities_of(session, output)]
    if output.status == "dropped":
        raise OutputDropped
    state = public.output(output)
    return await _form(request, actor, Form({**values_of(state), "activities": "\n".join(codes)}), state)


@router.post("/outputs/{output_id}/edit")
async def edit(request: Request, output_id: UUID, actor: Editor) -> Response:
    async with transaction(request) as session:
        state = public.output(await existing(session, Output, output_id, actor=actor))

    async def do(session: Session, form: Form) -> Done:
        built = await _built(session, form, state.programme, state)
        where = {name: value for name, value in read_part(form.value("part")).items() if name != "programme"}
        command = form.parse(UpdateOutput, leave_out=_BUILT, output_id=output_id, **where, **built)
        await update_output(session, command, actor=actor, clock=clock_of(request))
        return Done(address_of(output_id), _("What you changed is saved."))

    async def refused(form: Form, error: ValidationError | DomainError) -> Response:
        if not isinstance(error, Stale):
            return await _form(request, actor, form.refused(error), state)
        async with transaction(request) as session:
            meanwhile = await catch_up(session, OUTPUT, output_id, form, actor=actor, values_of=values_of, boxes=BOXES)
        if meanwhile.nothing_left:
            return see_other(request, address_of(output_id), _("What you changed is saved."))
        meanwhile.form.status = error.status
        return await _form(request, actor, meanwhile.form, state, meanwhile)

    return await handle(request, actor, do, refused)


async def _built(session: Session, form: Form, programme: str, known: OutputState | None) -> Mapping[str, Any]:
    """The fields that are more than a text: activities by their codes, and of what was recorded, what stays ticked.

    Raises:
        UnknownActivity: the programme has no activity of one of the codes.
        DateError: a date cannot be read.
    """
    codes = [line.strip() for line in form.value("activities").splitlines() if line.strip()]
    translations, handovers = (known.translations, known.handovers) if known else ((), ())
    return {
        "activities": await activities_by_code(session, programme, codes),
        "languages": list(filter(None, form.all("languages[]"))),
        "translations": [each for each in translations if each.language in form.all("translations[]")],
        "handovers": [each for number, each in enumerate(handovers) if str(number) in form.all("handovers[]")],
        **{name: date_of(form, name) for name in ("expected", "drafted_on")},
        "sources": [line.strip() for line in form.value("sources").splitlines() if line.strip()],
    }


def _of_texts(known: Sequence[Programme], state: OutputState | None) -> list[str]:
    """The languages in which a title can be typed."""
    written = [*state.title, *state.description] if state else []
    return list(dict.fromkeys([*LANGUAGES, *(code for each in known for code in each.languages), *written]))


async def _form(
    request: Request, actor: Actor, form: Form, state: OutputState | None = None, meanwhile: Meanwhile | None = None
) -> Response:
    async with transaction(request) as session:
        known = [each for each in await programmes(session, actor) if state is None or each.code == state.programme]
    return show(
        request,
        "outputs/form.html",
        actor=actor,
        status=form.status,
        form=form,
        state=state,
        offered={
            "parts": [(_("Phase not known"), [(each.code, words.text(each.name)) for each in known]), *parts(known)],
            "languages": {code: formats.language(code) for code in _of_texts(known, state)},
        },
        meanwhile=meanwhile,
        kinds=list(output_kinds().items()),
        written=words.written_languages(known),
        translations=[(each.language, formats.language(each.language)) for each in state.translations] if state else [],
        handovers=[(str(n), handover(each.model_dump(mode="json"))) for n, each in enumerate(state.handovers)]
        if state
        else [],
    )
