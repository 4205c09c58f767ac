"""Import a list: choose a file, see what each row would do, accept it, see what it did.

The file waits in the database between the steps, with what examining it found out, so each step has an address of its
own. A long list is examined by a request of its own, beside which the page shows how far it is; who leaves the page
ends it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import ValidationError
from starlette.responses import Response

from services.registry.http.pages.frame import Done, explained, handle, names_of, show, transaction
from services.registry.models import Programme, Upload, existing
from services.registry.sheets.errors import ImportOutdated, WrongColumns
from services.registry.sheets.files import ImportedFile, Reading
from services.registry.sheets.report import (
    Finding,
    Imported,
    ImportReport,
    Obstacle,
    Outcome,
    RowReport,
    Undone,
)
from services.registry.usecases.imports.accept import AcceptImport
from services.registry.usecases.imports.activity import KIND_BLANK, PERHAPS_AHEAD
from services.registry.usecases.imports.examine import ROWS_SHOWN
from services.registry.usecases.imports.find import IMPORTS, ListedImport
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
from services.registry.usecases.programmes.find import programmes
from services.registry.words import activity, organisation, output
from services.registry.words import vocabulary as words
from shared.database import Session
from shared.errors import DomainError, NotFound
from shared.identity import SYSTEM, Actor
from shared.web.application import UPLOAD_LIMIT
from shared.web.forms import Form
from shared.web.identity import Coordinator, Editor
from shared.web.language import _, ngettext, spoken
from shared.web.pages import see_other
from shared.web.requests import apart_of, clock_of, service_of, takes_long, while_connected

router = APIRouter(include_in_schema=False, dependencies=[Depends(takes_long)])

_AT_ONCE = 200_000  # bytes of a file that is examined while the person waits for the next page


class NoFileChosen(DomainError):
    """No file is chosen: choose the CSV file or the Excel workbook that holds the list, or paste its rows."""

    slug = "no-file-chosen"


@router.get("/import")
async def choose_page(request: Request, actor: Editor) -> Response:
    return await _choose(request, actor, Form({"noun": request.query_params.get("noun", "activities")}))


@router.post("/import", max_body_size=UPLOAD_LIMIT)
async def upload(request: Request, actor: Editor) -> Response:
    form = await Form.sent(request)
    try:
        file = await _given(form)
        noun = form.value("noun") if form.value("noun") in NOUNS else "activities"
        async with transaction(request) as session:
            programme = form.value("programme") or next((each.code for each in await programmes(session, actor)), "")
            kept = await keep_upload(session, file, programme, noun=noun, actor=actor, clock=clock_of(request))
        if len(file.content) <= _AT_ONCE:
            try:
                await _examine(request, actor, kept.id)
            except WrongColumns:
                pass  # the next page asks which column is what
            except DomainError:
                await cancel_upload(service_of(request).database, kept.id, actor=actor)
                raise
        return see_other(request, f"/registry/import/{kept.id}")
    except DomainError as error:
        form.refused(error)
        form.errors = {"file": explained(error)}
        return await _choose(request, actor, form)


@router.get("/import/{upload_id}")
async def report_page(request: Request, upload_id: UUID, actor: Coordinator) -> Response:
    try:
        kept = await _kept(request, actor, upload_id)
        if kept.page is None and kept.result is None:
            if len(kept.content) > _AT_ONCE and "wait" not in request.query_params:
                return show(request, "imports/progress.html", actor=actor, upload=kept)
            await _examine(request, actor, upload_id)
            kept = await _kept(request, actor, upload_id)
    except NotFound:
        raise
    except WrongColumns as error:
        return _ask_for_columns(request, actor, kept, error)
    except DomainError as error:
        return await _unreadable(request, actor, error)
    if kept.result is not None:
        return await _result(request, actor, kept)
    return await _report(request, actor, kept, Form())


@router.get("/import/{upload_id}/examination")
async def examination(request: Request, upload_id: UUID, actor: Editor) -> Response:
    """Examine a long list while its page shows the progress; then lead the page on."""
    try:
        await _examine(request, actor, upload_id)
    except NotFound:
        raise
    except DomainError as error:
        return show(request, "imports/refused.html", actor=actor, reason=explained(error))
    return see_other(request, f"/registry/import/{upload_id}")


@router.get("/import/{upload_id}/progress")
async def progress(request: Request, upload_id: UUID, actor: Editor) -> Response:
    return show(request, "imports/so_far.html", actor=actor, upload=await _kept(request, actor, upload_id))


@router.post("/import/{upload_id}/cancel")
async def cancel(request: Request, upload_id: UUID, actor: Editor) -> Response:
    await cancel_upload(service_of(request).database, upload_id, actor=actor)
    return see_other(request, "/registry/import", _("The list was taken away; nothing of it is recorded."))


@router.post("/import/{upload_id}/reading")
async def read_again(request: Request, upload_id: UUID, actor: Editor) -> Response:
    """Read the list in the way that the person has chosen: sheet, encoding, columns, cells."""
    form = await Form.sent(request)
    kept = await _kept(request, actor, upload_id)
    before = Reading.model_validate(kept.reading or {})
    try:
        async with transaction(request) as session:
            await read_otherwise(session, upload_id, _reading(form, before), actor=actor)
        if len(kept.content) <= _AT_ONCE:
            await _examine(request, actor, upload_id)
    except NotFound:
        raise
    except WrongColumns as error:
        return _ask_for_columns(request, actor, await _kept(request, actor, upload_id), error)
    except (DomainError, ValidationError) as error:
        async with transaction(request) as session:
            await read_otherwise(session, upload_id, before, actor=actor)
        await _examine(request, actor, upload_id)
        form.refused(error)
        form.errors = {"": explained(error) if isinstance(error, DomainError) else _("This cannot be read so.")}
        return await _report(request, actor, await _kept(request, actor, upload_id), form)
    return see_other(request, f"/registry/import/{upload_id}")


@router.post("/import/{upload_id}")
async def accept_import(request: Request, upload_id: UUID, actor: Editor) -> Response:
    kept = await _kept(request, actor, upload_id)
    if kept.result is not None:
        return see_other(request, f"/registry/import/{upload_id}")

    async def do(session: Session, form: Form) -> Done:
        command = form.parse(AcceptImport)
        done = await accept_upload(
            session, upload_id, command, actor=actor, clock=clock_of(request), apart=apart_of(request)
        )
        return Done(f"/registry/import/{upload_id}", _summary(done))

    async def refused(form: Form, error: ValidationError | DomainError) -> Response:
        form.refused(error)
        if isinstance(error, DomainError):
            form.errors = {"": explained(error)}
        if not isinstance(error, ImportOutdated):
            return await _report(request, actor, kept, form)
        async with transaction(request) as session:
            await read_otherwise(session, upload_id, Reading.model_validate(kept.reading or {}), actor=actor)
        await _examine(request, actor, upload_id)
        return await _report(request, actor, await _kept(request, actor, upload_id), form)

    return await handle(request, actor, do, refused)


@router.get("/import/{upload_id}/undo")
async def undo_page(request: Request, upload_id: UUID, actor: Coordinator) -> Response:
    return await _undoing(request, upload_id, actor)


@router.post("/import/{upload_id}/undo")
async def undo(request: Request, upload_id: UUID, actor: Coordinator) -> Response:
    async def do(session: Session, form: Form) -> Done:
        done = await undo_import(session, upload_id, form.parse(UndoImport), actor=actor, clock=clock_of(request))
        taken_out = ngettext("%(num)d record is taken out", "%(num)d records are taken out", done.taken_out)
        restored = ngettext("%(num)d is as before", "%(num)d are as before", done.restored)
        parts = [taken_out % {"num": done.taken_out}, restored % {"num": done.restored}]
        return Done(f"/registry/import/{upload_id}", ", ".join(parts) + ".")

    async def refused(form: Form, error: ValidationError | DomainError) -> Response:
        form.refused(error)
        form.errors = {"": explained(error) if isinstance(error, DomainError) else _("This cannot be read so.")}
        return await _undoing(request, upload_id, actor, form)

    return await handle(request, actor, do, refused)


async def _undoing(request: Request, upload_id: UUID, actor: Actor, form: Form | None = None) -> Response:
    form = form or Form()
    async with transaction(request) as session:
        upload = await kept_upload(session, upload_id, actor=actor)
        undoing = await preview_undo(session, upload_id, actor=actor, clock=clock_of(request))
    return show(
        request,
        "imports/undo.html",
        actor=actor,
        status=form.status,
        form=form,
        upload=upload,
        undoing=undoing,
        rows=sorted(undoing.rows, key=lambda row: not row.obstacles)[:ROWS_SHOWN],
        reason=_obstacle,
        what={
            "taken-out": _("is taken out"),
            "restored": _("is as before the import"),
            "nothing": _("was taken out by hand"),
        },
    )


def _obstacle(obstacle: Obstacle) -> str:
    """What stands in the way, and what to do."""
    remedy = _(obstacle.remedy)
    return remedy if spoken() != "en" or obstacle.reason == obstacle.remedy else f"{obstacle.reason} {remedy}"


async def _given(form: Form) -> ImportedFile:
    """The file, or the rows that were pasted.

    Raises: NoFileChosen.
    """
    how = Reading(sheet=form.value("sheet") or None)
    if "file" in form.files:
        given = form.files["file"]
        file = ImportedFile(given.filename or "", await given.read(), how)
        await given.close()
        return file
    if form.value("pasted"):
        return ImportedFile(_("pasted rows"), form.value("pasted").encode(), Reading(pasted=True))
    raise NoFileChosen(field="file")


def _reading(form: Form, before: Reading) -> Reading:
    """How the person wants the list to be read. What is not in the form stays as it was."""
    chosen = before.model_dump()
    for name in ("sheet", "encoding"):
        if name in form.values:
            chosen[name] = form.value(name) or None
    for name in form.values:
        kind, _colon, rest = name.partition(":")
        if kind == "column":
            chosen["columns"].pop(rest, None)
            if form.value(name):
                chosen["columns"][rest] = "" if form.value(name) == "-" else form.value(name)
        elif kind == "everywhere":
            chosen["everywhere"].pop(rest, None)
            if form.value(name):
                chosen["everywhere"][rest] = form.value(name)
        elif kind == "cell" and form.value(name):
            row, _colon, field = rest.partition(":")
            chosen["corrections"].setdefault(int(row), {})[field] = form.value(name)
    return Reading.model_validate(chosen)


async def _examine(request: Request, actor: Actor, upload_id: UUID) -> None:
    database = service_of(request).database
    await while_connected(
        request, examine_upload(database, upload_id, actor=actor, clock=clock_of(request), apart=apart_of(request))
    )


async def _kept(request: Request, actor: Actor, upload_id: UUID) -> Upload:
    """Raises: UploadNotFound."""
    async with transaction(request) as session:
        return await kept_upload(session, upload_id, actor=actor)


def _ask_for_columns(request: Request, actor: Actor, kept: Upload, error: WrongColumns) -> Response:
    """Which column is what, where the headings do not say it."""
    fields = [(name, _field_name(name)) for name in NOUNS[kept.noun].sheet.columns]
    return show(
        request,
        "imports/columns.html",
        actor=actor,
        status=error.status,
        upload=kept,
        reason=explained(error),
        headings=error.headings,
        fields=fields,
        reading=Reading.model_validate(kept.reading or {}),
    )


async def _unreadable(request: Request, actor: Actor, error: DomainError) -> Response:
    form = Form().refused(error)
    form.errors = {"file": explained(error)}
    return await _choose(request, actor, form)


_LAST = 20  # imports


async def _choose(request: Request, actor: Actor, form: Form) -> Response:
    async with transaction(request) as session:
        known = await programmes(session, actor)
        done = await IMPORTS.find(session, None, actor=actor, limit=_LAST)
    choices = words.programme_choices(known)
    nouns = [(name, noun_word(name)) for name in NOUNS]
    return show(
        request,
        "imports/choose.html",
        actor=actor,
        status=form.status,
        form=form,
        programmes=choices,
        nouns=nouns,
        columns={name: ", ".join(each.sheet.columns) for name, each in NOUNS.items()},
        done=[(each.upload, noun_word(each.upload.noun), who_did(each)) for each in done.items],
    )


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
        "error": (
            _("Rows with errors"),
            _("Write what the cell should say and read the list again, or leave the rows out."),
        ),
        "likely-duplicate": (
            _("Likely recorded already"),
            _("Each is shown beside what it resembles. Say of each whether it is the same."),
        ),
        "changed": (_("Changes of what is recorded"), _("What the list says replaces what is recorded.")),
        "new": (_("New in the list"), ""),
        "unchanged": (_("Recorded already, nothing new"), ""),
    }
    groups = []
    for outcome, (heading, about) in headings.items():
        rows = [row for row in report.rows if row.outcome == outcome]
        if rows:
            groups.append(Group(outcome, heading, about, rows, report.counts[outcome]))
    return groups


async def _report(request: Request, actor: Actor, kept: Upload, form: Form) -> Response:
    report = ImportReport.model_validate_json(kept.page or b"")
    async with transaction(request) as session:
        programme = await existing(session, Programme, kept.programme, actor=actor)
    will_write = report.counts["new"] + report.counts["likely-duplicate"] + report.counts["changed"]
    reading = Reading.model_validate(kept.reading or {})
    return show(
        request,
        "imports/report.html",
        actor=actor,
        status=form.status,
        form=form,
        upload=kept,
        report=report,
        reading=reading,
        groups=_groups(report),
        will_write=will_write,
        phases=[(phase.code, words.phase_name(phase)) for phase in programme.phases],
        reason=_reason,
        remark=_remark,
        form_of=_form_of,
        field_name=_field_name,
        what=_what,
        choices={
            "import": _("import: another one"),
            "correct": _("the same, corrected: change the recorded one"),
            "same": _("the same: keep both sources"),
            "keep": _("take it, but keep what a colleague has changed"),
            "skip": _("leave out"),
        },
    )


async def _result(request: Request, actor: Actor, kept: Upload) -> Response:
    undone = Undone.model_validate(kept.undone) if kept.undone else None
    async with transaction(request) as session:
        names = await names_of(session, {undone.actor_id}) if undone else {}
    done = Imported.model_validate(kept.result)
    outcomes = {"created": _("recorded"), "changed": _("changed"), "merged": _("recorded and merged")}
    return show(
        request,
        "imports/result.html",
        actor=actor,
        upload=kept,
        done=done,
        rows=done.rows[:ROWS_SHOWN],
        undone=undone,
        undone_by=names.get(undone.actor_id, _("a colleague")) if undone else None,
        summary=_summary(done),
        outcomes=outcomes,
    )


def _summary(done: Imported) -> str:
    created = ngettext("%(num)d row recorded", "%(num)d rows recorded", done.created + done.merged)
    changed = ngettext("%(num)d changed", "%(num)d changed", done.changed)
    parts = [created % {"num": done.created + done.merged}, changed % {"num": done.changed}]
    return ", ".join(parts) + "."


def _reason(finding: Finding) -> str:
    """What is wrong with a cell, and what to do."""
    remedy = _(finding.remedy)
    if spoken() != "en":
        return remedy if finding.reason == finding.remedy else f"{remedy} ({finding.reason})"
    way_out = remedy.partition(": ")[2]
    said = finding.reason == finding.remedy or (way_out and way_out.casefold() in finding.reason.casefold())
    return finding.reason if said else f"{finding.reason} {remedy}"


def _remark(remark: str) -> str:
    known = {
        KIND_BLANK: _("The kind is blank: it is recorded as “other”."),
        PERHAPS_AHEAD: _("Its date may still lie ahead, and nothing says that it is planned: it is recorded as held."),
    }
    return known.get(remark, remark)


def _form_of(report: ImportReport) -> str:
    """What the file was read as."""
    known = {"comma": _("comma"), "semicolon": _("semicolon"), "tab": _("tab"), "pasted": _("pasted rows")}
    return ", ".join(known.get(part, part) for part in report.form.split(", "))


def _field_name(field: str) -> str:
    known = {**organisation.FIELDS, **output.FIELDS, **activity.FIELDS}
    return str(known[field]) if field in known else field.replace("_", " ")


_SHOWN_OF_NEW = ("kind", "phase", "component", "status", "starts", "ends", "place", "host_country", "expected")


_WORDS = {"activities": activity.WORDS, "organisations": organisation.WORDS, "outputs": output.WORDS}


def _what(row: RowReport, noun: str) -> list[tuple[str, str]]:
    """What a new row would record, in the order in which a person looks at it."""
    order = {name: number for number, name in enumerate(_SHOWN_OF_NEW)}
    left_out = {"title", "name", "scope", "delivery", "protected", "description", "sources"}
    shown = {name: text for name, text in row.says.items() if name not in left_out and text != "no"}
    for name in {"kind", "status"} & shown.keys():
        shown[name] = _WORDS[noun].say(name, shown[name])
    return [(_field_name(name), shown[name]) for name in sorted(shown, key=lambda name: order.get(name, len(order)))]


def who_did(done: ListedImport) -> str:
    return done.who or (_("the system") if done.upload.actor_id == SYSTEM.id else _("a colleague"))


def noun_word(name: str) -> str:
    return {
        "activities": _("activities"),
        "organisations": _("organisations"),
        "outputs": _("Outputs"),
        "registrations": _("Participants"),
    }.get(name, name)
