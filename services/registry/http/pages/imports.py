"""Import a list of activities: choose a file, see what each row would do, accept it, see what it did.

The file waits in the database between the two steps, so the report has an address of its own and is made anew each time
it is looked at.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import Response

from services.registry.http.pages.frame import Done, accept, explained, programmes, show, transaction
from services.registry.models import Upload
from services.registry.models.upload import UploadNotFound
from services.registry.nouns import ACTIVITY
from services.registry.sheets.files import ImportedFile, read_table
from services.registry.sheets.layout import known_columns, layout_of
from services.registry.sheets.report import Finding, Imported, ImportReport, Outcome, RowReport
from services.registry.usecases.imports.accept import AcceptImport, import_activities, preview_import
from services.registry.usecases.imports.activity import KIND_BLANK, PERHAPS_AHEAD
from services.registry.words import vocabulary as words
from shared.database import Session
from shared.errors import DomainError, NotFound
from shared.identifiers import new_id
from shared.identity import Actor
from shared.web.application import UPLOAD_LIMIT
from shared.web.forms import Form
from shared.web.identity import Editor
from shared.web.language import _, ngettext, spoken
from shared.web.pages import see_other
from shared.web.requests import clock_of

router = APIRouter(include_in_schema=False)

_SHOWN = 200  # rows of one outcome: more than somebody reads, few enough for a slow laptop


class NoFileChosen(DomainError):
    """No file is chosen: choose the CSV file or the Excel workbook that holds the list."""

    slug = "no-file-chosen"


@router.get("/import")
async def choose_page(request: Request, actor: Editor) -> Response:
    return await _choose(request, actor, Form())


@router.post("/import", max_body_size=UPLOAD_LIMIT)
async def upload(request: Request, actor: Editor) -> Response:
    form = await Form.sent(request)
    try:
        if "file" not in form.files:
            raise NoFileChosen(field="file")
        given = form.files["file"]
        file = ImportedFile(given.filename or "", await given.read(), form.value("sheet") or None)
        await given.close()
        await asyncio.to_thread(lambda: layout_of(read_table(file, known_columns)))  # what cannot be read is not kept
        async with transaction(request) as session:
            programme = form.value("programme") or next((each.code for each in await programmes(session)), "")
            kept = Upload(
                id=new_id(),
                actor_id=actor.id,
                name=file.name[:200],
                programme=programme,
                sheet=file.sheet,
                content=file.content,
                created_at=clock_of(request).now(),
            )
            session.add(kept)
        return see_other(request, f"/registry/import/{kept.id}")
    except DomainError as error:
        form.refused(error)
        form.errors = {"file": explained(error)}
        return await _choose(request, actor, form)


@router.get("/import/{upload_id}")
async def report_page(request: Request, upload_id: UUID, actor: Editor) -> Response:
    async with transaction(request) as session:
        kept = await _kept(session, upload_id)
        if kept.result is not None:
            return _result(request, actor, kept)
    return await _report(request, actor, kept, Form())


@router.post("/import/{upload_id}")
async def accept_import(request: Request, upload_id: UUID, actor: Editor) -> Response:
    form = await Form.sent(request)
    async with transaction(request) as session:
        kept = await _kept(session, upload_id)
    try:
        command = form.parse(AcceptImport)

        async def do(session: Session) -> Done:
            file = ImportedFile(kept.name, kept.content, kept.sheet)
            clock = clock_of(request)
            done = await import_activities(session, file, kept.programme, command, actor=actor, clock=clock)
            stored = await session.get_one(Upload, upload_id)
            stored.content, stored.result = b"", done.model_dump(mode="json")
            return Done(f"/registry/import/{upload_id}", _summary(done))

        if kept.result is not None:
            return see_other(request, f"/registry/import/{upload_id}")
        return await accept(request, actor, form, do)
    except NotFound:
        raise
    except ValidationError as error:
        return await _report(request, actor, kept, form.refused(error))
    except DomainError as error:
        form.refused(error)
        form.errors = {"": explained(error)}
        return await _report(request, actor, kept, form)


async def _kept(session: Session, upload_id: UUID) -> Upload:
    """Raises: UploadNotFound."""
    found = await session.get(Upload, upload_id)
    if found is None:
        raise UploadNotFound
    return found


async def _choose(request: Request, actor: Actor, form: Form) -> Response:
    async with transaction(request) as session:
        known = await programmes(session)
    choices = [(each.code, words.text(each.short_name) or each.code) for each in known]
    return show(request, "imports/choose.html", actor=actor, status=form.status, form=form, programmes=choices)


@dataclass(frozen=True)
class Group:
    """The rows of one outcome; so many of them are shown."""

    outcome: Outcome
    heading: str
    about: str
    rows: Sequence[RowReport]
    total: int


def _groups(report: ImportReport) -> list[Group]:
    """What needs attention first."""
    headings: dict[Outcome, tuple[str, str]] = {
        "error": (_("Rows with errors"), _("Correct them in the file and choose it again, or leave them out.")),
        "likely-duplicate": (
            _("Likely recorded already"),
            _("Each is shown beside what it resembles. It is imported unless you say otherwise."),
        ),
        "changed": (_("Changes of what is recorded"), _("What the list says replaces what is recorded.")),
        "new": (_("New activities"), ""),
        "unchanged": (_("Recorded already, nothing new"), ""),
    }
    groups = []
    for outcome, (heading, about) in headings.items():
        rows = [row for row in report.rows if row.outcome == outcome]
        if rows:
            groups.append(Group(outcome, heading, about, rows[:_SHOWN], len(rows)))
    return groups


async def _report(request: Request, actor: Actor, kept: Upload, form: Form) -> Response:
    async with transaction(request) as session:
        file = ImportedFile(kept.name, kept.content, kept.sheet)
        try:
            report = await preview_import(session, file, kept.programme, clock=clock_of(request))
        except DomainError as error:
            form.refused(error)
            form.errors = {"file": explained(error)}
            return await _choose(request, actor, form)
    will_write = report.counts["new"] + report.counts["likely-duplicate"] + report.counts["changed"]
    return show(
        request,
        "imports/report.html",
        actor=actor,
        status=form.status,
        form=form,
        upload=kept,
        report=report,
        groups=_groups(report),
        will_write=will_write,
        reason=_reason,
        remark=_remark,
        form_of=_form_of,
        field_name=_field_name,
    )


def _result(request: Request, actor: Actor, kept: Upload) -> Response:
    done = Imported.model_validate(kept.result)
    outcomes = {"created": _("recorded"), "changed": _("changed"), "merged": _("recorded and merged")}
    return show(
        request,
        "imports/result.html",
        actor=actor,
        upload=kept,
        done=done,
        rows=done.rows[:_SHOWN],
        summary=_summary(done),
        outcomes=outcomes,
    )


def _summary(done: Imported) -> str:
    created = ngettext("%(num)d activity recorded", "%(num)d activities recorded", done.created + done.merged)
    changed = ngettext("%(num)d changed", "%(num)d changed", done.changed)
    parts = [created % {"num": done.created + done.merged}, changed % {"num": done.changed}]
    return ", ".join(parts) + "."


def _reason(finding: Finding) -> str:
    """What is wrong with a cell, and what to do."""
    remedy = _(finding.remedy)
    if spoken() != "en":
        return remedy
    return remedy if finding.reason == finding.remedy else f"{finding.reason} {remedy}"


def _remark(remark: str) -> str:
    known = {
        KIND_BLANK: _("The kind is blank: it is recorded as “other”."),
        PERHAPS_AHEAD: _("Its date may still lie ahead, and nothing says that it is planned: it is recorded as held."),
    }
    return known.get(remark, remark)


def _form_of(report: ImportReport) -> str:
    """What the file was read as."""
    known = {"comma": _("comma"), "semicolon": _("semicolon"), "tab": _("tab")}
    return ", ".join(known.get(part, part) for part in report.form.split(", "))


def _field_name(field: str) -> str:
    return str(ACTIVITY.words.fields.get(field, field))
