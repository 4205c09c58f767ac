"""What waits, and how many: released, cancelled or held by a person who saw the number and the words of the mail."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from services.notifications.deliveries import desk
from services.notifications.deliveries.listing import MAILS, DeliveryFilter, Listed
from services.notifications.deliveries.reach import decides_on
from services.notifications.deliveries.upkeep import count_by_state
from services.notifications.deliveries.writing import Written, write_delivery
from services.notifications.http.manner import manner_of
from services.notifications.http.pages.frame import START, settings_of, show, transaction
from services.notifications.http.pages.mails import OF_NOTICE
from services.notifications.http.rights import Coordinator, EditorOfAll
from services.notifications.messages.letter import Letter
from shared.database import Session
from shared.identity import Actor
from shared.listing import Page
from shared.web.language import _, ngettext
from shared.web.lists import listed
from shared.web.pages import see_other
from shared.web.requests import clock_of
from shared.web.security_log import noted

router = APIRouter()

_READ = 200
"""Letters that are written to show one in each language."""


@router.get("/")
async def overview(request: Request, actor: Coordinator) -> Response:
    async with transaction(request) as session:
        switch = await desk.switch_of(session)
        notices = await desk.open_notices(session, actor=actor)
        counts = await count_by_state(session, decides_on(actor))
        ready = await desk.count_ready(session)
    return show(request, "overview.html", actor=actor, switch=switch, notices=notices, counts=counts, ready=ready)


@router.get("/notices/{notice_id}", dependencies=[noted("mail-read")])
async def notice(request: Request, actor: Coordinator, notice_id: UUID) -> Response:
    async with transaction(request) as session:
        found = await desk.notice_of(session, notice_id, actor=actor)
        switch = await desk.switch_of(session)
        waiting = await MAILS.find(
            session, DeliveryFilter(notice_id=notice_id, state=("planned",)), actor=actor, limit=_READ
        )
        examples = await _examples(request, session, waiting)
    address = f"/notifications/notices/{notice_id}"
    mails = await listed(request, actor, OF_NOTICE, address=address, notice_id=notice_id)
    return show(
        request,
        "notice.html",
        actor=actor,
        status=mails.chosen.status,
        notice=found,
        switch=switch,
        list=mails,
        examples=examples,
    )


@dataclass
class Example:
    """The letter to the first of those who are written to in one language, as it would be sent now.

    Attributes:
        readers: how many of those that wait read it in this language.
    """

    letter: Letter
    readers: int


async def _examples(request: Request, session: Session, page: Page[Listed]) -> list[Example]:
    """A letter in each language that will be used; it has a name in it, so it is for editors."""
    examples: dict[str, Example] = {}
    sender, at = settings_of(request).mail_from, clock_of(request).now()
    for mail in page.items:
        found = await write_delivery(session, mail.delivery, sender=sender, at=at)
        if isinstance(found, Written):
            example = examples.setdefault(found.letter.language, Example(found.letter, 0))
            example.readers += 1
    return list(examples.values())


@router.post("/notices/{notice_id}/release", dependencies=[noted("mails-released")])
async def release(request: Request, actor: Coordinator, notice_id: UUID, expected: Annotated[int, Form()]) -> Response:
    async with transaction(request) as session:
        mails = await desk.release(session, notice_id, expected=expected, actor=actor, clock=clock_of(request))
    done = ngettext("%(num)d mail is released.", "%(num)d mails are released.", mails) % {"num": mails}
    if others := expected - mails:
        waits = ngettext("%(num)d waits for an address.", "%(num)d wait for an address.", others) % {"num": others}
        done = f"{done} {waits}"
    return see_other(request, START, done)


@router.post("/notices/{notice_id}/send-again", dependencies=[noted("mails-released")])
async def send_notice_again(
    request: Request, actor: Coordinator, notice_id: UUID, expected: Annotated[int, Form()]
) -> Response:
    return await _send_again(request, actor, notice_id, expected)


@router.post("/send-again", dependencies=[noted("mails-released")])
async def send_all_again(request: Request, actor: Coordinator, expected: Annotated[int, Form()]) -> Response:
    return await _send_again(request, actor, None, expected)


async def _send_again(request: Request, actor: Actor, notice_id: UUID | None, expected: int) -> Response:
    async with transaction(request) as session:
        going = await desk.send_all_again(session, notice_id, expected=expected, actor=actor, manner=manner_of(request))
    mails = len(going)
    done = ngettext("%(num)d mail goes out again.", "%(num)d mails go out again.", mails) % {"num": mails}
    if mails < expected:
        done += " " + _("The others have nothing left to tell.")
    return see_other(request, START, done)


@router.post("/notices/{notice_id}/cancel", dependencies=[noted("mails-cancelled")])
async def cancel_notice(
    request: Request, actor: Coordinator, notice_id: UUID, expected: Annotated[int, Form()]
) -> Response:
    async with transaction(request) as session:
        mails = await desk.cancel_notice(session, notice_id, expected=expected, actor=actor)
    return see_other(
        request, START, ngettext("%(num)d mail is cancelled.", "%(num)d mails are cancelled.", mails) % {"num": mails}
    )


@router.post("/hold", dependencies=[noted("sending-switched")])
async def hold(request: Request, actor: EditorOfAll) -> Response:
    async with transaction(request) as session:
        await desk.hold(session, True, actor=actor, clock=clock_of(request))
    return see_other(request, START, _("All sending is held."), "notice")


@router.post("/resume", dependencies=[noted("sending-switched")])
async def resume(request: Request, actor: EditorOfAll) -> Response:
    async with transaction(request) as session:
        await desk.hold(session, False, actor=actor, clock=clock_of(request))
    return see_other(request, START, _("Sending goes on."))
