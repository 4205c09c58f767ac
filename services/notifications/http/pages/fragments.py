"""Parts of pages that sister services show: how many letters wait, for the header and for the page of an activity.

The browser asks for them by itself, so no other service depends on this one: while it does not answer, nothing is
shown in their place, and everything else works.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from services.notifications.deliveries import desk
from services.notifications.http.pages.frame import settings_of, show, transaction
from services.notifications.http.rights import Coordinator
from shared.web.requests import addresses_of, is_ours

router = APIRouter(prefix="/fragments")


@router.get("/badge")
async def badge(request: Request, actor: Coordinator) -> Response:
    """How many mails wait until somebody releases them."""
    async with transaction(request) as session:
        asking = await desk.count_asking(session, actor=actor)
    return _for_sisters(request, show(request, "fragments/badge.html", actor=actor, asking=asking))


@router.get("/activities/{activity_id}")
async def activity(
    request: Request, actor: Coordinator, activity_id: UUID, attendance: Annotated[bool, Query()] = False
) -> Response:
    """What waits about one activity; where attendance is marked, also which letters are dropped by marking it."""
    async with transaction(request) as session:
        notices = await desk.open_notices(session, actor=actor, about=activity_id)
        switch = await desk.switch_of(session)
    response = show(
        request,
        "fragments/activity.html",
        actor=actor,
        notices=notices,
        held=switch.held,
        attendance=attendance,
        home=addresses_of(settings_of(request))["notifications"],
    )
    return _for_sisters(request, response)


def _for_sisters(request: Request, response: Response) -> Response:
    """A page of a sister service on another port may read it, with the reader's session; nobody else may."""
    origin = request.headers.get("origin")
    if origin is not None and is_ours(request, origin):
        response.headers["access-control-allow-origin"] = origin
        response.headers["access-control-allow-credentials"] = "true"
    response.headers["vary"] = "Origin, Cookie, Accept-Language"
    return response
