"""What notifications keeps of a person, for the person who asks for it: how they are reached, and each mail.

Its copies of public events are in the registry's part, as what happened to each registration. The texts of mails are
kept nowhere: what a mail told is kept as the facts that it spoke of.
"""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field
from sqlmodel import col, select

from services.notifications.deliveries.delivery import Delivery, Reason, State
from services.notifications.deliveries.listing import TITLE
from services.notifications.facts.contact import ContactFact
from services.notifications.facts.registration import RegistrationVersion
from services.notifications.rules.contents import RuleName
from shared.database import Session
from shared.errors import NotFound
from shared.identity import EVERYWHERE, Actor


class PersonUnknown(NotFound):
    """Nothing is kept here of a person with this key."""

    slug = "person-unknown"


class MailOfPerson(BaseModel):
    """A mail to the person, sent or not."""

    id: UUID
    rule: RuleName
    activity_id: UUID | None
    title: Annotated[dict[str, str] | None, Field(description="The activity's title by language.")]
    happened_at: Annotated[datetime, Field(description="When it happened, what the mail tells of.")]
    state: State
    reason: Annotated[Reason | None, Field(description="Why it ended without being sent.")]
    sent_at: datetime | None
    calendar: Literal["REQUEST", "CANCEL"] | None
    told: Annotated[dict[str, Any] | None, Field(description="What the mail said, as facts.")]


class MailsOfPerson(BaseModel):
    """What notifications keeps of a person besides its copies of public events."""

    person_key: str
    name: str | None
    email: str | None
    language: str | None
    erased: bool
    mails: list[MailOfPerson]


async def mails_of_person(session: Session, person_key: str, *, actor: Actor) -> MailsOfPerson:
    """What is kept of a person, the mails in the order in which they were planned: for editors of their programme.

    Raises:
        PersonUnknown: nothing is kept here, or the person is of a programme that the actor does not edit.
    """
    contact = await session.get(ContactFact, person_key)
    query = select(Delivery, TITLE).where(Delivery.recipient == person_key)
    sent = (await session.exec(query.order_by(col(Delivery.planned_at), col(Delivery.id)))).all()
    of_them = select(RegistrationVersion.programme).where(RegistrationVersion.person_key == person_key).limit(1)
    programme = (await session.exec(of_them)).one_or_none() or EVERYWHERE  # a key is of one programme
    if (contact is None and not sent) or not actor.may("editor", programme=programme):
        raise PersonUnknown
    return MailsOfPerson(
        person_key=person_key,
        name=contact.name if contact else None,
        email=contact.email if contact else None,
        language=contact.language if contact else None,
        erased=contact.erased if contact else False,
        mails=[
            MailOfPerson(
                **each.model_dump(include=set(MailOfPerson.model_fields) - {"title", "told"}),
                title=title,
                told=each.said,
            )
            for each, title in sent
        ],
    )
