"""Who in the vault may be the same person as somebody who is about to be registered, for a person to decide.

Lists mix alphabets, romanisations and the order of names, and an office has one mailbox for several people. Nothing is
taken for the same by what is alike here: it is shown, and somebody chooses.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Text, col, or_, select

from services.registry.models import Person, PersonDetails, Registration
from services.registry.models.names import ALIKE, is_one_name, keys_of, likeness_of_sounds, read_sound, sound_of
from services.registry.models.person import email_key_of, likeness_of
from shared.contracts.base import OrganisationReference
from shared.database import Session
from shared.identity import Actor

MOST_OFFERED = 5

_ELSEWHERE = 8  # percent less: people seldom change the country that they are sent by
_SAME_AGENCY, _OTHER_AGENCY = 3, 6  # percent more, and less


@dataclass(frozen=True)
class Asked:
    """Somebody who is about to be registered."""

    details: PersonDetails
    organisation: OrganisationReference | None
    country: str | None


@dataclass(frozen=True)
class Answer:
    """The person they are known to be, or those they may be, the likeliest first; both empty for somebody new."""

    known: Person | None
    likely: Sequence[Person]


@dataclass(frozen=True)
class Candidate:
    """Somebody who is known, and what they were registered with last."""

    person: Person
    last: Registration | None

    @property
    def country(self) -> str | None:
        return self.last.country if self.last else None


async def similar_people(session: Session, programme: str, asked: Sequence[Asked]) -> list[Answer]:
    """For each who is asked about, the person the programme's vault knows as the same, or those alike."""
    return [await _similar(session, programme, each) for each in asked]


async def _similar(session: Session, programme: str, asked: Asked) -> Answer:
    certain, doubtful = await recognised(session, programme, asked)
    if certain is not None:
        return Answer(certain, [])
    sharing = {person.id: person for person in doubtful}
    return Answer(None, [*sharing.values(), *await alike(session, programme, asked, without=sharing)][:MOST_OFFERED])


async def recognised(session: Session, programme: str, asked: Asked) -> tuple[Person | None, Sequence[Person]]:
    """The one person that address and name, or name, agency and country point to; else all they could point to.

    Who has the address and another name is one of the latter: an address is not an identity.
    """
    address, alike = email_key_of(asked.details), _likeness(asked)
    by_name = or_(col(Person.email_key).is_(None), address is None)
    query = select(Person).where(
        Person.programme == programme,
        or_(col(Person.email_key) == address, (col(Person.likeness) == alike) & by_name)
        if address
        else col(Person.likeness) == alike,
    )
    found = (await session.exec(query.order_by(col(Person.id)).limit(MOST_OFFERED * 4))).all()
    found = await _whom_they_are(session, found)
    sharing = [each for each in found if address and each.email_key == address]
    same = [each for each in sharing if is_one_name(each.name, asked.details.name)]
    candidates = same or sharing or found
    if len(candidates) == 1 and (same or not sharing):
        return candidates[0], []
    return None, candidates[:MOST_OFFERED]


async def candidate(session: Session, person: Person) -> Candidate:
    """A person, and what is known of them from the last activity they were registered for."""
    query = select(Registration).where(Registration.person_id == person.id).order_by(col(Registration.id).desc())
    return Candidate(person, (await session.exec(query.limit(1))).one_or_none())


async def candidates_for(session: Session, actor: Actor, persons: Sequence[Person]) -> list[Candidate]:
    """Those of them the actor may know, to choose from."""
    offered = [await candidate(session, person) for person in persons]
    return [each for each in offered if may_know(actor, each.person.programme, each.country)]


def may_know(actor: Actor, programme: str, country: str | None) -> bool:
    """Whether somebody may learn who a person of this country is."""
    return actor.may("editor", programme=programme, countries=(country,))


def as_offered(actor: Actor, offered: Candidate) -> dict[str, Any]:
    """A candidate as an answer names them; of another country's people nothing is told."""
    country = offered.country
    if not may_know(actor, offered.person.programme, country):
        return {"elsewhere": True, "hint": "Somebody of another country: ask an editor."}
    organisation = offered.last.organisation.name if offered.last and offered.last.organisation else None
    person = offered.person
    known = {"id": str(person.id), "name": person.name, "email": person.email}
    return known | {"organisation": organisation, "country": country}


_SHARING_A_KEY = select(Person.id, Person.sound, Person.likeness).where(
    Person.programme == bindparam("programme"),
    col(Person.sound_keys).op("&&")(bindparam("keys", type_=ARRAY(Text))),
)


async def alike(session: Session, programme: str, asked: Asked, *, without: Collection[UUID] = ()) -> list[Person]:
    """The people whose names are alike, the likeliest first."""
    name = asked.details.name
    heard, said = sound_of(name), _likeness(asked)
    sharing = await session.exec(_SHARING_A_KEY, params={"programme": programme, "keys": keys_of(name)})
    scored = [
        (score, key)
        for key, sound, known in sharing
        if key not in without
        and (score := _weighed(likeness_of_sounds(heard, read_sound(sound)), said, known)) >= ALIKE
    ]
    best = [key for _score, key in sorted(scored, key=lambda each: (-each[0], str(each[1])))[:MOST_OFFERED]]
    found = {each.id: each for each in await session.exec(select(Person).where(col(Person.id).in_(best)))}
    offered = await _whom_they_are(session, [found[key] for key in best if key in found])
    return [each for each in offered if each.id not in without]


async def _whom_they_are(session: Session, found: Sequence[Person]) -> list[Person]:
    """The same people, each once; who was found to be another person is that one."""
    merged = {each.merged_into for each in found if each.merged_into}
    kept = {each.id: each for each in await session.exec(select(Person).where(col(Person.id).in_(merged)))}
    who = [kept[each.merged_into] if each.merged_into else each for each in found]
    return list({each.id: each for each in who}.values())


def _weighed(score: int, said: str, known: str) -> int:
    """The likeness of two names, and what agency and country say to it; what is not known says nothing."""
    _name, agency, country = said.split("\n")
    _name, their_agency, their_country = known.split("\n")
    if agency and their_agency:
        score += _SAME_AGENCY if agency == their_agency else -_OTHER_AGENCY
    if country and their_country and country != their_country:
        score -= _ELSEWHERE
    return score


def _likeness(asked: Asked) -> str:
    return likeness_of(asked.details, asked.organisation.name if asked.organisation else None, asked.country)
