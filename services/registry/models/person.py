"""The vault: the one place where names and addresses are kept, apart from registrations, a row for each person.

Officers are in danger if their names leak. Outside the vault a person is a key: an HMAC of the person's id, different
in each programme, from which nothing leads back without the registry's secret.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from datetime import datetime
from typing import Annotated, ClassVar, Self
from uuid import UUID

from pydantic import AwareDatetime, StringConstraints
from sqlalchemy import Index, Text, text
from sqlmodel import SQLModel

from services.registry.models.base import Aggregate, Command, Field, Line, Table, one_line
from services.registry.models.errors.person import PersonNotFound
from shared.contracts.base import Language
from shared.identifiers import new_id

Email = Annotated[str, StringConstraints(pattern=r"^[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]+$", max_length=254)]
Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9 ().-]{5,30}$")]


class PersonKeys:
    """Makes the pseudonyms. The secret stays in the registry: who has it can link a key to a person's id."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < 32:
            raise ValueError("the secret of person keys has fewer than 32 bytes: make a longer one")
        self._secret = secret

    def key(self, person: "Person") -> str:
        return self._digest(f"person:{person.programme}:{person.id}".encode())

    def fingerprint(self, request: bytes) -> str:
        """What a request is recognised by without keeping it: it may hold names."""
        return self._digest(b"request:" + request)

    def _digest(self, message: bytes) -> str:
        return urlsafe_b64encode(hmac.new(self._secret, message, hashlib.sha256).digest()).rstrip(b"=").decode()


class PersonBase(SQLModel):
    name: Line = Field(sa_type=Text, description="As the person writes it.")
    email: Email | None = Field(default=None, sa_type=Text)
    phone: Phone | None = Field(default=None, sa_type=Text)
    language: Language | None = Field(default=None, sa_type=Text, description="The language to write to them in.")


class PersonDetails(PersonBase, Command):
    """Who somebody is. With an e-mail address they are found again wherever they register."""


class Person(Aggregate, PersonBase, Table, table=True):
    """A person within one programme."""

    __tablename__: ClassVar[str] = "person"
    __table_args__ = (
        Index("uq_person_email", "programme", "email_key", unique=True, postgresql_where=text("email_key IS NOT NULL")),
        Index("ix_person_likeness", "programme", "likeness"),
        Index(
            "uq_person_likeness",
            "programme",
            "likeness",
            unique=True,
            postgresql_where=text("email_key IS NULL"),
        ),
    )
    not_found = PersonNotFound

    id: UUID = Field(primary_key=True)
    programme: str = Field(sa_type=Text, foreign_key="programme.code")
    email_key: str | None = Field(default=None, sa_type=Text)
    likeness: str = Field(sa_type=Text)

    @classmethod
    def met(cls, programme: str, details: PersonBase, likeness: str, at: datetime) -> Self:
        fields = {name: getattr(details, name) for name in PersonBase.model_fields}
        email_key = email_key_of(details)
        return cls(
            id=new_id(),
            programme=programme,
            email_key=email_key,
            likeness=likeness,
            created_at=at,
            updated_at=at,
            **fields,
        )

    def learn(self, details: PersonBase, likeness: str, at: datetime) -> bool:
        """Take over what is given; what is not given stays as it was. False when nothing is new."""
        given = {name: getattr(details, name) for name in PersonBase.model_fields}
        new = {name: value for name, value in given.items() if value is not None}
        self.likeness = likeness
        return self._take(new, at)

    def correct(self, details: PersonBase, at: datetime) -> bool:
        """Know what is given and nothing else. False when nothing is new."""
        self.likeness = "\n".join((_start(details.name), *self.likeness.split("\n")[1:]))
        return self._take({name: getattr(details, name) for name in PersonBase.model_fields}, at)

    def _take(self, new: dict[str, str | None], at: datetime) -> bool:
        changes = {name: value for name, value in new.items() if getattr(self, name) != value}
        for name, value in changes.items():
            setattr(self, name, value)
        self.email_key = email_key_of(self)
        if changes:
            self.changed(at)
        return bool(changes)


class ErasedPerson(Table, table=True):
    """That somebody was erased: a key that leads nowhere any more. Should Kafka be lost before all have forgotten the
    person, the erasure can be told again."""

    __tablename__: ClassVar[str] = "erased_person"

    person_key: str = Field(primary_key=True, sa_type=Text)
    programme: str = Field(sa_type=Text)
    version: int
    erased_at: AwareDatetime


class PersonView(Aggregate, PersonBase):
    """A person as editors and administrators see them."""

    id: UUID


def email_key_of(details: PersonBase) -> str | None:
    return details.email.casefold() if details.email else None


def likeness_of(details: PersonBase, organisation: str | None, country: str | None) -> str:
    """What two persons without an address are held for the same by: name, organisation and country, exactly."""
    return "\n".join((_start(details.name), _start(organisation or ""), country or ""))


def _start(name: str) -> str:
    """As much of a name as an index takes; nobody's differs only after 200 characters."""
    return one_line(name)[:200]
