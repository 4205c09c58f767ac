"""Register many at once: a list pasted from Excel, looked at row by row, then taken whole or not at all."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, ValidationError
from starlette.responses import Response

from services.registry.http.pages.frame import Done, address_of, handle, keys_of, show, transaction
from services.registry.http.pages.participants.pasted import PastedList, PastedRow, labels, read_people, rows_alike
from services.registry.models import Activity, Person, Registration
from services.registry.models.errors.request import RowsRefused
from services.registry.sheets.files import ImportedFile
from services.registry.sheets.files import Reading as How
from services.registry.usecases.activities.audience import is_told_of
from services.registry.usecases.imports.find import IMPORTS, ImportFilter
from services.registry.usecases.persons.similar import Candidate, candidates_for, similar_people
from services.registry.usecases.persons.vault import SameAs
from services.registry.usecases.registrations.file import PeopleInFile
from services.registry.usecases.registrations.list import list_registrations
from services.registry.usecases.registrations.register import Entry
from services.registry.usecases.registrations.take_list import ListedPerson, TakeList, take_list
from services.registry.usecases.rights import with_people
from shared.database import Session
from shared.errors import DomainError
from shared.identity import Actor
from shared.web.application import UPLOAD_LIMIT
from shared.web.forms import Form
from shared.web.identity import Coordinator
from shared.web.language import _, ngettext
from shared.web.requests import apart_of, clock_of

router = APIRouter(include_in_schema=False)

MOST_ROWS = 500

NEW, AGAIN = "new", "again"
"""Another person than those who are known; the person of a row above, listed twice."""


@dataclass(frozen=True)
class Shown:
    """A row of the preview, with the person the vault knows, or those it may be."""

    row: PastedRow
    known: Person | None
    likely: Sequence[Candidate]
    again: PastedRow | None
    """A row above that may be the same person."""
    already: bool = False
    """The person is registered as the row says: nothing is to be done."""

    @property
    def asks(self) -> bool:
        return not self.row.errors and not self.already and bool(self.likely or self.again)

    @property
    def answers(self) -> set[str]:
        return {NEW, *([AGAIN] if self.again else []), *(str(each.person.id) for each in self.likely)}


@dataclass(frozen=True)
class Preview:
    """What would happen: all rows, and how many mails."""

    rows: Sequence[Shown]
    ignored: Sequence[str]
    mails: int
    notes: Sequence[str] = ()

    @property
    def errors(self) -> int:
        return sum(1 for shown in self.rows if shown.row.errors)

    @property
    def already(self) -> int:
        return sum(1 for shown in self.rows if shown.already)

    @property
    def ready(self) -> int:
        return len(self.rows) - self.already

    @property
    def asked(self) -> int:
        return sum(1 for shown in self.rows if shown.asks)


class Entered(BaseModel):
    """What is said of all people of a list at once."""

    status: Entry


@router.get("/activities/{activity_id}/registrations/list")
async def list_page(request: Request, activity_id: UUID, actor: Coordinator) -> Response:
    return await _form(request, actor, activity_id, Form({"status": "registered"}))


@router.post("/activities/{activity_id}/registrations/list", max_body_size=UPLOAD_LIMIT)
async def register_list(request: Request, activity_id: UUID, actor: Coordinator) -> Response:
    pasted = PastedList([], [])

    async def are_these_they(form: Form) -> Response | None:
        nonlocal pasted
        status, notes = _entered(form), await _take_file(request, form)
        async with transaction(request) as session:
            code = (await with_people(session, activity_id, actor=actor)).code
        pasted = await asyncio.to_thread(_read, form, status, code, notes)
        if not pasted.rows:
            raise NothingPasted(field="rows")
        if len(pasted.rows) > MOST_ROWS:
            raise TooManyRows(field="rows")
        if form.value("accept") and not any(row.errors for row in pasted.rows):
            return None
        return await _previewed(request, actor, activity_id, form, pasted)

    async def do(session: Session, form: Form) -> Done:
        activity = await with_people(session, activity_id, actor=actor)
        preview = await _preview(session, actor, activity, pasted, tells=False)
        people = _decided(form, preview)
        if not people:
            raise NothingPasted(field="rows")
        command = TakeList(activity_id, people, form.value("list_name") or _("pasted rows"))
        await take_list(session, command, actor=actor, clock=clock_of(request), keys=keys_of(request))
        return Done(address_of(activity_id), _done(_entered(form), len(people)))

    async def refused(form: Form, error: ValidationError | DomainError) -> Response:
        if isinstance(error, RowsRefused):
            why = {pasted.rows[number].number: _(each.title()) for number, each in error.rows}
            return await _previewed(request, actor, activity_id, form, pasted, refused=why)
        form.refused(error)
        if isinstance(error, WhoIsThis):
            return await _previewed(request, actor, activity_id, form, pasted)
        return await _form(request, actor, activity_id, form)

    return await handle(request, actor, do, refused, asks=are_these_they)


def _entered(form: Form) -> Entry:
    return form.parse(Entered, leave_out=form.values.keys() - {"status"}).status


def _read(form: Form, status: Entry, code: str, notes: Sequence[str]) -> PastedList:
    said = [name for name in form.values if name.startswith("column:") and form.value(name)]
    chosen = {name.removeprefix("column:"): form.value(name) for name in said}
    pasted = read_people(form.value("rows"), status, chosen=chosen, activity=code)
    return replace(pasted, notes=(*notes, *pasted.notes))


async def _take_file(request: Request, form: Form) -> Sequence[str]:
    """A chosen file becomes the text of the list, so that all that follows is the same. Gives what was seen in it.

    Raises: what `read_table` does.
    """
    if "file" not in form.files:
        return ()
    given = form.files["file"]
    file = ImportedFile(given.filename or "", await given.read(), How(sheet=form.value("sheet") or None))
    await given.close()
    async with apart_of(request).made(PeopleInFile) as there:
        text, notes = await there.call("text", file)
    form.fill(rows=text, list_name=file.name)
    return tuple(notes)


async def _previewed(
    request: Request,
    actor: Actor,
    activity_id: UUID,
    form: Form,
    pasted: PastedList,
    *,
    refused: Mapping[int, str] | None = None,
) -> Response:
    """The rows as they are understood; `refused` says of some, by their number, why they were not taken.

    Raises: what `Activity.refuse_registrations_if_closed` does.
    """
    async with transaction(request) as session:
        activity = await with_people(session, activity_id, actor=actor)
        activity.refuse_registrations_if_closed()
        tells = form.value("status") != "nominated" and is_told_of(activity, clock_of(request).now())
        preview = await _preview(session, actor, activity, pasted, tells=tells)
    for shown in preview.rows:
        if not shown.row.errors and refused and shown.row.number in refused:
            shown.row.errors.append(refused[shown.row.number])
    return await _form(request, actor, activity_id, form, preview)


class NothingPasted(DomainError):
    """There is no row: copy the list in Excel and paste it here."""

    slug = "nothing-pasted"


class WhoIsThis(DomainError):
    """Say of each row that asks whether the person is already recorded."""

    slug = "who-is-this"


class TooManyRows(DomainError):
    """The list has more than 500 rows: register it in parts."""

    slug = "too-many-rows"


def _done(status: Entry, many: int) -> str:
    if status == "nominated":
        return ngettext("%(num)d person is nominated.", "%(num)d people are nominated.", many) % {"num": many}
    return ngettext("%(num)d person is registered.", "%(num)d people are registered.", many) % {"num": many}


async def _preview(session: Session, actor: Actor, activity: Activity, pasted: PastedList, *, tells: bool) -> Preview:
    """Look each row up, and see what is wrong with rows together: a person twice, or registered already."""
    read = {row.number: row.participant for row in pasted.rows if row.participant}
    found = await similar_people(session, activity.programme, [each.asked() for each in read.values()])
    answers = dict(zip(read, found, strict=True))
    registered = {
        each.registration.person_id: each.registration for each in await list_registrations(session, activity.id)
    }
    again = rows_alike(pasted.rows)
    shown = []
    for row in pasted.rows:
        answer = answers.get(row.number)
        known = answer.known if answer else None
        there = registered.get(known.id) if known else None
        already = there is not None and row.participant is not None and "status" in row.written
        already = already and there is not None and row.says_nothing_new(there)
        if there and not already and _stays(there, row):
            row.errors.append(_("This person is already registered for the activity: remove the row."))
        elif not already and not row.can_be_new:
            row.errors.append(_not_registered())
        likely = await candidates_for(session, actor, answer.likely) if answer else []
        shown.append(Shown(row, known, likely, again.get(row.number), already))
    with_address = sum(1 for each in shown if _address(each) and not each.already)
    return Preview(shown, pasted.ignored, with_address if tells else 0, pasted.notes)


def _decided(form: Form, preview: Preview) -> tuple[ListedPerson, ...]:
    """The people of a list, with what was said of those who may be known.

    Raises: WhoIsThis, when it was not said of each.
    """
    people = []
    for shown in preview.rows:
        said = form.value(f"same_as.{shown.row.number}")
        if shown.asks and said not in shown.answers:
            raise WhoIsThis
        if shown.row.participant and said != AGAIN and not shown.already:
            participant = shown.row.participant.model_copy(update={"same_as": _same_as(said) if shown.asks else None})
            people.append(ListedPerson(shown.row.number, participant, shown.row.days))
    return tuple(people)


def _same_as(said: str) -> SameAs:
    return "new" if said == NEW else UUID(said)


def _not_registered() -> str:
    return _("The status is of somebody who is registered, and this person is not: write registered or nominated.")


def _stays(registration: Registration, row: PastedRow) -> bool:
    nominated = row.participant is not None and row.participant.status == "nominated"
    return nominated or registration.status not in ("nominated", "withdrawn")


def _address(shown: Shown) -> str | None:
    written = shown.row.participant.person.email if shown.row.participant else None
    return written or (shown.known.email if shown.known else None)


async def _form(
    request: Request, actor: Actor, activity_id: UUID, form: Form, preview: Preview | None = None
) -> Response:
    async with transaction(request) as session:
        activity = await with_people(session, activity_id, actor=actor)
        taken = await IMPORTS.find(session, ImportFilter(activity_id=activity_id), actor=actor)
    refused = preview is not None and preview.errors
    return show(
        request,
        "participants/list.html",
        actor=actor,
        status=422 if refused else form.status,
        form=form,
        activity=activity,
        preview=preview,
        labels=labels(),
        tells=is_told_of(activity, clock_of(request).now()),
        taken=[each.upload for each in taken.items],
    )
