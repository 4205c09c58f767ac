"""Register many at once: a list pasted from Excel, looked at row by row, then taken whole or not at all."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.registry.http.pages.frame import Done, accept, address_of, keys_of, show, transaction
from services.registry.http.pages.participants.pasted import PastedList, PastedRow, labels, read_people
from services.registry.models import Activity, Person, Registration, existing
from services.registry.models.errors.request import RowsRefused
from services.registry.models.person import email_key_of
from services.registry.usecases.activities.audience import is_told_of
from services.registry.usecases.persons.similar import Asked, similar_people
from services.registry.usecases.registrations.list import list_registrations
from services.registry.usecases.registrations.register import Entry, RegisterParticipants, register_participants
from shared.database import Session
from shared.errors import DomainError, NotFound
from shared.identity import Actor
from shared.web.forms import Form
from shared.web.identity import Editor
from shared.web.language import _, ngettext
from shared.web.requests import clock_of

router = APIRouter(include_in_schema=False)

MOST_ROWS = 500


@dataclass(frozen=True)
class Shown:
    """A row of the preview, with whom the vault knows as the same or as alike."""

    row: PastedRow
    known: Person | None
    likely: Sequence[Person]


@dataclass(frozen=True)
class Preview:
    """What would happen: all rows, and how many mails."""

    rows: Sequence[Shown]
    ignored: Sequence[str]
    mails: int

    @property
    def errors(self) -> int:
        return sum(1 for shown in self.rows if shown.row.errors)


@router.get("/activities/{activity_id}/registrations/list")
async def list_page(request: Request, activity_id: UUID, actor: Editor) -> Response:
    return await _form(request, actor, activity_id, Form({"status": "registered"}))


@router.post("/activities/{activity_id}/registrations/list")
async def register_list(request: Request, activity_id: UUID, actor: Editor) -> Response:
    form = await Form.sent(request)
    status: Entry = "nominated" if form.value("status") == "nominated" else "registered"
    pasted = read_people(form.value("rows"), status)
    try:
        if not pasted.rows:
            raise NothingPasted(field="rows")
        if len(pasted.rows) > MOST_ROWS:
            raise TooManyRows(field="rows")
        if not form.value("accept") or any(row.errors for row in pasted.rows):
            return await _previewed(request, actor, activity_id, form, pasted)
        people = tuple(row.participant for row in pasted.rows if row.participant)

        async def do(session: Session) -> Done:
            command = RegisterParticipants(activity_id=activity_id, participants=people)
            await register_participants(session, command, actor=actor, clock=clock_of(request), keys=keys_of(request))
            return Done(address_of(activity_id), _done(status, len(people)))

        return await accept(request, actor, form, do)
    except NotFound:
        raise
    except RowsRefused as error:
        refused = {pasted.rows[number].number: _(why.title()) for number, why in error.rows}
        return await _previewed(request, actor, activity_id, form, pasted, refused=refused)
    except DomainError as error:
        return await _form(request, actor, activity_id, form.refused(error))


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
        activity = await existing(session, Activity, activity_id)
        activity.refuse_registrations_if_closed()
        tells = form.value("status") != "nominated" and is_told_of(activity, clock_of(request).now())
        preview = await _preview(session, activity, pasted, tells=tells)
    for shown in preview.rows:
        if not shown.row.errors and refused and shown.row.number in refused:
            shown.row.errors.append(refused[shown.row.number])
    return await _form(request, actor, activity_id, form, preview)


class NothingPasted(DomainError):
    """There is no row: copy the list in Excel and paste it here."""

    slug = "nothing-pasted"


class TooManyRows(DomainError):
    """The list has more than 500 rows: register it in parts."""

    slug = "too-many-rows"


def _done(status: Entry, many: int) -> str:
    if status == "nominated":
        return ngettext("%(num)d person is nominated.", "%(num)d people are nominated.", many) % {"num": many}
    return ngettext("%(num)d person is registered.", "%(num)d people are registered.", many) % {"num": many}


async def _preview(session: Session, activity: Activity, pasted: PastedList, *, tells: bool) -> Preview:
    """Look each row up, and see what is wrong with rows together: a person twice, or registered already."""
    read = [row for row in pasted.rows if row.participant]
    asked = [
        Asked(row.participant.person, row.participant.organisation, row.participant.country)
        for row in read
        if row.participant
    ]
    answers = dict(
        zip((row.number for row in read), await similar_people(session, activity.programme, asked), strict=True)
    )
    registered = {
        each.registration.person_id: each.registration for each in await list_registrations(session, activity.id)
    }
    addresses = Counter(email_key_of(each.details) for each in asked)
    shown = []
    for row in pasted.rows:
        answer = answers.get(row.number)
        known = answer.known if answer else None
        if row.participant and (address := email_key_of(row.participant.person)) and addresses[address] > 1:
            row.errors.append(_("The same e-mail address stands in another row: each person once."))
        if known and (there := registered.get(known.id)) and _stays(there, row):
            row.errors.append(_("This person is already registered for the activity: remove the row."))
        shown.append(Shown(row, known, answer.likely if answer else ()))
    with_address = sum(1 for each in shown if _address(each))
    return Preview(shown, pasted.ignored, with_address if tells else 0)


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
        activity = await existing(session, Activity, activity_id)
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
    )
