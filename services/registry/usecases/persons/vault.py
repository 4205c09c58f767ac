"""Finding a person in the vault, or putting them there: by address, else by exactly the same name, agency and country.

Nothing is guessed. A different address is a different person, however alike the names; a name that fits several
persons is asked about.
"""

from datetime import datetime
from typing import Literal

from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from services.registry.models import Person, PersonDetails
from services.registry.models.errors.person import PersonAmbiguous
from services.registry.models.person import email_key_of, likeness_of
from shared.contracts.base import OrganisationReference
from shared.database import Session, table_of

_persons = table_of(Person)

# Executed with every registration, so they are built once.
_INSERT = insert(_persons).on_conflict_do_nothing().returning(_persons.c.id)
_OURS = select(Person).where(Person.programme == bindparam("programme")).with_for_update(key_share=True)
_BY_ADDRESS = _OURS.where(Person.email_key == bindparam("email_key"))
_ALIKE = _OURS.where(Person.likeness == bindparam("likeness")).limit(2)
_ALIKE_WITHOUT_ADDRESS = _ALIKE.where(col(Person.email_key).is_(None))

News = Literal["met", "learned", "nothing"]
"""What is new about a person: all of it, something, or nothing."""

_attempts = 2  # the second finds what somebody else put there while the first was looking


async def remember(
    session: Session,
    programme: str,
    details: PersonDetails,
    organisation: OrganisationReference | None,
    country: str | None,
    *,
    at: datetime,
) -> tuple[Person, News]:
    """The person, locked, knowing what `details` say; and what is new about them.

    Raises:
        PersonAmbiguous: no address is given and several persons are alike.
    """
    likeness = likeness_of(details, organisation.name if organisation else None, country)
    for _ in range(_attempts):
        if (known := await _find(session, programme, details, likeness)) is not None:
            return known, "learned" if known.learn(details, likeness, at) else "nothing"
        met = Person.met(programme, details, likeness, at)
        row = {name: getattr(met, name) for name in Person.model_fields}
        if (await session.execute(_INSERT, row)).one_or_none() is not None:
            return met, "met"
    raise PersonAmbiguous


async def _find(session: Session, programme: str, details: PersonDetails, likeness: str) -> Person | None:
    sought = {"programme": programme, "likeness": likeness, "email_key": email_key_of(details)}
    if sought["email_key"] is not None:
        by_address = (await session.exec(_BY_ADDRESS, params=sought)).one_or_none()
        if by_address is not None:
            return by_address
    ours = _ALIKE if sought["email_key"] is None else _ALIKE_WITHOUT_ADDRESS
    alike = (await session.exec(ours, params=sought)).all()
    if len(alike) > 1:
        raise PersonAmbiguous(field="person.email")
    return alike[0] if alike else None
