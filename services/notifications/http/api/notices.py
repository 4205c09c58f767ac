"""Notices: mails that belong together, to be released or cancelled as one, by who says how many there are."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from services.notifications.deliveries import desk
from services.notifications.http.manner import manner_of
from services.notifications.http.rights import Coordinator
from services.notifications.rules.contents import RuleName
from shared.web.documented import problems
from shared.web.requests import clock_of, service_of
from shared.web.security_log import noted

router = APIRouter(tags=["Notices"])


class NoticeView(BaseModel):
    """Mails about one change of an activity, or a day's confirmations for it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    rule: RuleName
    activity_id: UUID | None
    programme: str
    title: Annotated[dict[str, str], Field(description="The activity's title by language.")]
    happened_at: datetime
    asks: Annotated[int, Field(description="How many wait until somebody releases them.")]
    waiting: Annotated[int, Field(description="How many are not sent yet, those that ask included.")]
    without_address: Annotated[int, Field(description="How many of the waiting have no address to go to yet.")]
    going: Annotated[int, Field(description="How many of those that ask go out once they are released.")]
    sent: int
    dropped: Annotated[int, Field(description="Cancelled or expired.")]
    undeliverable: Annotated[int, Field(description="Refused by the mail server, or given up.")]


class Notices(BaseModel):
    items: list[NoticeView]
    next: None = None


class Decision(BaseModel):
    """A decision about as many mails as were seen."""

    model_config = ConfigDict(extra="forbid")

    expected: Annotated[int, Field(ge=1, description="How many mails you saw; with another number nothing happens.")]


class Decided(BaseModel):
    mails: Annotated[int, Field(description="How many mails go out now, or were cancelled.")]


@router.get("/notices", summary="Notices of which something is not sent yet, newest first")
async def get_notices(request: Request, actor: Coordinator) -> Notices:
    async with service_of(request).database.transaction() as session:
        found = await desk.open_notices(session, actor=actor)
    return Notices(items=[NoticeView.model_validate(notice) for notice in found])


@router.get("/notices/{notice_id}", summary="A notice", responses=problems(desk.NoticeNotFound))
async def get_notice(request: Request, actor: Coordinator, notice_id: UUID) -> NoticeView:
    async with service_of(request).database.transaction() as session:
        return NoticeView.model_validate(await desk.notice_of(session, notice_id, actor=actor))


@router.post(
    "/notices/{notice_id}/release",
    summary="Send what waits to be released",
    responses=problems(desk.NoticeNotFound, desk.OtherNumber),
    dependencies=[noted("mails-released")],
)
async def post_release(request: Request, actor: Coordinator, notice_id: UUID, decision: Decision) -> Decided:
    async with service_of(request).database.transaction() as session:
        mails = await desk.release(session, notice_id, expected=decision.expected, actor=actor, clock=clock_of(request))
    return Decided(mails=mails)


@router.post(
    "/notices/{notice_id}/send-again",
    summary="Send again what was refused or given up",
    responses=problems(desk.NoticeNotFound, desk.OtherNumber),
    dependencies=[noted("mails-released")],
)
async def post_send_again(request: Request, actor: Coordinator, notice_id: UUID, decision: Decision) -> Decided:
    """What goes is what each person still has to be told now; nothing goes to those who know how things stand."""
    async with service_of(request).database.transaction() as session:
        going = await desk.send_all_again(
            session, notice_id, expected=decision.expected, actor=actor, manner=manner_of(request)
        )
    return Decided(mails=len(going))


@router.post(
    "/deliveries/send-again",
    summary="Send again all of yours that was refused or given up",
    responses=problems(desk.OtherNumber),
    dependencies=[noted("mails-released")],
)
async def post_send_all_again(request: Request, actor: Coordinator, decision: Decision) -> Decided:
    """What goes is what each person still has to be told now; nothing goes to those who know how things stand."""
    async with service_of(request).database.transaction() as session:
        going = await desk.send_all_again(
            session, None, expected=decision.expected, actor=actor, manner=manner_of(request)
        )
    return Decided(mails=len(going))


@router.post(
    "/notices/{notice_id}/cancel",
    summary="Cancel what is not sent yet",
    responses=problems(desk.NoticeNotFound, desk.OtherNumber),
    dependencies=[noted("mails-cancelled")],
)
async def post_cancel_notice(request: Request, actor: Coordinator, notice_id: UUID, decision: Decision) -> Decided:
    async with service_of(request).database.transaction() as session:
        mails = await desk.cancel_notice(session, notice_id, expected=decision.expected, actor=actor)
    return Decided(mails=mails)
