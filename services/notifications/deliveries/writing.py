"""Delivery → letter, at the last moment: the rules are asked once more, and what is no longer true is not sent."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlmodel import col, select

from services.notifications.deliveries.delivery import Delivery, Reason
from services.notifications.deliveries.planning import cases_of_registrations
from services.notifications.facts.contact import ContactFact
from services.notifications.facts.programme import ProgrammeFact
from services.notifications.messages.letter import Letter, Recipient, write
from services.notifications.rules.case import Told
from services.notifications.rules.table import RULES, due
from shared.database import Session


@dataclass(frozen=True, slots=True)
class Written:
    """A letter, where it goes, and the version of the activity that it speaks of."""

    letter: Letter
    address: str
    told_version: int


@dataclass(frozen=True, slots=True)
class Superseded:
    """There is nothing to send any more."""

    state: Literal["cancelled", "expired"]
    reason: Reason


async def write_delivery(session: Session, delivery: Delivery, *, sender: str, at: datetime) -> Written | Superseded:
    """What the person is to read now."""
    contact = await session.get(ContactFact, delivery.recipient)
    programme = await session.get(ProgrammeFact, delivery.programme)
    cases = await cases_of_registrations(session, [delivery.subject])
    if not cases or contact is None or contact.erased or not contact.email or programme is None:
        return Superseded("cancelled", "no-longer-due")
    case = cases[0]
    thing = next(
        (thing for thing in due(case) if (thing.rule, thing.occasion.version) == (delivery.rule, delivery.occasion)),
        None,
    )
    if thing is None:
        return Superseded("cancelled", "no-longer-due")
    if case.is_over(at):
        return Superseded("expired", "over")
    told = await _told_before(session, delivery)
    superfluous = RULES[delivery.rule].superfluous(thing.occasion, told)
    if superfluous:
        return Superseded("cancelled", superfluous)
    letter = write(
        case,
        thing,
        programme=programme.programme,
        recipient=Recipient(contact.name or "", contact.email, contact.language),
        told=told,
        at=at,
        sender=sender,
    )
    return Written(letter, contact.email, case.activity.version)


async def _told_before(session: Session, delivery: Delivery) -> list[Told]:
    """What this person was sent about this activity, oldest first."""
    query = (
        select(Delivery)
        .where(
            Delivery.activity_id == delivery.activity_id,
            Delivery.recipient == delivery.recipient,
            Delivery.state == "sent",
        )
        .order_by(col(Delivery.sent_at))
    )
    return [Told(mail.rule, mail.told_version or 0, mail.calendar) for mail in await session.exec(query)]
