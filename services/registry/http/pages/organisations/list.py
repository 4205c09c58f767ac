"""The list of the organisations that programmes work with."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.registry.http.pages.files import OTHERS, USUAL, in_languages
from services.registry.http.pages.frame import show, transaction
from services.registry.sheets import cells
from services.registry.usecases.organisations.find import ORGANISATIONS, ListedOrganisation, OrganisationFilter
from services.registry.usecases.programmes.find import programmes
from services.registry.words import vocabulary as words
from shared.exports import FileKind
from shared.web.identity import Viewer
from shared.web.language import lazy
from shared.web.lists import Column, ListPage, exported, listed

router = APIRouter(include_in_schema=False)

ADDRESS = "/registry/organisations"


def _address(row: ListedOrganisation) -> str:
    return f"{ADDRESS}/{row.organisation.id}"


LIST: ListPage[ListedOrganisation] = ListPage(
    listing=ORGANISATIONS,
    filters=OrganisationFilter,
    columns=(
        Column(lazy("Name"), lambda row: words.named(row.organisation), look="title", order="name", link=_address),
        Column(lazy("Kind"), lambda row: words.organisation_kinds()[row.organisation.kind], order="kind"),
        Column(lazy("Country"), lambda row: words.country(row.organisation.country), order="country"),
        Column(lazy("Unit of"), lambda row: words.text(row.parent) if row.parent else "–"),
    ),
    file=(
        ("id", lambda row: str(row.organisation.id)),
        *in_languages("name", lambda row: row.organisation.name, USUAL),
        *in_languages("short_name", lambda row: row.organisation.short_name, USUAL),
        ("kind", lambda row: "" if row.organisation.kind == "unknown" else row.organisation.kind),
        ("country", lambda row: cells.country_cell(row.organisation.country)),
        ("parent", lambda row: words.text(row.parent) if row.parent else ""),
        ("parent_id", lambda row: str(row.organisation.parent_id or "")),
        *in_languages("name", lambda row: row.organisation.name, OTHERS),
        *in_languages("short_name", lambda row: row.organisation.short_name, OTHERS),
    ),
)


@router.get("/organisations")
async def organisation_list(request: Request, actor: Viewer) -> Response:
    found = await listed(request, actor, LIST, address=ADDRESS)
    async with transaction(request) as session:
        known = await programmes(session, actor)
    choices = {
        "programme": words.programme_choices(known),
        "kind": list(words.organisation_kinds().items()),
        "country": words.countries_of(known),
    }
    return show(
        request,
        "organisations/list.html",
        actor=actor,
        status=found.chosen.status,
        list=found,
        choices=choices,
    )


@router.get("/organisations.{kind}")
async def organisation_file(request: Request, actor: Viewer, kind: FileKind) -> Response:
    return await exported(request, actor, LIST, kind, name="organisations")
