"""Imports: a file is sent, its report is read, and exactly that is accepted or left alone."""

from datetime import datetime
from typing import Annotated, Literal, get_args
from uuid import UUID

from fastapi import APIRouter, Depends, File, Form, Query, UploadFile
from pydantic import BaseModel, Field, Json, field_validator
from starlette.responses import Response

from services.registry.http.api.answers import Answer, ListOf, list_of
from services.registry.http.api.work import Plain, Work
from services.registry.models import Upload
from services.registry.models.errors.imports import BuiltOnImport, NothingImported, UndoOutdated
from services.registry.models.errors.programme import UnknownProgramme
from services.registry.models.upload import UploadNotFound
from services.registry.sheets.errors import (
    BrokenQuotes,
    ColumnTwice,
    EmptyFile,
    EncodingNotCertain,
    FileTooLarge,
    ImportOutdated,
    NoRows,
    NotATable,
    NothingToBeTheSameAs,
    RowsToDecide,
    RowsWithErrors,
    TookTooLong,
    TooLittleMemory,
    UnknownColumn,
    UnknownEncoding,
    UnknownRow,
    UnknownSheet,
    WrongColumns,
)
from services.registry.sheets.files import ImportedFile, Reading
from services.registry.sheets.report import Imported, ImportReport, Undoing, Undone
from services.registry.usecases.imports.accept import AcceptImport
from services.registry.usecases.imports.find import IMPORTS, ImportFilter, Sort
from services.registry.usecases.imports.nouns import NOUNS
from services.registry.usecases.imports.undo import UndoImport, preview_undo, undo_import
from services.registry.usecases.imports.upload import (
    accept_upload,
    cancel_upload,
    examine_upload,
    keep_upload,
    kept_upload,
    read_otherwise,
)
from shared.errors import DomainError
from shared.identity import Actor
from shared.listing import BadCursor, Page
from shared.web.application import UPLOAD_LIMIT
from shared.web.documented import problems
from shared.web.identity import Coordinator, Editor
from shared.web.requests import apart_of, takes_long, while_connected

router = APIRouter(tags=["Imports"], dependencies=[Depends(takes_long)])

UNREADABLE = (EmptyFile, FileTooLarge, NotATable, UnknownEncoding, BrokenQuotes, UnknownSheet)
NO_LIST = (WrongColumns, ColumnTwice, NoRows, UnknownColumn, TooLittleMemory, TookTooLong)


Listed = Literal["activities", "organisations", "outputs"]


class ImportView(BaseModel):
    """An import that waits to be accepted, with its report; or one that was, with what it did, and what undid it."""

    id: UUID
    report: ImportReport | None = None
    result: Imported | None = None
    undone: Undone | None = None


class DoneView(BaseModel):
    """An import that was done."""

    id: UUID
    name: str
    noun: str
    programme: str
    activity_id: Annotated[UUID | None, Field(description="Whose participants it is a list of.")] = None
    actor_id: UUID
    created_at: datetime
    undone: bool

    @field_validator("undone", mode="before")
    @classmethod
    def _is_undone(cls, undone: object) -> bool:
        return undone is not None and undone is not False


class ImportQuery(ImportFilter):
    """Which imports, in which order, and which page of them."""

    sort: Annotated[Sort, Field(description="`-` is descending.")] = "-when"
    after: Annotated[str | None, Field(description="`next` of the page before.")] = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class Examined(BaseModel):
    """How far the examination of a list is."""

    done: Annotated[int, Field(description="Rows that are examined.")]
    total: Annotated[int, Field(description="Rows there are; 0 while the file is being read.")]
    finished: bool


@router.get(
    "/imports", summary="Imports that were done", response_model=ListOf[DoneView], responses=problems(BadCursor)
)
async def list_imports(sought: Annotated[ImportQuery, Query()], actor: Coordinator, work: Plain) -> Response:
    """Those of programmes of which you are an editor, and your own lists of participants."""
    async with work.transaction() as session:
        page = await IMPORTS.find(
            session, sought, actor=actor, sort=sought.sort, after=sought.after, limit=sought.limit
        )
        return list_of(DoneView, Page([each.upload for each in page.items], page.next)).response()


