"""Single mails, with names and addresses, for those who decide on them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from services.notifications.deliveries.delivery import Reason, State
from services.notifications.deliveries.desk import (
    DeliveryNotFound,
    NothingToSay,
    NotUndelivered,
    NotWaiting,
    cancel_delivery,
    delivery_of,
    send_again,
)
from services.notifications.deliveries.listing import MAILS, DeliveryFilter, Listed, Sort
from services.notifications.deliveries.reach import decides_on
from services.notifications.deliveries.upkeep import count_by_state
from services.notifications.deliveries.writing import Written, write_delivery
from services.notifications.http.manner import manner_of
from services.notifications.http.rights import Coordinator
from services.notifications.rules.contents import RuleName
from services.notifications.settings import NotificationsSettings
from shared.listing import BadCursor
from shared.web.documented import problems
from shared.web.requests import clock_of, service_of
from shared.web.security_log import noted

router = APIRouter(tags=["Deliveries"])


class DeliveryQuery(DeliveryFilter):
    """Which mails, in which order, and which page of them."""

    sort: Annotated[Sort, Field(description="`-` is descending.")] = "-planned"
    after: Annotated[str | None, Field(description="`next` of the page before.")] = None
    limit: Annotated[int, Field(ge=1, le=500)] = 50


class RecipientView(BaseModel):
    name: str | None
    address: str | None


class DeliveryView(BaseModel):
    """One mail to one person."""

    id: UUID
    rule: RuleName
    notice_id: UUID
    activity_id: UUID | None
    title: Annotated[dict[str, str], Field(description="The activity's title by language.")]
    happened_at: Annotated[datetime, Field(description="When it happened, what the mail tells of.")]
    state: State
    reason: Annotated[Reason | None, Field(description="Why it ended without being sent.")]
    asks: Annotated[bool, Field(description="It waits until somebody releases it.")]
    attempts: int
    next_attempt_at: datetime
    answer: Annotated[int | None, Field(description="The mail server's last refusal, as its SMTP code.")]
    sent_at: datetime | None
    recipient: Annotated[RecipientView | None, Field(description="Nobody once the person is erased.")] = None

    @classmethod
    def of(cls, listed: Listed) -> "DeliveryView":
        contact = listed.contact
        known = RecipientView(name=contact.name, address=contact.email) if contact else None
        fields = listed.delivery.model_dump(include=set(cls.model_fields) - {"title", "recipient"})
        return cls(**fields, title=listed.title, recipient=known)


class Deliveries(BaseModel):
    items: list[DeliveryView]
    next: str | None


class Letter(BaseModel):
    """What the person would read if the mail were sent now."""

    would_be_sent: bool
    reason: Annotated[Reason | None, Field(description="Why it would not be sent.")] = None
    language: str | None = None
    subject: str | None = None
    text: str | None = None
    calendar: Literal["REQUEST", "CANCEL"] | None = None


class DeliveryAgain(BaseModel):
    """The mail that goes out now."""

    id: UUID
    rule: RuleName


@router.get("/deliveries", summary="Mails, the latest planned first", responses=problems(BadCursor))
async def get_deliveries(request: Request, actor: Coordinator, sought: Annotated[DeliveryQuery, Query()]) -> Deliveries:
    async with service_of(request).database.transaction() as session:
        page = await MAILS.find(session, sought, actor=actor, sort=sought.sort, after=sought.after, limit=sought.limit)
    return Deliveries(items=[DeliveryView.of(listed) for listed in page.items], next=page.next)


@router.get("/deliveries/counts", summary="How many mails are in which state")
async def get_counts(request: Request, actor: Coordinator) -> dict[State, int]:
    async with service_of(request).database.transaction() as session:
        return await count_by_state(session, decides_on(actor))


@router.get(
    "/deliveries/{delivery_id}/letter",
    summary="What a mail says, as things stand",
    responses=problems(DeliveryNotFound),
    dependencies=[noted("mail-read")],
)
async def get_letter(request: Request, actor: Coordinator, delivery_id: UUID) -> Letter:
    settings: NotificationsSettings = request.app.state.settings
    async with service_of(request).database.transaction() as session:
        delivery = await delivery_of(session, delivery_id, actor=actor)
        found = await write_delivery(session, delivery, sender=settings.mail_from, at=clock_of(request).now())
    if not isinstance(found, Written):
        return Letter(would_be_sent=False, reason=found.reason)
    letter = found.letter
    return Letter(
        would_be_sent=True,
        language=letter.language,
        subject=letter.subject,
        text=letter.text,
        calendar=letter.method,
    )


@router.post(
    "/deliveries/{delivery_id}/send-again",
    summary="Send again a mail that was refused or cancelled by hand",
    responses=problems(DeliveryNotFound, NotUndelivered, NothingToSay),
    dependencies=[noted("mails-released")],
)
async def post_send_again_one(request: Request, actor: Coordinator, delivery_id: UUID) -> DeliveryAgain:
    """What goes is what the person still has to be told now, which may be another mail."""
    async with service_of(request).database.transaction() as session:
        going = await send_again(session, delivery_id, actor=actor, manner=manner_of(request))
        return DeliveryAgain(id=going.id, rule=going.rule)


@router.post(
    "/deliveries/{delivery_id}/cancel",
    summary="Cancel a mail that is not sent yet",
    status_code=204,
    responses=problems(DeliveryNotFound, NotWaiting),
    dependencies=[noted("mails-cancelled")],
)
async def post_cancel(request: Request, actor: Coordinator, delivery_id: UUID) -> None:
    async with service_of(request).database.transaction() as session:
        await cancel_delivery(session, delivery_id, actor=actor)
