"""Finding a person in the vault, or putting them there: by address, else by exactly the same name, agency and country.

Nothing is guessed. A different address is a different person, however alike the names; a name that fits several
persons is asked about.
"""

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from services.registry.models import Person, PersonDetails
from services.registry.models.errors import PersonAmbiguous
from services.registry.models.person import email_key_of, likeness_of
from shared.contracts.base import OrganisationReference
from shared.database import Session

_attempts = 2  # the second finds what somebody else put there while the first was looking


async def remember(
    session: Session,
    programme: str,
    details: PersonDetails,
    organisation: OrganisationReference | None,
    country: str | None,
    *,
    at: datetime,
) -> tuple[Person, bool]:
    """The person, locked, knowing what `details` say; and whether anything about them is new.

    Raises:
        PersonAmbiguous: no address is given and several persons are alike.
    """
    likeness = likeness_of(details, organisation.name if organisation else None, country)
    for _ in range(_attempts):
        if (known := await _find(session, programme, details, likeness)) is not None:
            return known, known.learn(details, likeness, at)
        met = Person.met(programme, details, likeness, at)
        row = {name: getattr(met, name) for name in Person.model_fields}
        added = await session.execute(insert(Person).values(row).on_conflict_do_nothing().returning(col(Person.id)))
        if added.one_or_none() is not None:
            return (await session.get_one(Person, met.id)), True
    raise PersonAmbiguous


async def _find(session: Session, programme: str, details: PersonDetails, likeness: str) -> Person | None:
    email_key = email_key_of(details)
    ours = select(Person).where(Person.programme == programme).with_for_update(key_share=True)
    if email_key is not None:
        by_address = (await session.exec(ours.where(Person.email_key == email_key))).one_or_none()
        if by_address is not None:
            return by_address
        ours = ours.where(col(Person.email_key).is_(None))
    alike = (await session.exec(ours.where(Person.likeness == likeness).limit(2))).all()
    if len(alike) > 1:
        raise PersonAmbiguous(field="person.email")
    return alike[0] if alike else None
