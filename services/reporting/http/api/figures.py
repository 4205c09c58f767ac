"""`/figures`: the numbers, and `/figures/{rule}/activities`: what was counted."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from services.reporting.figures.answering import answer, answers
from services.reporting.figures.drill_down import MOST, Counted, Page, drill_down
from services.reporting.figures.figure import Figure
from services.reporting.figures.question import Question
from services.reporting.figures.sheets import activities_sheet, figure_sheet
from services.reporting.http.asking import Asked, AskedBehind, Filters
from shared.database import Session
from shared.web.identity import Viewer
from shared.web.requests import service_of

router = APIRouter(tags=["figures"])
_CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}


class Figures(BaseModel):
    items: list[Figure]
    next: None = None


@router.get("/figures", summary="Count by the newest version of each rule")
async def list_figures(request: Request, actor: Viewer, filters: Annotated[Filters, Query()]) -> Figures:
    """One figure for each counting rule, narrowed alike."""
    questions = filters.within(actor).questions(actor)
    async with service_of(request).database.reading() as reading:
        found = await answers(reading, questions)
    return Figures(items=found)


@router.get("/figures/{rule}", summary="Count by one rule", responses=_CSV, response_model=Figure)
async def figure(request: Request, actor: Viewer, rule: str, asked: Annotated[Asked, Query()]) -> Response:
    """A figure with its rule, what is unknown about it, its groups, and the address of what was counted."""
    question = asked.within(actor).question(rule, actor)
    async with service_of(request).database.reading() as reading:
        found = await answer(reading, question)
    if asked.format == "csv":
        return _download(figure_sheet(found), question.rule.id)
    return JSONResponse(found.model_dump(mode="json"))


@router.get(
    "/figures/{rule}/outputs",
    name="outputs",
    summary="List outputs that were counted",
    responses=_CSV,
    response_model=Page,
)
@router.get(
    "/figures/{rule}/activities",
    name="activities",
    summary="List what was counted",
    responses=_CSV,
    response_model=Page,
)
async def behind(request: Request, actor: Viewer, rule: str, asked: Annotated[AskedBehind, Query()]) -> Response:
    """The rows behind a figure, newest first, each with what it contributes. The CSV is always the whole list."""
    question = asked.within(actor).question(rule, actor)
    async with service_of(request).database.transaction() as session:
        if asked.format == "csv":
            lines = [line async for line in _all_behind(session, question, asked)]
            sheet = activities_sheet(lines, question.rule.id, question.as_of)
            return _download(sheet, f"{question.rule.id}-{question.rule.subject.lists}")
        page = await drill_down(session, question, **asked.list, cursor=asked.after, limit=asked.limit)
    return JSONResponse(page.model_dump(mode="json"))


async def _all_behind(session: Session, question: Question, asked: AskedBehind) -> AsyncIterator[Counted]:
    cursor: str | None = None
    while True:
        page = await drill_down(session, question, **asked.list, cursor=cursor, limit=MOST)
        for line in page.items:
            yield line
        cursor = page.next
        if cursor is None:
            return


def _download(sheet: str, name: str) -> Response:
    # The mark at the beginning tells Excel that the file is UTF-8.
    headers = {"content-disposition": f'attachment; filename="{name}.csv"'}
    return Response("\ufeff" + sheet, media_type="text/csv; charset=utf-8", headers=headers)
