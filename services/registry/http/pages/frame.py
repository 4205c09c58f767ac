"""What the registry's pages have in common: how they are shown, and how a form that is sent twice is done once."""

import json
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from fastapi import Request
from pydantic import TypeAdapter, ValidationError
from starlette.responses import Response

from services.registry.models import PersonKeys
from services.registry.usecases.accounts.find import account_names
from services.registry.usecases.once import Kept, once
from services.registry.words import vocabulary as words
from shared.database import Session
from shared.errors import DomainError, NotFound
from shared.identifiers import new_id
from shared.identity import Actor
from shared.identity.actors import SYSTEM
from shared.web.forms import Form
from shared.web.language import _, spoken
from shared.web.pages import FlashKind, Pages, see_other
from shared.web.requests import clock_of, service_of
from shared.web.words import sentence_of

ACTIVITIES = "/registry/activities"

_pages = Pages(Path(__file__).parents[1] / "templates")


def show(request: Request, template: str, *, actor: Actor, status: int = 200, **context: Any) -> Response:
    """A page of the registry, with its words. `once` tells a form that is sent twice from two equal forms."""
    return _pages.render(request, template, actor=actor, status=status, words=words, once=str(new_id()), **context)


def transaction(request: Request) -> AbstractAsyncContextManager[Session]:
    return service_of(request).database.transaction()


def keys_of(request: Request) -> PersonKeys:
    keys: PersonKeys = request.app.state.person_keys
    return keys


def address_of(activity_id: UUID) -> str:
    """The permanent address of an activity."""
    return f"{ACTIVITIES}/{activity_id}"


@dataclass(frozen=True)
class Done:
    """Where to go when a form was accepted, and what is said there."""

    url: str
    words: str
    kind: FlashKind = "success"


async def _once(request: Request, actor: Actor, form: Form, do: Callable[[Session, Form], Awaitable[Done]]) -> Response:
    """Do what a form asks for, in one transaction. The same form sent again is answered as the first time: nothing is
    done twice, and a person who pressed the button twice sees the first answer again.
    """
    sent = json.dumps([request.url.path, form.once, dict(form.values)], ensure_ascii=False)
    key = "form:" + keys_of(request).fingerprint(sent.encode())
    async with transaction(request) as session:

        async def kept() -> Kept:
            done = await do(session, form)
            return Kept(303, {"url": done.url, "words": done.words, "kind": done.kind})

        found = await once(session, key, key, kept, actor=actor, clock=clock_of(request))
    kind: FlashKind = TypeAdapter(FlashKind).validate_python(found.headers["kind"])
    return see_other(request, found.headers["url"], found.headers["words"], kind)


async def handle(
    request: Request,
    actor: Actor,
    do: Callable[[Session, Form], Awaitable[Done]],
    refused: Callable[[Form, ValidationError | DomainError], Awaitable[Response]],
    asks: Callable[[Form], Awaitable[Response | None]] | None = None,
) -> Response:
    """Carry out the form that was sent.

    Args:
        do: reads the form as a command and carries it out, in one transaction.
        refused: the answer when the form cannot be read as a command, or the command is refused.
        asks: the page that has to be answered before, such as who of two this is; `None` when nothing is open.

    Raises:
        NotFound: what the address speaks of is not there, unlike what a field of the form does.
    """
    form = await Form.sent(request)
    try:
        if asks and (page := await asks(form)):
            return page
        return await _once(request, actor, form, do)
    except (ValidationError, DomainError) as error:
        if isinstance(error, NotFound) and error.field is None:
            raise
        return await refused(form, error)


def explained(error: DomainError) -> str:
    """What is wrong this time, and what to do about errors of its kind."""
    said = sentence_of(error)
    return said if spoken() != "en" or said == error.title() else f"{said} {error.title()}"


async def names_of(session: Session, actors: set[UUID]) -> dict[UUID, str]:
    """What those who caused something are called; who is no longer known is not in it."""
    return {SYSTEM.id: _("the system"), **await account_names(session, actors)}
