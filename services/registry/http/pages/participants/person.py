"""Register a person for an activity; correct, withdraw or erase who is registered.

A name that sounds like one in the vault is shown beside it, and the person decides whether they are the same. Names are
in forms and answers only, never in an address.
"""

from collections.abc import Sequence
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import Response

from services.registry.http.pages.frame import Done, address_of, handle, keys_of, show, transaction
from services.registry.http.pages.history import history_of
from services.registry.http.pages.steps import Pages, add_steps
from services.registry.models import Activity, Person, Programme, Registration, existing
from services.registry.models.errors.registration import AlreadyRegistered
from services.registry.nouns import REGISTRATION
from services.registry.usecases.activities.audience import is_told_of
from services.registry.usecases.persons.erase import ErasePerson, erase_person
from services.registry.usecases.persons.find import person_of
from services.registry.usecases.persons.similar import Candidate, candidates_for, similar_people
from services.registry.usecases.persons.update import UpdatePerson, update_person
from services.registry.usecases.registrations.register import RegisterParticipant, register_participant
from services.registry.usecases.registrations.steps import STEPS
from services.registry.usecases.registrations.update import UpdateRegistration, update_registration
from services.registry.usecases.rights import allow_registration, with_people
from services.registry.words import vocabulary as words
from shared.database import Session
from shared.errors import DomainError, Stale
from shared.identity import Actor
from shared.web.forms import Form
from shared.web.identity import Admin, Coordinator
from shared.web.language import _
from shared.web.requests import clock_of
from shared.web.security_log import noted

router = APIRouter(include_in_schema=False)


def page_of(registration_id: UUID) -> str:
    return f"/registry/registrations/{registration_id}"


add_steps(
    router,
    Pages(REGISTRATION, STEPS, page=page_of, back=lambda registration: address_of(registration.activity_id)),
)

_NEW = "new"


@router.get("/activities/{activity_id}/registrations/new")
async def register_page(request: Request, activity_id: UUID, actor: Coordinator) -> Response:
    return await _form(request, actor, activity_id, Form({"role": "participant", "gender": "unknown", "status": ""}))


@router.post("/activities/{activity_id}/registrations/new")
async def register(request: Request, activity_id: UUID, actor: Coordinator) -> Response:
    async def who_is_this(form: Form) -> Response | None:
        command = _registration(form, activity_id)
        async with transaction(request) as session:
            activity = await with_people(session, activity_id, actor=actor)
            activity.refuse_registrations_if_closed()
            candidates = await _candidates(session, activity.programme, command, actor)
        if not candidates or form.value("same_as") in {_NEW, *(str(each.person.id) for each in candidates)}:
            return None
        return await _form(request, actor, activity_id, form, candidates)

    async def do(session: Session, form: Form) -> Done:
        command = _registration(form, activity_id)
        await register_participant(session, command, actor=actor, clock=clock_of(request), keys=keys_of(request))
        done = _("The person is nominated.") if command.status == "nominated" else _("The person is registered.")
        page = address_of(activity_id)
        return Done(f"{page}/registrations/new" if form.value("next") else page, done)

    async def refused(form: Form, error: ValidationError | DomainError) -> Response:
        form.refused(error)
        if isinstance(error, AlreadyRegistered):
            form.errors = {"person.name": _(error.title())}  # its detail names the registration by its id
        return await _form(request, actor, activity_id, form)

    return await handle(request, actor, do, refused, asks=who_is_this)


@router.get("/registrations/{registration_id}", dependencies=[noted("person-read")])
async def registration_page(request: Request, registration_id: UUID, actor: Coordinator) -> Response:
    async with transaction(request) as session:
        registration = await existing(session, Registration, registration_id, actor=actor)
        await allow_registration(session, actor, registration)
        person = await person_of(session, registration)
    return await _one(request, actor, registration_id, Form(_values(registration, person)))


@router.post("/registrations/{registration_id}", dependencies=[noted("person-changed")])
async def correct(request: Request, registration_id: UUID, actor: Coordinator) -> Response:
    async def do(session: Session, form: Form) -> Done:
        persons = [name for name in form.values if name.startswith("person.")]
        registration = form.parse(
            UpdateRegistration,
            leave_out=[*persons, "organisation", "person_version"],
            registration_id=registration_id,
            organisation=_organisation(form),
        )
        changed = await update_registration(session, registration, actor=actor, clock=clock_of(request))
        person = Form({name.removeprefix("person."): form.value(name) for name in persons}).parse(
            UpdatePerson, person_id=changed.person_id, seen_version=form.value("person_version") or None
        )
        await update_person(session, person, actor=actor, clock=clock_of(request), keys=keys_of(request))
        return Done(address_of(changed.activity_id), _("What you changed is saved."))

    async def refused(form: Form, error: ValidationError | DomainError) -> Response:
        if isinstance(error, Stale):
            form = await _upon_the_newest(request, actor, registration_id, form, error)
        else:
            form = _person_named(form.refused(error))
        return await _one(request, actor, registration_id, form)

    return await handle(request, actor, do, refused)


