"""The list of deliveries that an actor decides on."""

from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlmodel import col, select

from services.notifications.deliveries.delivery import Delivery, Sending, State
from services.notifications.deliveries.reach import decides_on, newest_of
from services.notifications.facts.activity import ActivityVersion
from services.notifications.facts.contact import ContactFact
from services.notifications.rules.contents import RuleName
from shared.listing import Listing, any_of, equals

Sort = Literal["planned", "-planned", "happened", "-happened", "state", "-state"]


class DeliveryFilter(BaseModel):
    """Which mails; several values of one field mean any of them, several fields mean all."""

    model_config = ConfigDict(extra="forbid")

    state: tuple[State, ...] = ()
    rule: RuleName | None = None
    programme: str | None = None
    activity_id: UUID | None = None
    notice_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A delivery with what is known of its recipient and its activity; no contact when the person is unknown.

    Attributes:
        title: the activity's, by language.
        held: all sending is.
    """

    delivery: Delivery
    contact: ContactFact | None
    title: dict[str, str]
    held: bool


def _read(row: Any) -> Listed:
    return Listed(*row[:4])


TITLE = newest_of(ActivityVersion, Delivery.activity_id, col(ActivityVersion.state)["title"])

MAILS: Listing[Listed] = Listing(
    name="deliveries",
    rows=select(Delivery, ContactFact, TITLE, select(Sending.held).scalar_subquery()).join(
        ContactFact, col(ContactFact.person_key) == col(Delivery.recipient), isouter=True
    ),
    key=col(Delivery.id),
    orders={
        "planned": col(Delivery.planned_at),
        "happened": col(Delivery.happened_at),
        "state": col(Delivery.state),
    },
    default="-planned",
    filters={
        "state": any_of(col(Delivery.state)),
        **{name: equals(getattr(Delivery, name)) for name in ("rule", "programme", "activity_id", "notice_id")},
    },
    read=_read,
    reach=lambda actor: (decides_on(actor),),
)
