"""An organisation: what is known of it, its units, and what happened to it."""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.registry.http.pages.frame import show, transaction
from services.registry.http.pages.history import history_of
from services.registry.models import Organisation, existing
from services.registry.models.organisation import parent_of, units_of
from services.registry.nouns import ORGANISATION
from shared.web.identity import Viewer

router = APIRouter(include_in_schema=False)


@router.get("/organisations/{organisation_id}")
async def organisation_page(request: Request, organisation_id: UUID, actor: Viewer) -> Response:
    async with transaction(request) as session:
        organisation = await existing(session, Organisation, organisation_id, actor=actor)
        parent = await parent_of(session, organisation)
        units = await units_of(session, organisation)
        happened = await history_of(session, ORGANISATION, organisation_id, actor)
    return show(
        request,
        "organisations/one.html",
        actor=actor,
        organisation=organisation,
        parent=parent,
        units=units,
        happened=happened,
    )