@router.post("/registrations/{registration_id}/erase", dependencies=[noted("person-erased")])
async def erase(request: Request, registration_id: UUID, actor: Admin) -> Response:
    async def do(session: Session, _form: Form) -> Done:
        registration = await existing(session, Registration, registration_id, actor=actor)
        registration.refuse_if_erased()
        assert registration.person_id is not None
        command = ErasePerson(person_id=registration.person_id)
        await erase_person(session, command, actor=actor, clock=clock_of(request), keys=keys_of(request))
        return Done(address_of(registration.activity_id), _("The person is erased. What is left is a number."))

    async def refused(_form: Form, error: ValidationError | DomainError) -> Response:
        """What forbids it is said on the page, filled with what is true now."""
        async with transaction(request) as session:
            registration = await existing(session, Registration, registration_id, actor=actor)
            await allow_registration(session, actor, registration)
            person = await person_of(session, registration)
        return await _one(request, actor, registration_id, Form(_values(registration, person)).refused(error))

    return await handle(request, actor, do, refused)


async def _upon_the_newest(request: Request, actor: Actor, registration_id: UUID, form: Form, error: Stale) -> Form:
    """What was typed, to be saved over what somebody else wrote meanwhile, if it is sent again."""
    async with transaction(request) as session:
        registration = await existing(session, Registration, registration_id, actor=actor)
        await allow_registration(session, actor, registration)
        person = await person_of(session, registration)
    now = _values(registration, person)
    kept = Form({**form.values, "seen_version": now["seen_version"], "person_version": now["person_version"]})
    kept.status = error.status
    kept.errors = {
        "": _("Somebody changed this meanwhile. What you typed is kept; save again to write it over theirs.")
    }
    return kept


def _registration(form: Form, activity_id: UUID) -> RegisterParticipant:
    """Raises: ValidationError."""
    own = {"next", "organisation"}
    return form.parse(RegisterParticipant, leave_out=own, activity_id=activity_id, organisation=_organisation(form))


def _organisation(form: Form) -> dict[str, str] | None:
    return {"name": form.value("organisation")} if form.value("organisation") else None


async def _candidates(session: Session, programme: str, command: RegisterParticipant, actor: Actor) -> list[Candidate]:
    """Those who it may be, unless the vault knows the person for certain."""
    (answer,) = await similar_people(session, programme, [command.asked()])
    return await candidates_for(session, actor, answer.likely)


def _values(registration: Registration, person: Person | None) -> dict[str, str]:
    known = (
        {f"person.{name}": getattr(person, name) or "" for name in ("name", "email", "phone", "language")}
        if person
        else {}
    )
    return {
        **known,
        "role": registration.role,
        "gender": registration.gender,
        "country": registration.country or "",
        "organisation": registration.organisation.name if registration.organisation else "",
        "seen_version": str(registration.version),
        "person_version": str(person.version) if person else "",
    }


def _person_named(form: Form) -> Form:
    """Errors of the person's own command, beside the fields as this form names them."""
    form.errors = {
        f"person.{name}" if f"person.{name}" in form.values else name: why for name, why in form.errors.items()
    }
    return form


async def _form(
    request: Request, actor: Actor, activity_id: UUID, form: Form, candidates: Sequence[Candidate] = ()
) -> Response:
    async with transaction(request) as session:
        activity = await with_people(session, activity_id, actor=actor)
        programme = await existing(session, Programme, activity.programme, actor=actor)
    return show(
        request,
        "participants/new.html",
        actor=actor,
        status=form.status,
        form=form,
        activity=activity,
        candidates=candidates,
        countries=words.country_choices(programme.countries),
        tells=is_told_of(activity, clock_of(request).now()),
    )


async def _one(request: Request, actor: Actor, registration_id: UUID, form: Form) -> Response:
    async with transaction(request) as session:
        registration = await existing(session, Registration, registration_id, actor=actor)
        await allow_registration(session, actor, registration)
        activity = await existing(session, Activity, registration.activity_id, actor=actor)
        programme = await existing(session, Programme, activity.programme, actor=actor)
        happened = await history_of(session, REGISTRATION, registration_id, actor)
    return show(
        request,
        "participants/one.html",
        actor=actor,
        status=form.status,
        form=form,
        registration=registration,
        activity=activity,
        happened=happened,
        countries=words.country_choices(programme.countries),
        tells=is_told_of(activity, clock_of(request).now()),
    )
