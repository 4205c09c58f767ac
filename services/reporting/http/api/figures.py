"""`/figures`: the numbers, and `/figures/{rule}/activities`: what was counted."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from services.reporting.figures.answering import answer, answers
from services.reporting.figures.drill_down import Page, counted_for, drill_down
from services.reporting.figures.figure import Figure
from services.reporting.figures.question import UnaskableQuestion
from services.reporting.figures.sheets import counted_rows, figure_sheet, sheet
from services.reporting.http.asking import Asked, AskedBehind, Filters
from services.reporting.rules import UnknownRule
from shared.exports import BOM, MEDIA_TYPES, workbook
from shared.listing import BadCursor
from shared.web.documented import problems
from shared.web.identity import Viewer
from shared.web.requests import service_of

router = APIRouter(tags=["figures"])
_FILE = {"schema": {"type": "string"}}
_CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": _FILE}}}
_FILES: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": _FILE, MEDIA_TYPES["xlsx"]: _FILE}}}


class Figures(BaseModel):
    items: list[Figure]
    next: None = None


@router.get("/figures", summary="Count by the newest version of each rule", responses=problems(UnaskableQuestion))
async def list_figures(request: Request, actor: Viewer, filters: Annotated[Filters, Query()]) -> Figures:
    """One figure for each counting rule, narrowed alike."""
    questions = filters.within(actor).questions(actor)
    async with service_of(request).database.reading() as reading:
        found = await answers(reading, questions)
    return Figures(items=found)


@router.get(
    "/figures/{rule}",
    summary="Count by one rule",
    responses=_CSV | problems(UnknownRule, UnaskableQuestion),
    response_model=Figure,
)
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
    responses=_FILES | problems(UnknownRule, UnaskableQuestion, BadCursor),
    response_model=Page,
)
@router.get(
    "/figures/{rule}/activities",
    name="activities",
    summary="List what was counted",
    responses=_FILES | problems(UnknownRule, UnaskableQuestion, BadCursor),
    response_model=Page,
)
async def behind(request: Request, actor: Viewer, rule: str, asked: Annotated[AskedBehind, Query()]) -> Response:
    """The rows behind a figure, each with what it contributes. A file (`csv`, `xlsx`) is always the whole list."""
    question = asked.within(actor).question(rule, actor)
    transaction = service_of(request).database.transaction
    if asked.format == "json":
        async with transaction() as session:
            page = await drill_down(
                session, question, **asked.list, sort=asked.sort, after=asked.after, limit=asked.limit
            )
        return JSONResponse(page.model_dump(mode="json"))
    found = counted_for(question, **asked.list).all(transaction, None, actor=actor, sort=asked.sort)
    headings, rows = counted_rows([line async for line in found], question.rule.id, question.as_of)
    name = f"{question.rule.id}-{question.rule.subject.lists}"
    if asked.format == "csv":
        return _download(sheet(headings, rows), name)
    book = await asyncio.to_thread(workbook, name, headings, rows)
    headers = {"content-disposition": f'attachment; filename="{name}.xlsx"'}
    return Response(book, media_type=MEDIA_TYPES["xlsx"], headers=headers)


def _download(content: str, name: str) -> Response:
    # The mark at the beginning tells Excel that the file is UTF-8.
    headers = {"content-disposition": f'attachment; filename="{name}.csv"'}
    return Response(BOM + content, media_type=MEDIA_TYPES["csv"], headers=headers)
