"""Organisations: agencies, donors, implementers, partners."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field
from sqlmodel import SQLModel, col, select
from starlette.responses import Response

from services.registry.http.api import examples
from services.registry.http.api.answers import CHANGING, Answer, ListOf, all_as_json, problems, state_of
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
from shared.contracts.organisations import OrganisationKind
from shared.web.identity import Editor, Viewer

router = APIRouter(tags=["Organisations"])


class OrganisationQuery(SQLModel):
    """Which organisations, and which page of them."""

    model_config = ConfigDict(extra="forbid")  # type: ignore[assignment]

    programme: str | None = None
    country: str | None = None
    kind: OrganisationKind | None = None
    after: Annotated[UUID | None, Field(description="`next` of the page before.")] = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100


@router.get(
    "/organisations",
    summary="Organisations, in the order of their ids",
    response_model=ListOf[OrganisationView],
    responses=problems(),
)
async def list_organisations(sought: Annotated[OrganisationQuery, Query()], actor: Viewer, work: Plain) -> Response:
    query = select(Organisation).order_by(col(Organisation.id)).limit(sought.limit + 1)
    for name in ("programme", "country", "kind"):
        if (value := getattr(sought, name)) is not None:
            query = query.where(col(getattr(Organisation, name)) == value)
    if sought.after is not None:
        query = query.where(col(Organisation.id) > sought.after)
    async with work.transaction() as session:
        found = (await session.exec(query)).all()
    items = all_as_json(OrganisationView, found[: sought.limit])
    more = str(found[sought.limit - 1].id) if len(found) > sought.limit else None
    return Answer(200, {"items": items, "next": more}).response()


@router.post(
    "/organisations",
    summary="Add an organisation",
    status_code=201,
    response_model=OrganisationView,
    responses=problems(UnknownProgramme, UnknownOrganisation, KeyReused),
)
async def post_organisation(
    command: Annotated[AddOrganisation, examples.ORGANISATION], actor: Editor, work: Once
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
        return state_of(OrganisationView, await existing(session, Organisation, organisation_id)).response()


@router.patch(
    "/organisations/{organisation_id}",
    summary="Correct what is known about an organisation",
    response_model=OrganisationView,
    responses=problems(OrganisationNotFound, UnknownOrganisation, *CHANGING),
    openapi_extra=patch_of(OrganisationDescription),
)
async def patch_organisation(organisation_id: UUID, patch: Patch, actor: Editor, work: Plain, seen: Seen) -> Response:
    async with work.transaction() as session:
        present = await locked(session, Organisation, organisation_id, seen=seen)
        description = patched(OrganisationDescription, present, patch)
        command = UpdateOrganisation(organisation_id=organisation_id, **description.model_dump())
        changed = await update_organisation(session, command, actor=actor, clock=work.clock)
    return state_of(OrganisationView, changed).response()
