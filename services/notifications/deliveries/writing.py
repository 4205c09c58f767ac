"""Delivery → letter, at the last moment: it is asked once more what the person needs, and nothing else is sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlmodel import select

from services.notifications.deliveries.beliefs import beliefs_of, deliveries_of, why_dropped
from services.notifications.deliveries.delivery import Delivery, Reason, Sending, mark_of
from services.notifications.facts.contact import ContactFact
from services.notifications.facts.programme import ProgrammeFact
from services.notifications.messages.letter import Letter, Recipient
from services.notifications.rules.contents import KINDS
from services.notifications.rules.kind import Case, Said
from shared.addresses import NotAnAddress, for_mail_servers
from shared.database import Session


@dataclass(frozen=True, slots=True)
class Written:
    """A letter, and what it says.

    Attributes:
        address: where it goes; `None` where no address is known yet.
        said: kept beside the delivery once it is sent.
        mark: of the address, see `mark_of`.
    """

    letter: Letter
    address: str | None
    said: dict[str, Any]
    mark: str | None

    @property
    def told_version(self) -> int | None:
        return self.said.get("version")


@dataclass(frozen=True, slots=True)
class NotSent:
    """There is nothing to send any more, or no way to send it."""

    state: Literal["cancelled", "expired", "bounced"]
    reason: Reason
    mark: str | None = None


async def write_delivery(session: Session, delivery: Delivery, *, sender: str, at: datetime) -> Written | NotSent:
    """What the person is to read now."""
    kind = KINDS[delivery.about]
    contact = await session.get(ContactFact, delivery.recipient, populate_existing=True)
    programme = await session.get(ProgrammeFact, delivery.programme, populate_existing=True)
    case = next(iter(await kind.cases_of(session, [delivery.subject])), None)
    if contact is None or contact.erased or programme is None or case is None or case.recipient != delivery.recipient:
        return NotSent("cancelled", "no-longer-due")
    if case.is_over(at):
        return NotSent("expired", "over")
    mark = mark_of(contact.email, delivery.subject) if contact.email else None
    beliefs = await _beliefs(session, delivery, case, mark)
    due = kind.due(case, beliefs)
    if due is None or (due.rule, due.occasion.version) != (delivery.rule, delivery.occasion):
        return NotSent("cancelled", why_dropped(case, due, beliefs))
    try:
        address = for_mail_servers(contact.email) if contact.email else None
    except NotAnAddress:
        return NotSent("bounced", "not-an-address", mark)
    letter, said = kind.write(
        case,
        due,
        programme=programme.programme,
        recipient=Recipient(contact.name or "", address, contact.language),
        beliefs=beliefs,
        at=at,
        sender=sender,
    )
    return Written(letter, address, dict(said), mark)


async def _beliefs(session: Session, delivery: Delivery, case: Case, mark: str | None) -> Sequence[Said | None]:
    since = (await session.exec(select(Sending.since))).one()
    known = await deliveries_of(session, [delivery.subject])
    return beliefs_of(delivery.about, case, known[delivery.subject], mark=mark, since=since)
