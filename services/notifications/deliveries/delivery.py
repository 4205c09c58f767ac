"""The table of deliveries and the switch. What was sent stays here for ever, so that nothing is sent twice.

A delivery names its recipient by the pseudonymous person key alone: the address is looked up when the mail is written,
so there is none to erase, and what a mail server answers is kept as a code, because its text quotes addresses.
"""

from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, ClassVar, Literal
from uuid import UUID, uuid5

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.notifications.facts.base import Moment, Table
from services.notifications.rules.contents import RULES, About, RuleName
from services.notifications.rules.kind import Due
from shared.addresses import key_of

KEPT = JSONB(none_as_null=True)
State = Literal["planned", "leased", "sent", "bounced", "failed", "cancelled", "expired"]
STATES: tuple[State, ...] = ("planned", "leased", "sent", "bounced", "failed", "cancelled", "expired")
Reason = Literal[
    "by-hand",  # cancelled: a person cancelled it
    "no-longer-due",  # cancelled: what it would have said is no longer true, or may not be said
    "replaced",  # cancelled: another mail tells how things stand now
    "already-told",  # cancelled: the person's last mail says how things stand
    "needless",  # cancelled: the person was there before it was sent
    "never-told",  # cancelled: it takes back what was never said
    "over",  # expired: the activity is over
    "refused",  # bounced: the mail server refuses it for good
    "not-an-address",  # bounced: what is known as the person's address cannot be one
    "given-up",  # failed: refused for the time being, too often
    "unwritable",  # failed: the mail cannot be written from the facts
]

_NAMESPACE = UUID("6f0a0f5c-6d0e-5b0e-9a55-2f6d1c1f4f10")


class Delivery(Table, table=True):
    """One mail to one person.

    The key is (rule, subject, recipient, occasion, repetition). Rows are never deleted and the id follows from the key,
    so that a mail has the same Message-ID however often it is tried. A person has at most one that waits for each
    subject: the one that says how things stand.

    Attributes:
        about: the kind of thing it is about.
        subject: the key of that thing, of a registration for example.
        recipient: the person's key.
        occasion: the version of the registration or activity that gave rise to it.
        repetition: how often the same was sent before, to addresses that the person no longer has.
        activity_id: the activity that it concerns, where there is one.
        notice_id: the deliveries that go out together, see `notice_id`.
        addressed: the person has, or had, an address; the others wait for one, and nobody looks at them until then.
        asks: it waits until somebody releases it.
        answer: the mail server's last answer that was not a yes, as its code (`550`).
        told_version: the activity's version that the mail spoke of; set when it is sent.
        calendar: the method of the calendar attachment it carried; set when it is sent.
        letter: the how-manieth letter about its subject it was; set when it is sent.
        said: what the mail told, in the form in which its kind compares it with what is true; set when it is sent.
        may_have_said: what tries told of which it is not known whether they arrived; written down before each.
        traceparent: the trace that it was planned in, where one was made.
        address_mark: which address it was written to, see `mark_of`; emptied when the person is erased.
    """

    __tablename__ = "delivery"
    __table_args__: ClassVar = (
        UniqueConstraint("rule", "subject", "recipient", "occasion", "repetition", name="uq_delivery_key"),
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
    about: About = Field(default="registration", sa_type=Text)
    rule: RuleName = Field(sa_type=Text)
    subject: UUID = Field(index=True)
    recipient: str
    occasion: int
    repetition: int = 0
    notice_id: UUID = Field(index=True)
    activity_id: UUID | None
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
    letter: int | None = None
    said: dict[str, Any] | None = Field(default=None, sa_type=KEPT)
    may_have_said: list[dict[str, Any]] | None = Field(default=None, sa_type=KEPT)
    address_mark: str | None = None
    traceparent: str | None = None


class Sending(Table, table=True):
    """The one row of the switch.

    Attributes:
        held: while true nothing is sent, whatever is planned or released.
        since: what happened before this moment is not told to anybody; the moment this database was made.
    """

    __tablename__ = "sending"
    __table_args__: ClassVar = (CheckConstraint("id = 1", name="only_row"),)

    id: int = Field(default=1, primary_key=True, sa_column_kwargs={"autoincrement": False})
    held: bool
    since: datetime = Field(sa_type=Moment)
    changed_at: datetime = Field(sa_type=Moment)
    changed_by: UUID | None = None


def delivery_id(rule: str, subject: UUID, recipient: str, occasion: int, repetition: int = 0) -> UUID:
    """The id that belongs to a delivery's key."""
    key = f"{rule} {subject} {recipient} {occasion}"
    return uuid5(_NAMESPACE, f"{key} {repetition}" if repetition else key)


def notice_id(due: Due, about: UUID) -> UUID:
    """What people see, release and cancel as one: a change of an activity, or a day's confirmations for it."""
    if RULES[due.rule].together == "change":
        part = str(due.occasion.version)
    else:
        part = due.occasion.happened_at.astimezone(UTC).date().isoformat()
    return uuid5(_NAMESPACE, f"{due.rule} {about} {part}")


def mark_of(address: str, subject: UUID) -> str:
    """What tells the addresses apart to which letters about one subject went, and gives none of them away."""
    return blake2b(key_of(address).encode(), key=subject.bytes, digest_size=12).hexdigest()
