"""The switch that holds all sending."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from services.notifications.deliveries import desk
from services.notifications.deliveries.delivery import Sending
from services.notifications.http.rights import EditorOfAll, Viewer
from services.notifications.settings import NotificationsSettings
from shared.web.requests import clock_of, service_of
from shared.web.security_log import noted

router = APIRouter(tags=["Sending"])


class SwitchView(BaseModel):
    """Whether mails go out."""

    held: Annotated[bool, Field(description="Nothing is sent until somebody lets it go on.")]
    changed_at: datetime
    since: Annotated[datetime, Field(description="What happened before this moment is not told to anybody.")]
    ask_above: Annotated[int, Field(description="A notice to more people than this waits to be released.")]
    mail_server: Annotated[bool, Field(description="Whether a mail server is configured at all.")]


class Switch(BaseModel):
    model_config = ConfigDict(extra="forbid")

    held: bool


@router.get("/sending", summary="Whether mails go out")
async def get_sending(request: Request, actor: Viewer) -> SwitchView:
    async with service_of(request).database.transaction() as session:
        return _view(request, await desk.switch_of(session))


@router.put("/sending", summary="Hold all sending, or let it go on", dependencies=[noted("sending-switched")])
async def put_sending(request: Request, actor: EditorOfAll, switch: Switch) -> SwitchView:
    async with service_of(request).database.transaction() as session:
        return _view(request, await desk.hold(session, switch.held, actor=actor, clock=clock_of(request)))


def _view(request: Request, switch: Sending) -> SwitchView:
    settings: NotificationsSettings = request.app.state.settings
    return SwitchView(
        held=switch.held,
        changed_at=switch.changed_at,
        since=switch.since,
        ask_above=settings.notify_ask_above,
        mail_server=settings.smtp_host is not None,
    )
