"""The list of all mails and what became of them; for editors, because it has names."""

from typing import Annotated, get_args
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from services.notifications.deliveries import desk
from services.notifications.deliveries.delivery import STATES
from services.notifications.deliveries.listing import Sought, list_deliveries
from services.notifications.http.manner import manner_of
from services.notifications.http.pages.frame import show, transaction
from services.notifications.http.rights import Editor
from services.notifications.rules.contents import RuleName
from shared.web.language import _
from shared.web.pages import see_other
from shared.web.security_log import noted

router = APIRouter()

_RULES: tuple[RuleName, ...] = get_args(RuleName)


@router.get("/mails")
async def mails(
    request: Request,
    actor: Editor,
    state: Annotated[str, Query()] = "",
    rule: Annotated[str, Query()] = "",
    after: Annotated[str, Query()] = "",
) -> Response:
    """A filter that is not known filters nothing: an old address still shows a list."""
    sought = Sought(
        state=[known for known in STATES if known == state],
        rule=next((known for known in _RULES if known == rule), None),
    )
    async with transaction(request) as session:
        switch = await desk.switch_of(session)
        page = await list_deliveries(session, sought, after=after or None)
    filters = {name: value for name, value in (("state", state), ("rule", rule)) if value}
    return show(
        request,
        "mails.html",
        actor=actor,
        page=page,
        switch=switch,
        state=state,
        rule=rule,
        first=f"/notifications/mails?{urlencode(filters)}" if after else None,
        next=f"/notifications/mails?{urlencode(filters | {'after': page.next})}" if page.next else None,
    )


@router.post("/mails/{delivery_id}/send-again", dependencies=[noted("mails-released")])
async def send_again(request: Request, actor: Editor, delivery_id: UUID) -> Response:
    async with transaction(request) as session:
        delivery = await desk.send_again(session, delivery_id, actor=actor, manner=manner_of(request))
    return see_other(request, f"/notifications/notices/{delivery.notice_id}", _("The mail goes out again."))


@router.post("/mails/{delivery_id}/cancel", dependencies=[noted("mails-cancelled")])
async def cancel(request: Request, actor: Editor, delivery_id: UUID) -> Response:
    async with transaction(request) as session:
        delivery = await desk.cancel_delivery(session, delivery_id)
    return see_other(request, f"/notifications/notices/{delivery.notice_id}", _("The mail is cancelled."))
