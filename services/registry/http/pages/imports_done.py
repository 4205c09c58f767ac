"""The list of imports that were done, as a page and as a file."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.registry.http.pages.frame import show, transaction
from services.registry.http.pages.imports import noun_word, who_did
from services.registry.usecases.imports.find import IMPORTS, ImportFilter, ListedImport
from services.registry.usecases.imports.nouns import NOUNS
from services.registry.usecases.programmes.find import programmes
from services.registry.words import vocabulary as words
from shared.exports import FileKind
from shared.web import formats
from shared.web.identity import Coordinator
from shared.web.language import _, lazy
from shared.web.lists import Column, ListPage, exported, listed

router = APIRouter(include_in_schema=False)

ADDRESS = "/registry/imports"


def _name(row: ListedImport) -> str:
    return row.upload.name or _("a list")


def _state(row: ListedImport) -> tuple[str, str]:
    return (_("undone"), "neutral") if row.upload.undone else (_("imported"), "good")


LIST: ListPage[ListedImport] = ListPage(
    listing=IMPORTS,
    filters=ImportFilter,
    columns=(
        Column(
            lazy("List"),
            _name,
            look="title",
            order="name",
            link=lambda row: f"/registry/import/{row.upload.id}",
        ),
        Column(lazy("What it is a list of"), lambda row: noun_word(row.upload.noun), order="noun"),
        Column(lazy("Programme"), lambda row: row.upload.programme),
        Column(lazy("By"), who_did),
        Column(lazy("Status"), _state, look="badge"),
        Column(lazy("When"), lambda row: f"{formats.moment(row.upload.created_at)} UTC", order="when"),
    ),
    file=(
        ("id", lambda row: str(row.upload.id)),
        ("list", _name),
        ("noun", lambda row: row.upload.noun),
        ("programme", lambda row: row.upload.programme),
        ("undone", lambda row: "yes" if row.upload.undone else ""),
        ("when", lambda row: row.upload.created_at.isoformat()),
    ),
)


@router.get("/imports")
async def import_list(request: Request, actor: Coordinator) -> Response:
    found = await listed(request, actor, LIST, address=ADDRESS)
    async with transaction(request) as session:
        known = await programmes(session, actor)
    choices = {
        "programme": words.programme_choices(known),
        "noun": [(name, noun_word(name)) for name in NOUNS],
        "undone": [("true", _("undone")), ("false", _("imported"))],
    }
    return show(request, "imports/list.html", actor=actor, status=found.chosen.status, list=found, choices=choices)


@router.get("/imports.{kind}")
async def import_file(request: Request, actor: Coordinator, kind: FileKind) -> Response:
    return await exported(request, actor, LIST, kind, name="imports")
