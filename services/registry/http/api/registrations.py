"""Registrations of an activity. Names are for editors and administrators, in bodies only, and are never cached."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from services.registry.http.api import examples
from services.registry.http.api.answers import CHANGING, Answer, ListOf, all_as_json, state_of
from services.registry.http.api.patches import Patch, patch_of, patched
from services.registry.http.api.steps import add_steps
from services.registry.http.api.work import Once, Plain, Seen
from services.registry.models import Registration, RegistrationView, existing, locked
from services.registry.models.errors.activity import ActivityMerged, ActivityNotFound
from services.registry.models.errors.organisation import UnknownOrganisation
from services.registry.models.errors.person import PersonAmbiguous, PersonNotFound
from services.registry.models.errors.registration import (
    AlreadyRegistered,
    RegisteringOnCancelledActivity,
    RegisteringOnProtectedActivity,
    RegistrationErased,
    RegistrationNotFound,
)
from services.registry.models.errors.request import KeyReused, RowsRefused
from services.registry.models.person import PersonView
from services.registry.nouns import REGISTRATION
from services.registry.usecases.registrations.list import list_registrations
from services.registry.usecases.registrations.register import (
    Participant,
    RegisterParticipant,
    register_participant,
)
from services.registry.usecases.registrations.steps import STEPS
from services.registry.usecases.registrations.take_list import ListedPerson, TakeList, take_list
from services.registry.usecases.registrations.update import (
    RegistrationDescription,
    UpdateRegistration,
    update_registration,
)
from services.registry.usecases.rights import allow, knows_names, with_people
from shared.database import Session
from shared.web.documented import problems
from shared.web.identity import Coordinator
from shared.web.security_log import noted

router = APIRouter(tags=["Registrations"])

CLOSED = (ActivityNotFound, RegisteringOnCancelledActivity, RegisteringOnProtectedActivity, ActivityMerged)
REFUSED = (AlreadyRegistered, PersonAmbiguous, PersonNotFound, UnknownOrganisation)
Rows = Annotated[tuple[Participant, ...], Field(min_length=1, max_length=500)]


class NamedRegistration(RegistrationView):
    """A registration, and for editors and administrators who it is."""

    person: PersonView | None = None


@router.get(
    "/activities/{activity_id}/registrations",
    summary="Who takes part in an activity",
    response_model=ListOf[NamedRegistration],
    responses=problems(ActivityNotFound),
    dependencies=[noted("people-read")],
)
async def get_registrations(
    activity_id: UUID,
    actor: Coordinator,
    work: Plain,
    after: Annotated[UUID | None, Query(description="`next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """In the order of registration, for editors and coordinators: viewers read figures. `person` is there for those who
    may know who it is, until the person is erased."""
    async with work.transaction() as session:
        activity = await with_people(session, activity_id, actor=actor)
        found = await list_registrations(session, activity_id, after=after, limit=limit + 1)
    items = all_as_json(NamedRegistration, [each.registration for each in found[:limit]])
    for item, each in zip(items, found, strict=False):
        if each.person and knows_names(actor, activity, each.registration):
            item["person"] = PersonView.model_validate(each.person).model_dump(mode="json")
    more = str(found[limit - 1].registration.id) if len(found) > limit else None
    return Answer(200, {"items": items, "next": more}, {"cache-control": "no-store"}).response()


@router.post(
    "/activities/{activity_id}/registrations",
    summary="Register or nominate a person",
    status_code=201,
    response_model=RegistrationView,
    responses=problems(*CLOSED, *REFUSED, KeyReused),
)
async def post_registration(
    activity_id: UUID, participant: Annotated[Participant, examples.PARTICIPANT], actor: Coordinator, work: Once
) -> Response:
    """Who was nominated, or had withdrawn, is registered in the registration they have. A person is recognised by
    address and name, or by name, organisation and country. Where that could be somebody and is not certain (a known
    address with another name), nothing is written: `person-ambiguous` lists the `candidates`, and `same_as` takes the
    decision."""
    command = RegisterParticipant(activity_id=activity_id, **participant.model_dump())

    async def do(session: Session) -> Answer:
        made = await register_participant(session, command, actor=actor, clock=work.clock, keys=work.keys)
        return state_of(RegistrationView, made, status=201, location=_address(work, made))

    return await work.once(actor, do)


@router.post(
    "/activities/{activity_id}/registrations/list",
    summary="Register a list of people, all or none",
    status_code=201,
    response_model=ListOf[RegistrationView],
    responses=problems(*CLOSED, RowsRefused, KeyReused),
)
async def post_list(
    activity_id: UUID,
    rows: Annotated[Rows, examples.PARTICIPANTS],
    actor: Coordinator,
    work: Once,
) -> Response:
    """The answer's `Location` is where the list can be undone.

    When rows are refused, `errors` names each of them (`rows.3` is the fourth) and nothing is written. A
    row that may be somebody who is known has `candidates`, and takes the decision as `same_as`."""
    people = [ListedPerson(number, row) for number, row in enumerate(rows)]
    command = TakeList(activity_id, people, "")

    async def do(session: Session) -> Answer:
        made, kept = await take_list(session, command, actor=actor, clock=work.clock, keys=work.keys)
        undoing = f"{work.request.url.path.split('/activities/')[0]}/imports/{kept.id}"
        return Answer(201, {"items": all_as_json(RegistrationView, made), "next": None}, {"location": undoing})

    return await work.once(actor, do)


@router.get(
    "/registrations/{registration_id}",
    summary="A registration",
    response_model=RegistrationView,
    responses=problems(RegistrationNotFound),
)
async def get_registration(registration_id: UUID, actor: Coordinator, work: Plain) -> Response:
    async with work.transaction() as session:
        registration = await existing(session, Registration, registration_id, actor=actor)
        allow(actor, "coordinator", programme=registration.programme)
    return state_of(RegistrationView, registration).response()


@router.patch(
    "/registrations/{registration_id}",
    summary="Correct role, gender, country or organisation",
    response_model=RegistrationView,
    responses=problems(RegistrationNotFound, RegistrationErased, UnknownOrganisation, *CHANGING),
    openapi_extra=patch_of(RegistrationDescription),
)
async def patch_registration(
    registration_id: UUID, patch: Patch, actor: Coordinator, work: Plain, seen: Seen
) -> Response:
    async with work.transaction() as session:
        present = await locked(session, Registration, registration_id, seen=seen, actor=actor)
        description = patched(RegistrationDescription, present, patch)
        command = UpdateRegistration(registration_id=registration_id, **description.model_dump())
        changed = await update_registration(session, command, actor=actor, clock=work.clock)
    return state_of(RegistrationView, changed).response()


add_steps(router, REGISTRATION, RegistrationView, STEPS)


def _address(work: Once, registration: Registration) -> str:
    root = work.request.url.path.split("/activities/")[0]
    return f"{root}/registrations/{registration.id}"
