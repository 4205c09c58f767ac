"""For how long a programme keeps names, who is due to be erased, and erasing them, as many as were seen."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import Response

from services.registry.http.pages.frame import Done, handle, keys_of, show, transaction
from services.registry.models import Programme, existing
from services.registry.usecases.persons.due import MOST, Due, EraseDue, due_persons, erase_due
from services.registry.usecases.persons.find import names_of_persons
from services.registry.usecases.programmes.define import DefineProgramme, ProgrammeTree, define_programme
from services.registry.usecases.rights import allow
from shared.database import Session
from shared.errors import DomainError
from shared.identity import Actor
from shared.web.forms import Form
from shared.web.identity import Admin
from shared.web.language import _, ngettext
from shared.web.requests import clock_of
from shared.web.security_log import about, noted

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class Named:
    """Somebody who is due, with the name that an administrator recognises."""

    due: Due
    name: str


def address_of(code: str) -> str:
    return f"/registry/programmes/{code}/names-kept"


@router.get("/programmes/{code}/names-kept", dependencies=[noted("people-read")])
async def names_kept_page(request: Request, code: str, actor: Admin) -> Response:
    return await _page(request, code, actor)


@router.post("/programmes/{code}/names-kept")
async def keep(request: Request, code: str, actor: Admin) -> Response:
    async def do(session: Session, form: Form) -> Done:
        tree = ProgrammeTree.model_validate(await _programme(session, code, actor), from_attributes=True)
        years = form.value("names_kept_years") or None
        told = tree.model_dump() | {"code": code, "seen_version": form.seen_version, "names_kept_years": years}
        await define_programme(session, DefineProgramme.model_validate(told), actor=actor, clock=clock_of(request))
        return Done(address_of(code), _("What you changed is saved."))

    async def refused(form: Form, error: ValidationError | DomainError) -> Response:
        return await _page(request, code, actor, form.refused(error))

    return await handle(request, actor, do, refused)


@router.post("/programmes/{code}/erase-due", dependencies=[noted("person-erased")])
async def erase(request: Request, code: str, actor: Admin) -> Response:
    async def do(session: Session, form: Form) -> Done:
        command = form.parse(EraseDue, programme=code)
        erased = await erase_due(session, command, actor=actor, clock=clock_of(request), keys=keys_of(request))
        about(request, *erased)
        done = ngettext("%(num)d person is erased.", "%(num)d people are erased.", len(erased)) % {"num": len(erased)}
        return Done(address_of(code), done)

    async def refused(form: Form, error: ValidationError | DomainError) -> Response:
        return await _page(request, code, actor, form.refused(error))

    return await handle(request, actor, do, refused)


async def _page(request: Request, code: str, actor: Actor, form: Form | None = None) -> Response:
    async with transaction(request) as session:
        programme = await _programme(session, code, actor)
        due = await _named(session, await due_persons(session, programme, today=clock_of(request).now().date()))
    years = programme.names_kept_years
    form = form or Form({"names_kept_years": str(years or "")})
    return show(
        request,
        "programmes/names_kept.html",
        actor=actor,
        status=form.status,
        programme=programme,
        due=due,
        form=form,
        most=MOST,
    )


async def _programme(session: Session, code: str, actor: Actor) -> Programme:
    programme = await existing(session, Programme, code, actor=actor)
    allow(actor, "admin", programme=code)
    return programme


async def _named(session: Session, due: Sequence[Due]) -> list[Named]:
    names = await names_of_persons(session, [each.person_id for each in due])
    return [Named(each, names[each.person_id]) for each in due]