@router.post(
    "/imports",
    summary="Send a list, and see what importing it would do",
    status_code=201,
    response_model=ImportView,
    responses=problems(UnknownProgramme, *UNREADABLE, *NO_LIST),
    max_body_size=UPLOAD_LIMIT,
)
async def post_import(  # noqa: PLR0917  the fields of a form
    programme: Annotated[str, Form(description="The programme's code.")],
    actor: Editor,
    work: Plain,
    file: Annotated[UploadFile | None, File(description="CSV in any usual encoding, or a workbook (.xlsx).")] = None,
    pasted: Annotated[str | None, Form(description="Rows as they were copied from a sheet, instead of a file.")] = None,
    noun: Annotated[Listed, Form(description="What it is a list of.")] = "activities",
    sheet: Annotated[str | None, Form(description="A sheet's name; without it, the first visible one.")] = None,
    encoding: Annotated[str | None, Form(description="Of a CSV file, where it is not recognised.")] = None,
    phase: Annotated[str | None, Form(description="The phase of new rows that name none.")] = None,
    reading: Annotated[Json[Reading] | None, Form(description="As `PATCH` takes it, as JSON: columns, cells.")] = None,
    wait: Annotated[bool, Form(description="`false`: do not wait for the report; ask for it, or for progress.")] = True,
) -> Response:
    """Nothing is written. The file and its report are kept for a day or two. A client that leaves ends the work."""
    how = {
        **(reading.model_dump() if reading else {}),
        **{name: value for name, value in (("sheet", sheet), ("encoding", encoding)) if value},
        **({"everywhere": {"phase": phase}} if phase else {}),
        "pasted": file is None,
    }
    content = await file.read() if file else (pasted or "").encode()
    given = ImportedFile(file.filename or "" if file else "pasted", content, Reading.model_validate(how))
    async with work.transaction() as session:
        upload = await keep_upload(session, given, programme, noun=noun, actor=actor, clock=work.clock)
    if wait:
        try:
            upload = await _examined(work, actor, upload.id)
        except DomainError:
            await cancel_upload(work.database, upload.id, actor=actor)  # what is no list is not kept
            raise
    location = f"{work.request.url.path}/{upload.id}"
    return _answer(201, upload, {"location": location})


@router.get(
    "/imports/{upload_id}",
    summary="What an import would do, or what it did",
    response_model=ImportView,
    responses=problems(UploadNotFound),
)
async def get_import(upload_id: UUID, actor: Coordinator, work: Plain) -> Response:
    """The report is as of when the list was examined; where something has changed since, accepting it says so."""
    return _answer(200, await _examined(work, actor, upload_id))


@router.get(
    "/imports/{upload_id}/progress",
    summary="How far the examination is",
    response_model=Examined,
    responses=problems(UploadNotFound),
)
async def get_progress(upload_id: UUID, actor: Editor, work: Plain) -> Response:
    async with work.transaction() as session:
        upload = await kept_upload(session, upload_id, actor=actor)
    finished = upload.page is not None or upload.result is not None
    return Answer(200, {"done": upload.done, "total": upload.total, "finished": finished}).response()


@router.patch(
    "/imports/{upload_id}",
    summary="Read the list in another way: sheet, encoding, columns, cells",
    response_model=ImportView,
    responses=problems(UploadNotFound, *UNREADABLE, *NO_LIST),
)
async def patch_import(upload_id: UUID, how: Reading, actor: Editor, work: Plain) -> Response:
    """`columns` says which heading means which field, `everywhere` what holds for new rows that leave a field blank,
    `corrections` what a cell should say, by row and field. It is given whole and replaces what was said before."""
    async with work.transaction() as session:
        await read_otherwise(session, upload_id, how, actor=actor)
    return _answer(200, await _examined(work, actor, upload_id))


