"""Organisations: agencies, donors, implementers, partners."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from services.registry.http.api import examples
from services.registry.http.api.answers import CHANGING, ListOf, list_of, state_of
from services.registry.http.api.patches import Patch, patch_of, patched
from services.registry.http.api.work import Once, Plain, Seen
from services.registry.models import Organisation, OrganisationView, existing, locked
from services.registry.models.errors.organisation import OrganisationNotFound, UnknownOrganisation
from services.registry.models.errors.programme import UnknownProgramme
from services.registry.models.errors.request import KeyReused
from services.registry.usecases.organisations.add import (
    AddOrganisation,
    OrganisationDescription,
    UpdateOrganisation,
    add_organisation,
    update_organisation,
)
from services.registry.usecases.organisations.find import ORGANISATIONS, OrganisationFilter, Sort
from shared.listing import BadCursor, Page
from shared.web.documented import problems
from shared.web.identity import Coordinator, Viewer

router = APIRouter(tags=["Organisations"])


class OrganisationQuery(OrganisationFilter):
    """Which organisations, in which order, and which page of them."""

    sort: Annotated[Sort, Field(description="`-` is descending.")] = "name"
    after: Annotated[str | None, Field(description="`next` of the page before.")] = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100


@router.get(
    "/organisations",
    summary="Find organisations",
    response_model=ListOf[OrganisationView],
    responses=problems(BadCursor),
)
async def list_organisations(sought: Annotated[OrganisationQuery, Query()], actor: Viewer, work: Plain) -> Response:
    """Several values of one field mean any of them, several fields mean all."""
    async with work.transaction() as session:
        page = await ORGANISATIONS.find(
            session, sought, actor=actor, sort=sought.sort, after=sought.after, limit=sought.limit
        )
    return list_of(OrganisationView, Page([each.organisation for each in page.items], page.next)).response()


@router.post(
    "/organisations",
    summary="Add an organisation",
    status_code=201,
    response_model=OrganisationView,
    responses=problems(UnknownProgramme, UnknownOrganisation, KeyReused),
)
async def post_organisation(
    command: Annotated[AddOrganisation, examples.ORGANISATION], actor: Coordinator, work: Once
) -> Response:
    return await work.change(actor, add_organisation, command, OrganisationView, status=201)


@router.get(
    "/organisations/{organisation_id}",
    summary="An organisation",
    response_model=OrganisationView,
    responses=problems(OrganisationNotFound),
)
async def get_organisation(organisation_id: UUID, actor: Viewer, work: Plain) -> Response:
    async with work.transaction() as session:
        return state_of(
            OrganisationView, await existing(session, Organisation, organisation_id, actor=actor)
        ).response()


@router.patch(
    "/organisations/{organisation_id}",
    summary="Correct what is known about an organisation",
    response_model=OrganisationView,
    responses=problems(OrganisationNotFound, UnknownOrganisation, *CHANGING),
    openapi_extra=patch_of(OrganisationDescription),
)
async def patch_organisation(
    organisation_id: UUID, patch: Patch, actor: Coordinator, work: Plain, seen: Seen
) -> Response:
    async with work.transaction() as session:
        present = await locked(session, Organisation, organisation_id, seen=seen, actor=actor)
        description = patched(OrganisationDescription, present, patch)
        command = UpdateOrganisation(organisation_id=organisation_id, **description.model_dump())
        changed = await update_organisation(session, command, actor=actor, clock=work.clock)
    return state_of(OrganisationView, changed).response()
