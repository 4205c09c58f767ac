"""The contacts of offices that may stand in texts for everybody, and a field to add one."""

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import Response

from services.registry.http.pages.frame import Done, handle, show, transaction
from services.registry.usecases.programmes.find import programmes
from services.registry.usecases.programmes.public_contacts import AllowContact, allow_contact, allowed_contacts
from shared.database import Session
from shared.errors import DomainError
from shared.identity import Actor
from shared.web.forms import Form
from shared.web.identity import Editor
from shared.web.language import _
from shared.web.requests import clock_of

router = APIRouter(include_in_schema=False)

ADDRESS = "/registry/public-contacts"


@router.get("/public-contacts")
async def contacts_page(request: Request, actor: Editor) -> Response:
    return await _page(request, actor, Form({"value": request.query_params.get("value", "")}))


@router.post("/public-contacts")
async def allow(request: Request, actor: Editor) -> Response:
    async def do(session: Session, form: Form) -> Done:
        await allow_contact(session, form.parse(AllowContact), actor=actor, clock=clock_of(request))
        return Done(ADDRESS, _("The contact may stand in texts for everybody."))

    async def refused(form: Form, error: ValidationError | DomainError) -> Response:
        return await _page(request, actor, form.refused(error))

    return await handle(request, actor, do, refused)


async def _page(request: Request, actor: Actor, form: Form) -> Response:
    async with transaction(request) as session:
        known = await programmes(session, actor)
        allowed = {each.code: list(await allowed_contacts(session, each.code)) for each in known}
    return show(request, "programmes/public_contacts.html", actor=actor, status=form.status, form=form, allowed=allowed)
