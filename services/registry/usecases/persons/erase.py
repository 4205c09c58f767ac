"""Erase a person: what is left is a number. Their name and address are nowhere afterwards, and no key leads to them."""

from uuid import UUID

from sqlalchemy import delete
from sqlmodel import col, select

from services.registry.contracts import contact_erased
from services.registry.journal import record
from services.registry.models import Change, ErasedPerson, Person, PersonKeys, Registration, locked
from services.registry.models.registration import fresh_person_key
from services.registry.usecases.rights import allow
from shared.bus.outbox import outbox
from shared.clock import Clock
from shared.contracts import CONTACTS
from shared.database import Session
from shared.identity import Actor


class ErasePerson(Change):
    person_id: UUID


async def erase_person(session: Session, command: ErasePerson, *, actor: Actor, clock: Clock, keys: PersonKeys) -> int:
    """Remove a person from the vault, and tell everyone to forget them; answer how many registrations lost their name.

    Those who were found to be the same person go as well. Their registrations keep one new random key, so that they
    still count as one person. What waits in the outbox about them is never sent; the tombstones are.

    Raises:
        PersonNotFound, Stale, NotAllowed
    """
    person = await locked(session, Person, command.person_id, seen=command.seen_version, actor=actor)
    allow(actor, "admin", programme=person.programme)
    if person.merged_into is not None:
        person = await locked(session, Person, person.merged_into, actor=actor)
    merged = select(Person).where(Person.merged_into == person.id).order_by(col(Person.id))
    same = [*await session.exec(merged.with_for_update()), person]
    query = select(Registration).where(col(Registration.person_id).in_([each.id for each in same]))
    registrations = (await session.exec(query.order_by(col(Registration.id)).with_for_update(key_share=True))).all()
    person_key, now = fresh_person_key(), clock.now()
    for registration in registrations:
        registration.erase(person_key, now)
    erased = [
        ErasedPerson(person_key=keys.key(each), programme=each.programme, version=each.version + 1, erased_at=now)
        for each in same
    ]
    session.add_all(erased)
    tombstones = [contact_erased(each) for each in erased]
    forgotten = col(outbox.c.key).in_([each.key.encode() for each in tombstones])
    await session.execute(delete(outbox).where(outbox.c.topic == CONTACTS.name, forgotten))
    await session.flush()  # registrations let go of the person before the person goes
    for each in same:  # those merged first: the person they were merged into stays until they are gone
        await session.delete(each)
        await session.flush()
    await record(session, "participant-erased", *registrations, actor=actor, also=tombstones)
    return len(registrations)
