"""Outputs: found, planned, corrected, drafted, translated, handed over, dropped."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from services.registry.http.api import examples
from services.registry.http.api.answers import CHANGING, ListOf, list_of, state_of
from services.registry.http.api.patches import Patch, patch_of, patched
from services.registry.http.api.steps import add_steps
from services.registry.http.api.work import Once, Plain, Seen
from services.registry.models import Output, OutputView, existing, locked
from services.registry.models.errors.organisation import UnknownOrganisation
from services.registry.models.errors.output import (
    HandedOverBeforeDrafted,
    NobodyReceived,
    OutputCodeTaken,
    OutputDropped,
    OutputNotFound,
    StepStillAhead,
    UnknownActivity,
)
from services.registry.models.errors.programme import (
    UnknownComponent,
    UnknownPhase,
    UnknownProgramme,
    YearOutOfBounds,
)
from services.registry.models.errors.request import KeyReused
from services.registry.nouns import OUTPUT
from services.registry.usecases.outputs.find import OUTPUTS, OutputFilter, Sort
from services.registry.usecases.outputs.plan import (
    OutputDescription,
    PlanOutput,
    UpdateOutput,
    plan_output,
    update_output,
)
from services.registry.usecases.outputs.steps import STEPS
from shared.listing import BadCursor
from shared.web.documented import problems
from shared.web.identity import Editor, Viewer

router = APIRouter(tags=["Outputs"])

FIELDS = (
    *(UnknownPhase, UnknownComponent, UnknownActivity, UnknownOrganisation),
    *(NobodyReceived, StepStillAhead, HandedOverBeforeDrafted, YearOutOfBounds, OutputCodeTaken),
)


class OutputQuery(OutputFilter):
    """Which outputs, in which order, and which page of them."""

    sort: Annotated[Sort, Field(description="`-` is descending.")] = "title"
    after: Annotated[str | None, Field(description="`next` of the page before.")] = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


@router.get("/outputs", summary="Find outputs", response_model=ListOf[OutputView], responses=problems(BadCursor))
async def list_outputs(sought: Annotated[OutputQuery, Query()], actor: Viewer, work: Plain) -> Response:
    """Several values of one field mean any of them, several fields mean all."""
    async with work.transaction() as session:
        page = await OUTPUTS.find(
            session, sought, actor=actor, sort=sought.sort, after=sought.after, limit=sought.limit
        )
    return list_of(OutputView, page).response()


@router.post(
    "/outputs",
    summary="Plan an output, or record one that exists",
    status_code=201,
    response_model=OutputView,
    responses=problems(UnknownProgramme, *FIELDS, KeyReused),
)
async def post_output(command: Annotated[PlanOutput, examples.OUTPUT], actor: Editor, work: Once) -> Response:
    """Its status follows from what is said of it: with a handover it is handed over, with a translation translated."""
    return await work.change(actor, plan_output, command, OutputView, status=201)


@router.get("/outputs/{output_id}", summary="An output", response_model=OutputView, responses=problems(OutputNotFound))
async def get_output(output_id: UUID, actor: Viewer, work: Plain) -> Response:
    async with work.transaction() as session:
        return state_of(OutputView, await existing(session, Output, output_id, actor=actor)).response()


@router.patch(
    "/outputs/{output_id}",
    summary="Correct or complete what is known about an output",
    response_model=OutputView,
    responses=problems(OutputNotFound, OutputDropped, *FIELDS, *CHANGING),
    openapi_extra=patch_of(OutputDescription),
)
async def patch_output(output_id: UUID, patch: Patch, actor: Editor, work: Plain, seen: Seen) -> Response:
    """A translation or a handover that was recorded by mistake is left out of its list."""
    async with work.transaction() as session:
        present = await locked(session, Output, output_id, seen=seen, actor=actor)
        description = patched(OutputDescription, present, patch)
        command = UpdateOutput(output_id=output_id, **description.model_dump())
        changed = await update_output(session, command, actor=actor, clock=work.clock)
    return state_of(OutputView, changed).response()


add_steps(router, OUTPUT, OutputView, STEPS)
