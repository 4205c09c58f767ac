"""The table of deliveries and the switch. What was sent stays here for ever, so that nothing is sent twice.

A delivery names its recipient by the pseudonymous person key alone: the address is looked up when the mail is written,
so there is none to erase, and what a mail server answers is kept as a code, because its text quotes addresses.
"""

from datetime import UTC, datetime
from typing import ClassVar, Literal
from uuid import UUID, uuid5

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, text
from sqlmodel import Field

from services.notifications.facts.base import Moment, Table
from services.notifications.rules.case import RuleName
from services.notifications.rules.table import RULES, Due

State = Literal["planned", "leased", "sent", "bounced", "failed", "cancelled", "expired"]
STATES: tuple[State, ...] = ("planned", "leased", "sent", "bounced", "failed", "cancelled", "expired")
Reason = Literal[
    "by-hand",  # cancelled: a person cancelled it
    "no-longer-due",  # cancelled: what it would have said is no longer true
    "already-told",  # cancelled: another mail said it before
    "never-told",  # cancelled: it takes back what was never said
    "over",  # expired: the activity is over
    "refused",  # bounced: the mail server refuses it for good
    "given-up",  # failed: refused for the time being, too often
    "unwritable",  # failed: the mail cannot be written from the facts
]

_NAMESPACE = UUID("6f0a0f5c-6d0e-5b0e-9a55-2f6d1c1f4f10")


class Delivery(Table, table=True):
    """One mail to one person.

    The key is (rule, subject, recipient, occasion). Rows are never deleted and the id follows from the key, so that a
    mail has the same Message-ID however often it is tried.

    Attributes:
        subject: the registration it is about.
        recipient: the person's key.
        occasion: the version of the registration or activity that gave rise to it.
        notice_id: the deliveries that go out together, see `notice_id`.
        addressed: the person has, or had, an address; the others wait for one, and nobody looks at them until then.
        asks: it waits until somebody releases it.
        answer: the mail server's last answer that was not a yes, as its code (`550`).
        told_version: the activity's version that the mail spoke of; set when it is sent.
        calendar: the method of the calendar attachment it carried; set when it is sent.
    """

    __tablename__ = "delivery"
    __table_args__: ClassVar = (
        UniqueConstraint("rule", "subject", "recipient", "occasion", name="uq_delivery_key"),
        CheckConstraint(f"state IN ({', '.join(repr(state) for state in STATES)})", name="state"),
        Index(
            "ix_delivery_to_send",
            "next_attempt_at",
            postgresql_where=text("state = 'planned' AND NOT asks AND addressed"),
        ),
        Index("ix_delivery_without_address", "recipient", postgresql_where=text("state = 'planned' AND NOT addressed")),
        Index("ix_delivery_leased", "leased_until", postgresql_where=text("state = 'leased'")),
        Index("ix_delivery_told", "activity_id", "recipient"),
    )

    id: UUID = Field(primary_key=True)
    rule: RuleName = Field(sa_type=Text)
    subject: UUID = Field(index=True)
    recipient: str
    occasion: int
    notice_id: UUID = Field(index=True)
    activity_id: UUID
    programme: str
    happened_at: datetime = Field(sa_type=Moment)
    planned_at: datetime = Field(sa_type=Moment)
    state: State = Field(sa_type=Text)
    reason: Reason | None = Field(default=None, sa_type=Text)
    addressed: bool
    asks: bool = False
    released_by: UUID | None = None
    attempts: int = 0
    next_attempt_at: datetime = Field(sa_type=Moment)
    leased_until: datetime | None = Field(default=None, sa_type=Moment)
    answer: int | None = None
    sent_at: datetime | None = Field(default=None, sa_type=Moment)
    told_version: int | None = None
    calendar: Literal["REQUEST", "CANCEL"] | None = Field(default=None, sa_type=Text)


class Sending(Table, table=True):
    """The one row of the switch.

    Attributes:
        held: while true nothing is sent, whatever is planned or released.
        since: what happened before this moment is told to nobody; the moment this database was made.
    """

    __tablename__ = "sending"
    __table_args__: ClassVar = (CheckConstraint("id = 1", name="only_row"),)

    id: int = Field(default=1, primary_key=True, sa_column_kwargs={"autoincrement": False})
    held: bool
    since: datetime = Field(sa_type=Moment)
    changed_at: datetime = Field(sa_type=Moment)
    changed_by: UUID | None = None


def delivery_id(rule: RuleName, subject: UUID, recipient: str, occasion: int) -> UUID:
    """The id that belongs to a delivery's key."""
    return uuid5(_NAMESPACE, f"{rule} {subject} {recipient} {occasion}")


def notice_id(due: Due, activity_id: UUID) -> UUID:
    """What people see, release and cancel as one: a change of an activity, or a day's confirmations for it."""
    if RULES[due.rule].about == "activity":
        part = str(due.occasion.version)
    else:
        part = due.occasion.happened_at.astimezone(UTC).date().isoformat()
    return uuid5(_NAMESPACE, f"{due.rule} {activity_id} {part}")
