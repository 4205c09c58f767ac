"""How a person can be reached: the only personal data here, and only its newest version.

A tombstone empties the row and leaves its version, so that an older event that comes late brings nothing back.
"""

from sqlmodel import Field

from services.notifications.facts.base import Table


class ContactFact(Table, table=True):
    """A person's name, address and language within one programme; all empty once erased."""

    __tablename__ = "contact"

    person_key: str = Field(primary_key=True)
    version: int
    name: str | None
    email: str | None
    language: str | None
    erased: bool
