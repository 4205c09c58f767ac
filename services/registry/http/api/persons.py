"""Persons: what the vault knows of somebody. For editors and administrators; never cached, never in an address."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from services.registry.http.api.answers import CHANGING, Answer, state_of
from services.registry.http.api.patches import Patch, patch_of, patched
from services.registry.http.api.work import Once, Plain, Seen, SeenIfSaid
from services.registry.models import Person, PersonDetails, existing, locked
from services.registry.models.errors.person import CannotMergePersons, NotMerged, PersonMerged, PersonNotFound
from services.registry.models.person import PersonView
from services.registry.usecases.persons.erase import ErasePerson, erase_person
from services.registry.usecases.persons.export import PersonExport, export_person
from services.registry.usecases.persons.merge import (
    MergePersons,
    PersonMerge,
    UndoPersonMerge,
    merge_persons,
    undo_person_merge,
)
from services.registry.usecases.persons.update import UpdatePerson, update_person
from services.registry.usecases.rights import allow_person
from shared.database import Session
from shared.errors import Stale
from shared.web.documented import problems
from shared.web.identity import Admin, Coordinator, Editor
from shared.web.security_log import noted

router = APIRouter(tags=["Persons"])


class Erasure(BaseModel):
    """Number of registrations made anonymous."""

    registrations: int


@router.get(
    "/persons/{person_id}",
    summary="A person",
    response_model=PersonView,
    responses=problems(PersonNotFound),
    dependencies=[noted("person-read")],
)
async def get_person(person_id: UUID, actor: Coordinator, work: Plain) -> Response:
    async with work.transaction() as session:
        person = await existing(session, Person, person_id, actor=actor)
        await allow_person(session, actor, person)
        return _private(person)


@router.get(
    "/persons/{person_id}/export",
    summary="Everything that is kept of a person, for the person who asks for it",
    response_model=PersonExport,
    responses=problems(PersonNotFound),
    dependencies=[noted("person-exported")],
)
async def get_person_export(person_id: UUID, actor: Editor, work: Plain) -> Response:
    """Vault, merges, registrations, attendance and what happened to them. What the person was told by mail is in
    notifications, at `/persons/{person_key}/export` for each of `person_keys`."""
    async with work.transaction() as session:
        found = await export_person(session, person_id, actor=actor, clock=work.clock, keys=work.keys)
    headers = {"cache-control": "no-store", "content-disposition": f'attachment; filename="person-{person_id}.json"'}
    return Answer(200, found.model_dump(mode="json"), headers).response()


@router.patch(
    "/persons/{person_id}",
    summary="Correct name, address, telephone or language",
    response_model=PersonView,
    responses=problems(PersonNotFound, PersonMerged, *CHANGING),
    openapi_extra=patch_of(PersonDetails),
    dependencies=[noted("person-changed")],
)
async def patch_person(person_id: UUID, patch: Patch, actor: Coordinator, work: Plain, seen: Seen) -> Response:
    async with work.transaction() as session:
        details = patched(PersonDetails, await locked(session, Person, person_id, seen=seen, actor=actor), patch)
        command = UpdatePerson(person_id=person_id, **details.model_dump())
        return _private(await update_person(session, command, actor=actor, clock=work.clock, keys=work.keys))


@router.post(
    "/persons/{person_id}/merge",
    summary="Say that two persons are one",
    response_model=PersonView,
    responses=problems(PersonNotFound, CannotMergePersons, PersonMerged, *CHANGING),
)
async def post_merge(person_id: UUID, merge: PersonMerge, actor: Editor, work: Once, seen: Seen) -> Response:
    """`into` stays, the other goes: their registrations follow, and where both take part in one activity the one that
    says more remains. The answer is the person who goes."""
    command = MergePersons(person_id=person_id, into=merge.into, seen_version=seen)

    async def do(session: Session) -> Answer:
        return _answer(await merge_persons(session, command, actor=actor, clock=work.clock, keys=work.keys))

    return await work.once(actor, do)


@router.post(
    "/persons/{person_id}/undo-merge",
    summary="Undo the merge of a person",
    response_model=PersonView,
    responses=problems(PersonNotFound, NotMerged, *CHANGING),
)
async def post_undo_merge(person_id: UUID, actor: Editor, work: Once, seen: Seen) -> Response:
    command = UndoPersonMerge(person_id=person_id, seen_version=seen)

    async def do(session: Session) -> Answer:
        return _answer(await undo_person_merge(session, command, actor=actor, clock=work.clock, keys=work.keys))

    return await work.once(actor, do)


@router.delete(
    "/persons/{person_id}",
    summary="Erase a person everywhere",
    response_model=Erasure,
    responses=problems(PersonNotFound, Stale),
    dependencies=[noted("person-erased")],
)
async def delete_person(person_id: UUID, actor: Admin, work: Plain, seen: SeenIfSaid) -> Response:
    """Name and address are removed here and in every service; what is left of the registrations are numbers."""
    command = ErasePerson(person_id=person_id, seen_version=seen)
    async with work.transaction() as session:
        erased = await erase_person(session, command, actor=actor, clock=work.clock, keys=work.keys)
    return Answer(200, {"registrations": erased}).response()


def _private(person: Person) -> Response:
    return _answer(person).response()


def _answer(person: Person) -> Answer:
    answer = state_of(PersonView, person)
    answer.headers["cache-control"] = "no-store"
    return answer
