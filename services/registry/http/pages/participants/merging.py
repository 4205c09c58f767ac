"""A person: what they took part in, who may be the same person, and how two become one and are parted again.

Persons are in addresses by their ids only.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import ValidationError
from starlette.responses import Response

from services.registry.http.pages.frame import Done, handle, keys_of, show, transaction
from services.registry.http.pages.history import EntryInWords, history_of
from services.registry.models import Person, PersonDetails, Programme, existing
from services.registry.nouns import REGISTRATION
from services.registry.usecases.persons.export import PartOfPerson, export_person
from services.registry.usecases.persons.find import Part, kept_as, merged_into, parts_of
from services.registry.usecases.persons.merge import (
    MergePersons,
    UndoPersonMerge,
    merge_persons,
    undo_person_merge,
)
from services.registry.usecases.persons.similar import Asked, alike
from services.registry.usecases.rights import allow
from shared.database import Session
from shared.errors import DomainError
from shared.identity import Actor
from shared.web.forms import Form
from shared.web.identity import Editor
from shared.web.language import _
from shared.web.pages import see_other
from shared.web.requests import clock_of
from shared.web.security_log import noted
from shared.web.words import sentence_of

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class Known:
    """A person, and what they took part in, the newest first."""

    person: Person
    parts: Sequence[Part]


@dataclass(frozen=True)
class PrintedPart:
    """A registration of somebody's export, with what happened to it in words."""

    part: PartOfPerson
    happened: Sequence[EntryInWords]


@router.get("/persons/{person_id}", dependencies=[noted("person-read")])
async def person_page(request: Request, person_id: UUID, actor: Editor) -> Response:
    async with transaction(request) as session:
        known = await _known(session, actor, person_id)
        person = known.person
        programme = await existing(session, Programme, person.programme, actor=actor)
        same = await merged_into(session, person)
        kept = await kept_as(session, person)
        candidates = [] if kept else await _candidates(session, actor, known)
    return show(
        request,
        "participants/person.html",
        actor=actor,
        known=known,
        programme=programme,
        same=same,
        kept=kept,
        candidates=candidates,
    )


@router.get("/persons/{person_id}/export", dependencies=[noted("person-exported")])
async def export_page(request: Request, person_id: UUID, actor: Editor) -> Response:
    """Everything that is kept of a person, to be printed for them; the same as JSON is a link of the page."""
    async with transaction(request) as session:
        kept = await export_person(session, person_id, actor=actor, clock=clock_of(request), keys=keys_of(request))
        parts = [
            PrintedPart(part, await history_of(session, REGISTRATION, part.registration.id, actor))
            for part in kept.registrations
        ]
    return show(request, "participants/export.html", actor=actor, kept=kept, parts=parts)


@router.get("/persons/{person_id}/merge", dependencies=[noted("person-read")])
async def merge_page(request: Request, person_id: UUID, into: Annotated[UUID, Query()], actor: Editor) -> Response:
    async with transaction(request) as session:
        gone, kept = await _known(session, actor, person_id), await _known(session, actor, into)
        programme = await existing(session, Programme, gone.person.programme, actor=actor)
    twice = {part.activity.id for part in gone.parts} & {part.activity.id for part in kept.parts}
    return show(
        request, "participants/merge.html", actor=actor, gone=gone, kept=kept, programme=programme, twice=len(twice)
    )


@router.post("/persons/{person_id}/merge")
async def merge(request: Request, person_id: UUID, actor: Editor) -> Response:
    async def do(session: Session, form: Form) -> Done:
        command = form.parse(MergePersons, person_id=person_id)
        await merge_persons(session, command, actor=actor, clock=clock_of(request), keys=keys_of(request))
        return Done(_address(command.into), _("The two are one person from now on."))

    return await _pressed(request, actor, do, person_id)


@router.post("/persons/{person_id}/undo-merge")
async def undo(request: Request, person_id: UUID, actor: Editor) -> Response:
    async def do(session: Session, form: Form) -> Done:
        command = form.parse(UndoPersonMerge, person_id=person_id)
        await undo_person_merge(session, command, actor=actor, clock=clock_of(request), keys=keys_of(request))
        return Done(_address(person_id), _("They are two persons again, each with what they took part in."))

    return await _pressed(request, actor, do, person_id)


async def _pressed(
    request: Request, actor: Actor, do: Callable[[Session, Form], Awaitable[Done]], person_id: UUID
) -> Response:
    """What forbids it is said on the person's page, which shows what is true now."""

    async def refused(_form: Form, error: ValidationError | DomainError) -> Response:
        unread = _("The form could not be read: press the button again.")
        said = sentence_of(error) if isinstance(error, DomainError) else unread
        return see_other(request, _address(person_id), said, "error")

    return await handle(request, actor, do, refused)


async def _known(session: Session, actor: Actor, person_id: UUID) -> Known:
    person = await existing(session, Person, person_id, actor=actor)
    allow(actor, "editor", programme=person.programme)
    return Known(person, await parts_of(session, person))


async def _candidates(session: Session, actor: Actor, known: Known) -> list[Known]:
    """Those who may be the same person: their names are alike."""
    person = known.person
    last = known.parts[0].registration if known.parts else None
    details = PersonDetails.model_construct(name=person.name, email=person.email)
    asked = Asked(details, last.organisation if last else None, last.country if last else None)
    found = await alike(session, person.programme, asked, without={person.id})
    return [await _known(session, actor, each.id) for each in found]


def _address(person_id: UUID) -> str:
    return f"/registry/persons/{person_id}"
