"""Erase a person: what is left is a number. Their name and address are nowhere afterwards, and no key leads to them."""

from uuid import UUID

from sqlalchemy import delete
from sqlmodel import col, select

from services.registry.contracts import contact_erased
from services.registry.journal import record
from services.registry.models import Change, ErasedPerson, Person, PersonKeys, Registration, locked
from services.registry.models.registration import fresh_person_key
from shared.bus.outbox import outbox
from shared.clock import Clock
from shared.contracts import CONTACTS
from shared.database import Session
from shared.identity import Actor


class ErasePerson(Change):
    person_id: UUID


async def erase_person(session: Session, command: ErasePerson, *, actor: Actor, clock: Clock, keys: PersonKeys) -> int:
    """Remove a person from the vault, and tell everyone to forget them; answer how many registrations lost their name.

    Their registrations keep one new random key, so that they still count as one person. What waits in the outbox about
    them is never sent; the tombstone is.

    Raises:
        PersonNotFound, Stale
    """
    person = await locked(session, Person, command.person_id, seen=command.seen_version)
    query = select(Registration).where(Registration.person_id == person.id).order_by(col(Registration.id))
    registrations = (await session.exec(query.with_for_update(key_share=True))).all()
    person_key, now = fresh_person_key(), clock.now()
    for registration in registrations:
        registration.erase(person_key, now)
    erased = ErasedPerson(
        person_key=keys.key(person), programme=person.programme, version=person.version + 1, erased_at=now
    )
    session.add(erased)
    tombstone = contact_erased(erased)
    await session.execute(delete(outbox).where(outbox.c.topic == CONTACTS.name, outbox.c.key == tombstone.key.encode()))
    await session.flush()  # registrations let go of the person before the person goes
    await session.delete(person)
    await record(session, "participant-erased", *registrations, actor=actor, also=[tombstone])
    return len(registrations)
