"""The lists of mails and what became of them, as pages and as files; for who may read the names in them."""

from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.notifications.deliveries import desk
from services.notifications.deliveries.listing import MAILS, DeliveryFilter, Listed
from services.notifications.facts.programme import programmes
from services.notifications.http.manner import manner_of
from services.notifications.http.pages import words
from services.notifications.http.pages.frame import show, transaction
from services.notifications.http.rights import Coordinator
from shared.exports import FileKind
from shared.web import formats
from shared.web.language import _, lazy, pgettext
from shared.web.lists import Column, ListPage, exported, listed
from shared.web.pages import see_other
from shared.web.security_log import noted

router = APIRouter()

ADDRESS = "/notifications/mails"


def _person(row: Listed) -> str | None:
    if row.contact is None:
        return None
    return pgettext("person", "erased") if row.contact.erased else row.contact.name


def _address(row: Listed) -> str | None:
    return row.contact.email if row.contact else None


def _title(row: Listed) -> str:
    return words.text(row.title)


def _rule(row: Listed) -> str:
    return words.rules()[row.delivery.rule]


def _state(row: Listed) -> tuple[str, str]:
    return words.states()[row.delivery.state], words.LOOKS.get(row.delivery.state, "neutral")


def _why(row: Listed) -> str:
    return words.why(row.delivery, has_address=bool(_address(row)), held=row.held) or "–"


def _when(row: Listed) -> str:
    return f"{formats.moment(row.delivery.sent_at or row.delivery.happened_at)} UTC"


def _notice(row: Listed) -> str:
    return f"/notifications/notices/{row.delivery.notice_id}"


_PERSON = (
    Column(lazy("Person"), _person, look="title"),
    Column(lazy("E-mail address"), _address, unknown=lazy("not known")),
)
_COURSE = (
    Column(lazy("Status"), _state, look="badge", order="state"),
    Column(lazy("Reason"), _why),
    Column(lazy("When"), _when, order="happened"),
)

LIST: ListPage[Listed] = ListPage(
    listing=MAILS,
    filters=DeliveryFilter,
    columns=(
        *_PERSON,
        Column(lazy("Activity"), _title, link=_notice),
        Column(lazy("What is told"), _rule),
        *_COURSE,
    ),
    file=(
        (lazy("Person"), _person),
        (lazy("E-mail address"), _address),
        (lazy("Activity"), _title),
        (lazy("Programme"), lambda row: row.delivery.programme),
        (lazy("What is told"), _rule),
        (lazy("Status"), lambda row: _state(row)[0]),
        (lazy("Reason"), _why),
        (lazy("Since"), lambda row: row.delivery.happened_at.isoformat()),
        (lazy("Sent"), lambda row: row.delivery.sent_at.isoformat() if row.delivery.sent_at else None),
    ),
)

OF_NOTICE: ListPage[Listed] = ListPage(MAILS, DeliveryFilter, (*_PERSON, *_COURSE), LIST.file)


@router.get("/mails", dependencies=[noted("mail-read")])
async def mails(request: Request, actor: Coordinator) -> Response:
    found = await listed(request, actor, LIST, address=ADDRESS)
    async with transaction(request) as session:
        known = await programmes(session, actor)
    choices = {
        "programme": [(each.code, words.text(each.programme.name) or each.code) for each in known],
        "state": list(words.states().items()),
        "rule": list(words.rules().items()),
    }
    return show(request, "mails.html", actor=actor, status=found.chosen.status, list=found, choices=choices)


@router.get("/mails.{kind}", dependencies=[noted("mails-exported")])
async def mails_file(request: Request, actor: Coordinator, kind: FileKind) -> Response:
    """A file with names leaves the house: who took it is in the security log."""
    return await exported(request, actor, LIST, kind, name="mails")


@router.post("/mails/{delivery_id}/send-again", dependencies=[noted("mails-released")])
async def send_again(request: Request, actor: Coordinator, delivery_id: UUID) -> Response:
    async with transaction(request) as session:
        delivery = await desk.send_again(session, delivery_id, actor=actor, manner=manner_of(request))
    return see_other(request, f"/notifications/notices/{delivery.notice_id}", _("The mail goes out again."))


@router.post("/mails/{delivery_id}/cancel", dependencies=[noted("mails-cancelled")])
async def cancel(request: Request, actor: Coordinator, delivery_id: UUID) -> Response:
    async with transaction(request) as session:
        delivery = await desk.cancel_delivery(session, delivery_id, actor=actor)
    return see_other(request, f"/notifications/notices/{delivery.notice_id}", _("The mail is cancelled."))
