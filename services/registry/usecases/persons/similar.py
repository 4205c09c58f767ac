"""Who in the vault is likely the same person as somebody who is about to be registered, for a person to decide.

Lists mix Cyrillic and Latin, and the order of names; so names are compared as they sound in Latin letters, word by
word. Nothing is taken for the same by this: it is shown, and somebody chooses.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process
from sqlmodel import col, select

from services.registry.models import Person, PersonDetails, Registration
from services.registry.models.person import email_key_of, likeness_of
from shared.contracts.base import OrganisationReference
from shared.database import Session

_ALIKE = 86  # of 100: one letter of a short name, two of a long one, any order of the words
_SHOWN = 3

_LATIN = str.maketrans(
    {
        **dict(zip("абвгдезийклмнопрстуфыэ", "abvgdeziiklmnoprstufye", strict=True)),
        **dict(zip("өүңқғҳҷӣӯәіұўһё", "ounkghjiuaiuuhe", strict=True)),
        "ж": "zh",
        "х": "kh",
        "ц": "ts",
        "ч": "ch",
        "ш": "sh",
        "щ": "shch",
        "ъ": "",
        "ь": "",
        "ю": "yu",
        "я": "ya",
    }
)


@dataclass(frozen=True)
class Asked:
    """Somebody who is about to be registered."""

    details: PersonDetails
    organisation: OrganisationReference | None
    country: str | None


@dataclass(frozen=True)
class Answer:
    """The person they are known to be, or those they are likely to be; both empty for somebody new."""

    known: Person | None
    likely: Sequence[Person]


async def similar_people(session: Session, programme: str, asked: Sequence[Asked]) -> list[Answer]:
    """For each who is asked about, whom the vault of the programme knows as the same or as alike."""
    people = (await session.exec(select(Person).where(Person.programme == programme))).all()
    by_address = {person.email_key: person for person in people if person.email_key}
    by_likeness: dict[str, list[Person]] = {}
    for person in people:
        by_likeness.setdefault(person.likeness, []).append(person)
    names = {number: _sound(person.name) for number, person in enumerate(people)}
    answers = []
    for each in asked:
        known = _known(each, by_address, by_likeness)
        alike = (
            []
            if known
            else process.extract(
                _sound(each.details.name), names, scorer=fuzz.token_sort_ratio, score_cutoff=_ALIKE, limit=_SHOWN
            )
        )
        answers.append(Answer(known, [people[number] for _name, _score, number in alike]))
    return answers


async def last_part(session: Session, person: Person) -> Registration | None:
    """What is known of a person from the last activity they were registered for."""
    query = select(Registration).where(Registration.person_id == person.id).order_by(col(Registration.id).desc())
    return (await session.exec(query.limit(1))).one_or_none()


def _known(asked: Asked, by_address: dict[str, Person], by_likeness: dict[str, list[Person]]) -> Person | None:
    """As the vault itself recognises people: by address, else by exactly the same name, organisation and country."""
    address = email_key_of(asked.details)
    if address is not None and address in by_address:
        return by_address[address]
    organisation = asked.organisation.name if asked.organisation else None
    alike = by_likeness.get(likeness_of(asked.details, organisation, asked.country), [])
    candidates = [person for person in alike if address is None or person.email_key is None]
    return candidates[0] if len(candidates) == 1 else None


def _sound(name: str) -> str:
    return " ".join(name.casefold().replace("-", " ").translate(_LATIN).split())
