"""The list of outputs, as a page and as a file in the layout that the import reads."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.registry.http.pages.files import OTHERS, USUAL, FileColumn, in_languages
from services.registry.http.pages.frame import show, transaction
from services.registry.models import Output
from services.registry.sheets import cells
from services.registry.usecases.outputs.find import OUTPUTS, OutputFilter, codes_of_activities
from services.registry.usecases.outputs.sheet import handover_cell, translation_cell
from services.registry.usecases.programmes.find import programmes
from services.registry.words import vocabulary as words
from services.registry.words.output import handover
from shared.exports import FileKind
from shared.web import formats
from shared.web.identity import Viewer
from shared.web.language import lazy
from shared.web.lists import Column, ListPage, exported, listed
from shared.web.vocabulary import output_kinds, output_statuses

router = APIRouter(include_in_schema=False)

ADDRESS = "/registry/outputs"
LOOKS = {"planned": "waiting", "handed-over": "good", "dropped": "bad"}


def _part(output: Output) -> str | None:
    return " · ".join(filter(None, (output.phase, output.component))) or None


def _languages(output: Output) -> str | None:
    codes = dict.fromkeys((*output.languages, *(each.language for each in output.translations)))
    return ", ".join(formats.language(code) for code in codes) or None


def _received(output: Output) -> str:
    return "; ".join(handover(each.model_dump(mode="json")) for each in output.handovers) or "–"


def _file(codes: Mapping[UUID, str]) -> Sequence[FileColumn]:
    """What a file holds of each output; activities by their codes."""
    return (
        ("id", lambda each: each.code),
        *in_languages("title", lambda each: each.title, USUAL),
        ("kind", lambda each: each.kind),
        ("phase", lambda each: each.phase),
        ("component", lambda each: each.component),
        ("activities", lambda each: cells.joined(codes[key] for key in each.activities if key in codes)),
        ("series", lambda each: each.series),
        ("expected", lambda each: str(each.expected or "")),
        ("languages", lambda each: "; ".join(each.languages)),
        ("drafted_on", lambda each: str(each.drafted_on or "")),
        ("translations", lambda each: cells.joined(map(translation_cell, each.translations))),
        ("handovers", lambda each: cells.joined(map(handover_cell, each.handovers))),
        ("sources", lambda each: cells.joined(each.sources)),
        ("status", lambda each: each.status),
        ("status_reason", lambda each: each.status_reason),
        *in_languages("title", lambda each: each.title, OTHERS),
        *in_languages("description", lambda each: each.description),
    )


LIST: ListPage[Output] = ListPage(
    listing=OUTPUTS,
    filters=OutputFilter,
    columns=(
        Column(
            lazy("Title"),
            lambda each: words.text(each.title),
            look="title",
            order="title",
            link=lambda each: f"{ADDRESS}/{each.id}",
        ),
        Column(lazy("Kind"), lambda each: output_kinds()[each.kind]),
        Column(lazy("Part"), _part),
        Column(lazy("Languages"), _languages),
        Column(lazy("Handed over to"), _received),
        Column(
            lazy("Status"),
            lambda each: (output_statuses()[each.status], LOOKS.get(each.status, "neutral")),
            look="badge",
            order="status",
        ),
    ),
    file=(),
)


@router.get("/outputs")
async def output_list(request: Request, actor: Viewer) -> Response:
    found = await listed(request, actor, LIST, address=ADDRESS)
    async with transaction(request) as session:
        known = await programmes(session, actor)
    choices = {
        "programme": words.programme_choices(known),
        "phase": [(phase.code, words.phase_name(phase)) for each in known for phase in each.phases],
        "status": list(output_statuses().items()),
        "kind": list(output_kinds().items()),
        "country": words.countries_of(known),
    }
    return show(request, "outputs/list.html", actor=actor, status=found.chosen.status, list=found, choices=choices)


@router.get("/outputs.{kind}")
async def output_file(request: Request, actor: Viewer, kind: FileKind) -> Response:
    async with transaction(request) as session:
        codes = await codes_of_activities(session, actor)
    return await exported(request, actor, replace(LIST, file=_file(codes)), kind, name="outputs")
