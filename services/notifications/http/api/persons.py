"""What a person was told, for the person who asks for it. The registry gives the keys with its part of the export."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from services.notifications.deliveries.personal import MailsOfPerson, mails_of_person
from shared.web.identity import Editor
from shared.web.requests import service_of
from shared.web.security_log import about, noted

router = APIRouter(tags=["Persons"])

PersonKey = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{16,64}$", description="One of the registry's `person_keys`.")]


@router.get(
    "/persons/{person_key}/export",
    summary="How a person is reached, and each mail to them, for the person who asks for it",
    dependencies=[noted("person-exported")],
)
async def get_person_export(
    request: Request, response: Response, actor: Editor, person_key: PersonKey
) -> MailsOfPerson:
    async with service_of(request).database.transaction() as session:
        found = await mails_of_person(session, person_key, actor=actor)
    about(request, found.person_key)
    response.headers["cache-control"] = "no-store"
    response.headers["content-disposition"] = f'attachment; filename="mails-{found.person_key}.json"'
    return found
