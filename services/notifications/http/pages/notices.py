"""What waits, and how many: released, cancelled or held by whoever saw the number and the words of the mail."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from services.notifications.deliveries import desk
from services.notifications.deliveries.listing import Page, Sought, list_deliveries
from services.notifications.deliveries.upkeep import count_by_state
from services.notifications.deliveries.writing import Written, write_delivery
from services.notifications.http.pages.frame import START, settings_of, show, transaction
from services.notifications.messages.letter import Letter
from shared.database import Session
from shared.identity import Actor
from shared.web.identity import Editor, Viewer
from shared.web.language import _, ngettext
from shared.web.pages import see_other
from shared.web.requests import clock_of

router = APIRouter()

_SHOWN = 200
"""Recipients on a notice's page; the list of mails has them all."""


@router.get("/")
async def overview(request: Request, actor: Viewer) -> Response:
    async with transaction(request) as session:
        switch = await desk.switch_of(session)
        notices = await desk.open_notices(session)
        counts = await count_by_state(session)
    return show(request, "overview.html", actor=actor, switch=switch, notices=notices, counts=counts)


@router.get("/notices/{notice_id}")
async def notice(request: Request, actor: Viewer, notice_id: UUID) -> Response:
    async with transaction(request) as session:
        found = await desk.notice_of(session, notice_id)
        switch = await desk.switch_of(session)
        page = await list_deliveries(session, Sought(notice_id=notice_id), limit=_SHOWN)
        letter = await _example(request, session, page, actor)
    return show(request, "notice.html", actor=actor, notice=found, switch=switch, page=page, letter=letter)


async def _example(request: Request, session: Session, page: Page, actor: Actor) -> Letter | None:
    """The letter to the first of those who wait, as it would be sent now; it has a name in it."""
    waiting = [listed.delivery for listed in page.items if listed.delivery.state == "planned"]
    if not actor.may("editor"):
        return None
    for delivery in waiting[:20]:
        sender = settings_of(request).mail_from
        found = await write_delivery(session, delivery, sender=sender, at=clock_of(request).now())
        if isinstance(found, Written):
            return found.letter
    return None


@router.post("/notices/{notice_id}/release")
async def release(request: Request, actor: Editor, notice_id: UUID, expected: Annotated[int, Form()]) -> Response:
    async with transaction(request) as session:
        mails = await desk.release(session, notice_id, expected=expected, actor=actor, clock=clock_of(request))
    return see_other(
        request, START, ngettext("%(num)d mail is released.", "%(num)d mails are released.", mails) % {"num": mails}
    )


@router.post("/notices/{notice_id}/cancel")
async def cancel_notice(request: Request, actor: Editor, notice_id: UUID, expected: Annotated[int, Form()]) -> Response:
    async with transaction(request) as session:
        mails = await desk.cancel_notice(session, notice_id, expected=expected)
    return see_other(
        request, START, ngettext("%(num)d mail is cancelled.", "%(num)d mails are cancelled.", mails) % {"num": mails}
    )


@router.post("/hold")
async def hold(request: Request, actor: Editor) -> Response:
    async with transaction(request) as session:
        await desk.hold(session, True, actor=actor, clock=clock_of(request))
    return see_other(request, START, _("All sending is held."), "notice")


@router.post("/resume")
async def resume(request: Request, actor: Editor) -> Response:
    async with transaction(request) as session:
        await desk.hold(session, False, actor=actor, clock=clock_of(request))
    return see_other(request, START, _("Sending goes on."))
