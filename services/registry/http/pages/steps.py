"""The steps of a noun's life as pages: `/activities/{activity_id}/cancel`. Each row of the noun's table is one.

A step that needs words asks for them on a page of its own (`{noun}/{step}.html`), which says first what will follow,
such as how many people will be told by mail. A step that needs none is a button of the noun's page.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Request
from pydantic import ValidationError
from starlette.responses import Response

from services.registry.http.pages.frame import Done, handle, show, transaction
from services.registry.http.pages.history import Meanwhile, Values, catch_up
from services.registry.models import Aggregate, Command, existing
from services.registry.nouns import Noun
from services.registry.usecases.rights import allow_step
from services.registry.usecases.steps import Nothing, Step, Taking
from shared.database import Session
from shared.errors import DomainError, Stale
from shared.identity import Actor
from shared.web.forms import Form
from shared.web.identity import Coordinator
from shared.web.language import _
from shared.web.pages import see_other
from shared.web.requests import clock_of
from shared.web.words import sentence_of


async def _nothing_more(request: Request, session: Session, actor: Actor, one: Any, step: Step) -> dict[str, Any]:
    return {}


def _no_values(state: Any) -> Values:
    return {}


@dataclass(frozen=True)
class Pages:
    """How the steps of a noun are shown.

    Attributes:
        page: the address of one of the noun.
        back: where to go when a step is taken.
        values_of: public state → the texts that the forms of steps begin with.
        read: how the form of a step is read, where its fields are not those of what the step is given.
        context: what the page of a step shows besides one of the noun and the form.
    """

    noun: Noun
    steps: Sequence[Step]
    page: Callable[[UUID], str]
    back: Callable[[Any], str]
    values_of: Callable[[Any], Values] = _no_values
    read: Mapping[str, Callable[[Form], Command]] = field(default_factory=dict)
    context: Callable[[Request, Session, Actor, Any, Step], Awaitable[dict[str, Any]]] = _nothing_more


def add_steps(router: APIRouter, pages: Pages) -> None:
    """Serve the steps, each under an address of its own."""
    for step in pages.steps:
        path = f"/{pages.noun.path}/{{{pages.noun.key}}}/{step.name}"
        if step.given is Nothing:
            router.add_api_route(path, _button(pages, step), methods=["POST"])
        else:
            ask, take = _form(pages, step)
            router.add_api_route(path, ask, methods=["GET"])
            router.add_api_route(path, take, methods=["POST"])


Handler = Callable[..., Awaitable[Response]]


def _button(pages: Pages, step: Step) -> Handler:
    async def press(request: Request, key: Annotated[UUID, Path(alias=pages.noun.key)], actor: Coordinator) -> Response:
        async def refused(_form: Form, error: ValidationError | DomainError) -> Response:
            """What forbids it is said on the page, which shows what is true now."""
            if not isinstance(error, DomainError):
                why = _("The form could not be read: press the button again.")
            elif isinstance(error, Stale):
                why = _("Somebody changed this meanwhile: this is what it is now.")
            else:
                why = sentence_of(error)
            return see_other(request, pages.page(key), why, "error")

        return await handle(request, actor, _taking(request, actor, pages, step, key), refused)

    return press


def _form(pages: Pages, step: Step) -> tuple[Handler, Handler]:
    noun = pages.noun

    async def page(
        request: Request, key: UUID, actor: Actor, form: Form | None = None, meanwhile: Meanwhile | None = None
    ) -> Response:
        async with transaction(request) as session:
            one = await existing(session, noun.model, key, actor=actor)
            await allow_step(session, actor, one)
            form = form or Form({**pages.values_of(noun.contract(one)), "seen_version": str(one.version)})
            more = await pages.context(request, session, actor, one, step)
        shown = {noun.name: one, "form": form, "step": step, "meanwhile": meanwhile} | more
        return show(request, f"{noun.path}/{step.name}.html", actor=actor, status=form.status, **shown)

    async def ask(request: Request, key: Annotated[UUID, Path(alias=noun.key)], actor: Coordinator) -> Response:
        return await page(request, key, actor)

    async def take(request: Request, key: Annotated[UUID, Path(alias=noun.key)], actor: Coordinator) -> Response:
        async def refused(form: Form, error: ValidationError | DomainError) -> Response:
            if not isinstance(error, Stale):
                return await page(request, key, actor, form.refused(error))
            async with transaction(request) as session:
                meanwhile = await catch_up(session, noun, key, form, actor=actor, values_of=pages.values_of)
            meanwhile.form.status = error.status
            return await page(request, key, actor, meanwhile.form, meanwhile)

        return await handle(request, actor, _taking(request, actor, pages, step, key), refused)

    return ask, take


def _taking(
    request: Request, actor: Actor, pages: Pages, step: Step, key: UUID
) -> Callable[[Session, Form], Awaitable[Done]]:
    async def do(session: Session, form: Form) -> Done:
        command = Taking(key, _given(pages, step, form), form.seen_version)
        taken: Aggregate = await step.take(session, command, actor=actor, clock=clock_of(request))
        return Done(pages.back(taken), str(step.done))

    return do


def _given(pages: Pages, step: Step, form: Form) -> Command:
    if step.given is Nothing:
        return Nothing()
    if read := pages.read.get(step.name):
        return read(form)
    return form.parse(step.given, leave_out={"seen_version"})
