"""Imports: a file is sent, its report is read, and exactly that is accepted or left alone."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, UploadFile
from pydantic import BaseModel
from starlette.responses import Response

from services.registry.http.api.answers import Answer, problems
from services.registry.http.api.work import Plain
from services.registry.models import Upload
from services.registry.models.errors.programme import UnknownProgramme
from services.registry.models.upload import UploadNotFound
from services.registry.sheets.errors import (
    BrokenQuotes,
    ColumnTwice,
    EmptyFile,
    FileTooLarge,
    ImportOutdated,
    NoRows,
    NotATable,
    NothingToBeTheSameAs,
    RowsWithErrors,
    UnknownEncoding,
    UnknownRow,
    UnknownSheet,
    WrongColumns,
)
from services.registry.sheets.files import ImportedFile
from services.registry.sheets.report import Imported, ImportReport
from services.registry.usecases.imports.accept import AcceptImport
from services.registry.usecases.imports.upload import accept_upload, keep_upload, preview_upload
from shared.web.application import UPLOAD_LIMIT
from shared.web.identity import Editor

router = APIRouter(tags=["Imports"])

UNREADABLE = (EmptyFile, FileTooLarge, NotATable, UnknownEncoding, BrokenQuotes, UnknownSheet)
NO_LIST = (WrongColumns, ColumnTwice, NoRows)


class ImportView(BaseModel):
    """An import that waits to be accepted, with its report; or one that was, with what it did."""

    id: UUID
    report: ImportReport | None = None
    result: Imported | None = None


@router.post(
    "/imports",
    summary="Send a list of activities, and see what importing it would do",
    status_code=201,
    response_model=ImportView,
    responses=problems(UnknownProgramme, *UNREADABLE, *NO_LIST),
    max_body_size=UPLOAD_LIMIT,
)
async def post_import(
    file: Annotated[UploadFile, File(description="CSV (UTF-8 or Windows-1251) or an Excel workbook (.xlsx).")],
    programme: Annotated[str, Form(description="The programme's code.")],
    actor: Editor,
    work: Plain,
    sheet: Annotated[str | None, Form(description="A sheet's name; without it, the first with known columns.")] = None,
) -> Response:
    """Nothing is written. The file is kept for a day or two; the report is made anew each time it is read."""
    given = ImportedFile(file.filename or "", await file.read(), sheet or None)
    async with work.transaction() as session:
        upload = await keep_upload(session, given, programme, actor=actor, clock=work.clock)
        report = await preview_upload(session, upload, clock=work.clock)
    location = f"{work.request.url.path}/{upload.id}"
    return Answer(201, _view(upload, report), {"location": location}).response()


@router.get(
    "/imports/{upload_id}",
    summary="What an import would do now, or what it did",
    response_model=ImportView,
    responses=problems(UploadNotFound),
)
async def get_import(upload_id: UUID, actor: Editor, work: Plain) -> Response:
    async with work.transaction() as session:
        upload = await session.get(Upload, upload_id)
        if upload is None:
            raise UploadNotFound
        report = None if upload.result else await preview_upload(session, upload, clock=work.clock)
    return Answer(200, _view(upload, report)).response()


@router.post(
    "/imports/{upload_id}/accept",
    summary="Do exactly what the report says",
    response_model=Imported,
    responses=problems(UploadNotFound, ImportOutdated, RowsWithErrors, UnknownRow, NothingToBeTheSameAs),
)
async def accept_import(upload_id: UUID, command: AcceptImport, actor: Editor, work: Plain) -> Response:
    """All of it or nothing. `choices` says by row number what to do otherwise: `skip` a row, or treat it as the `same`
    as the match it is shown beside. Accepted again, it answers what it did the first time."""
    async with work.transaction() as session:
        done = await accept_upload(session, upload_id, command, actor=actor, clock=work.clock)
    return Answer(200, done.model_dump(mode="json")).response()


def _view(upload: Upload, report: ImportReport | None) -> dict[str, object]:
    result = Imported.model_validate(upload.result) if upload.result else None
    return ImportView(id=upload.id, report=report, result=result).model_dump(mode="json")