@router.delete(
    "/imports/{upload_id}",
    summary="Take a list away without importing it",
    status_code=204,
    responses=problems(UploadNotFound),
)
async def delete_import(upload_id: UUID, actor: Editor, work: Plain) -> Response:
    """Ends its examination, where one is going on."""
    await cancel_upload(work.database, upload_id, actor=actor)
    return Response(status_code=204)


@router.post(
    "/imports/{upload_id}/accept",
    summary="Do exactly what the report says",
    response_model=Imported,
    responses=problems(
        UploadNotFound,
        ImportOutdated,
        RowsWithErrors,
        RowsToDecide,
        EncodingNotCertain,
        UnknownRow,
        NothingToBeTheSameAs,
    ),
)
async def accept_import(upload_id: UUID, command: AcceptImport, actor: Editor, work: Plain) -> Response:
    """All of it or nothing. `choices` says by row number what to do otherwise: `skip` a row, treat it as the `same` as
    the match it is shown beside, `correct` that match by it, or `keep` what a colleague has changed. Rows that ask for
    a choice need one (`undecided` is for all that got none). Accepted again, it answers what it did the first time."""
    async with work.transaction() as session:
        done = await accept_upload(
            session, upload_id, command, actor=actor, clock=work.clock, apart=apart_of(work.request)
        )
    return Answer(200, done.model_dump(mode="json")).response()


@router.get(
    "/imports/{upload_id}/undo",
    summary="What undoing an import would do, and what stands in the way",
    response_model=Undoing,
    responses=problems(UploadNotFound, NothingImported),
)
async def get_undoing(upload_id: UUID, actor: Coordinator, work: Plain) -> Response:
    """Nothing is written."""
    async with work.transaction() as session:
        undoing = await preview_undo(session, upload_id, actor=actor, clock=work.clock)
    return Answer(200, undoing.model_dump(mode="json")).response()


@router.post(
    "/imports/{upload_id}/undo",
    summary="Undo an import",
    response_model=Undone,
    responses=problems(UploadNotFound, NothingImported, UndoOutdated, BuiltOnImport),
)
async def post_undo(upload_id: UUID, command: UndoImport, actor: Coordinator, work: Plain) -> Response:
    """All of it or nothing. What the import recorded is taken out (subscribers hear of it as cancelled, withdrawn or
    dropped, and `entered_by_mistake`), what it changed is as before, what it merged stands for itself again. Where
    something was built on it nothing is undone. A list of participants that was registered is undone in the same way,
    under the address that registering it answered with. Asked again, it answers what it did the first time."""
    async with work.transaction() as session:
        done = await undo_import(session, upload_id, command, actor=actor, clock=work.clock)
    return Answer(200, done.model_dump(mode="json")).response()


async def _examined(work: Work, actor: Actor, upload_id: UUID) -> Upload:
    """The upload with its report."""
    examining = examine_upload(work.database, upload_id, actor=actor, clock=work.clock, apart=apart_of(work.request))
    await while_connected(work.request, examining)
    async with work.transaction() as session:
        return await kept_upload(session, upload_id, actor=actor)


def _answer(status: int, upload: Upload, headers: dict[str, str] | None = None) -> Response:
    """The report is passed on as it is kept: to read and write a long one again would keep others waiting."""
    result = Imported.model_validate(upload.result).model_dump_json().encode() if upload.result else b"null"
    undone = Undone.model_validate(upload.undone).model_dump_json().encode() if upload.undone else b"null"
    parts = (str(upload.id).encode(), upload.report or b"null", result, undone)
    content = b'{"id":"%s","report":%s,"result":%s,"undone":%s}' % parts
    return Response(content, status, headers, "application/json")


assert set(NOUNS) == set(get_args(Listed)), "each noun can be sent"
