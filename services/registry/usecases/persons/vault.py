"""Finding a person in the vault, or putting them there: what names and addresses say for certain, or what was decided.

Nothing is guessed. A known address with another name, or a name that fits several persons, is asked about; a different
address is a different person, however alike the names.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlmodel import select

from services.registry.models import Person
from services.registry.models.errors.person import PersonAmbiguous, PersonNotFound
from services.registry.models.person import email_key_of, likeness_of
from services.registry.usecases.persons.similar import Asked, as_offered, candidate, recognised
from shared.database import Session
from shared.identity import Actor

SameAs = UUID | Literal["new"]
"""Who somebody is, where a person has decided it: the id of somebody in the vault, or another person than those."""

Outcome = Literal["created", "updated", "unchanged"]
"""What became of what the vault knows of a person."""

# Executed with every registration, so they are built once.
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")
_HELD = (
    select(Person)
    .where(Person.programme == bindparam("programme"), Person.id == bindparam("id"))
    .with_for_update(key_share=True)
    .execution_options(populate_existing=True)
)


async def remember(
    session: Session, programme: str, asked: Asked, same_as: SameAs | None, *, actor: Actor, at: datetime
) -> tuple[Person, Outcome]:
    """The person, locked, knowing what was said of them; and what is new about them.

    Raises:
        PersonAmbiguous: it may be somebody who is known, and nobody has decided.
        PersonNotFound: `same_as` is no person of the programme.
    """
    await session.execute(_ONE_AT_A_TIME, {"key": f"{programme}\n{place_in_line(asked)}"})
    known = await _known(session, programme, asked, same_as, actor)
    organisation = asked.organisation.name if asked.organisation else None
    if known is not None:
        return known, "updated" if known.learn(asked.details, organisation, asked.country, at) else "unchanged"
    met = Person.met(programme, asked.details, likeness_of(asked.details, organisation, asked.country), at)
    session.add(met)
    await session.flush()
    return met, "created"


def place_in_line(asked: Asked) -> str:
    """What is held while somebody is looked up, so that two who enter the same person at once enter them once; people
    of a list are entered in this order, so that two lists never wait for each other."""
    organisation = asked.organisation.name if asked.organisation else None
    return email_key_of(asked.details) or likeness_of(asked.details, organisation, asked.country)


async def _known(session: Session, programme: str, asked: Asked, same_as: SameAs | None, actor: Actor) -> Person | None:
    if same_as == "new":
        return None
    if same_as is not None:
        return await _held(session, programme, same_as)
    certain, doubtful = await recognised(session, programme, asked)
    if doubtful:
        raise PersonAmbiguous([as_offered(actor, await candidate(session, each)) for each in doubtful])
    return await _held(session, programme, certain.id) if certain else None


async def _held(session: Session, programme: str, key: UUID) -> Person:
    held = (await session.exec(_HELD, params={"programme": programme, "id": key})).one_or_none()
    if held is None:
        raise PersonNotFound("Nobody in the programme has this id: leave it out, or send `new`.", field="same_as")
    return held if held.merged_into is None else await _held(session, programme, held.merged_into)
