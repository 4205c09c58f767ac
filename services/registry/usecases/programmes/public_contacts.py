"""Say that an e-mail address or a telephone number is an office's, so that it may stand in texts for everybody."""

from collections.abc import Sequence

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from services.registry.models import Command
from services.registry.models.base import Line
from services.registry.models.programme import programme_in_use
from services.registry.models.public_contact import NoContact, PublicContact, contacts_in
from services.registry.usecases.rights import allow
from shared.clock import Clock
from shared.contracts.base import Code
from shared.database import Session
from shared.identity import Actor


class AllowContact(Command):
    programme: Code
    value: Line


async def allow_contact(session: Session, command: AllowContact, *, actor: Actor, clock: Clock) -> Sequence[str]:
    """Allow a value once and for all, and answer with all that are allowed.

    Raises:
        UnknownProgramme; NoContact: there is no address and no number in it.
    """
    await programme_in_use(session, command.programme, actor=actor)
    allow(actor, "editor", programme=command.programme)
    found = contacts_in(command.value) or contacts_in(f"tel {command.value}")
    if not found:
        raise NoContact(field="value")
    rows = [
        {"programme": command.programme, "value": value, "actor_id": actor.id, "created_at": clock.now()}
        for value in found
    ]
    await session.execute(insert(PublicContact).values(rows).on_conflict_do_nothing())
    return await allowed_contacts(session, command.programme)


async def allowed_contacts(session: Session, programme: str) -> Sequence[str]:
    query = select(PublicContact.value).where(PublicContact.programme == programme).order_by(col(PublicContact.value))
    return (await session.exec(query)).all()
