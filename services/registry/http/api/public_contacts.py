"""The contacts of offices that may stand in texts for everybody."""

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from services.registry.http.api.answers import Answer
from services.registry.http.api.work import Once, Plain
from services.registry.models.errors.programme import UnknownProgramme
from services.registry.models.errors.request import KeyReused
from services.registry.models.public_contact import NoContact
from services.registry.usecases.programmes.public_contacts import AllowContact, allow_contact, allowed_contacts
from services.registry.usecases.rights import allow
from shared.database import Session
from shared.web.documented import problems
from shared.web.identity import Editor

router = APIRouter(tags=["Programmes"])


class PublicContacts(BaseModel):
    """The e-mail addresses and telephone numbers that may stand in a programme's public texts."""

    values: list[str]


@router.get(
    "/public-contacts",
    summary="Contacts that may stand in public texts",
    response_model=PublicContacts,
    responses=problems(),
)
async def list_public_contacts(programme: str, actor: Editor, work: Plain) -> Response:
    allow(actor, "editor", programme=programme)
    async with work.transaction() as session:
        return Answer(200, {"values": list(await allowed_contacts(session, programme))}).response()


@router.post(
    "/public-contacts",
    summary="Say that a contact is an office's and may stand in public texts",
    response_model=PublicContacts,
    responses=problems(UnknownProgramme, NoContact, KeyReused),
)
async def post_public_contact(command: AllowContact, actor: Editor, work: Once) -> Response:
    async def do(session: Session) -> Answer:
        values = await allow_contact(session, command, actor=actor, clock=work.clock)
        return Answer(200, {"values": list(values)})

    return await work.once(actor, do)
