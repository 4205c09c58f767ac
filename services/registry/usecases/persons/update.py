"""Correct a person's name, address, telephone or language in the vault."""

from uuid import UUID

from services.registry.contracts import contact_changed
from services.registry.models import Change, Person, PersonDetails, PersonKeys, locked
from services.registry.usecases.rights import allow_person
from shared.bus import outbox
from shared.clock import Clock
from shared.database import Session
from shared.identity import Actor


class UpdatePerson(Change, PersonDetails):
    """The whole of what is to be known; what is left out is forgotten."""

    person_id: UUID


async def update_person(
    session: Session, command: UpdatePerson, *, actor: Actor, clock: Clock, keys: PersonKeys
) -> Person:
    """Make the vault know what the command says, and tell those who write to people.

    Raises:
        PersonNotFound, Stale, NotAllowed; PersonMerged
    """
    person = await locked(session, Person, command.person_id, seen=command.seen_version, actor=actor)
    await allow_person(session, actor, person)
    person.refuse_if_merged()
    if person.correct(command, clock.now()):
        await outbox.put(session, contact_changed(person, keys))
    return person
