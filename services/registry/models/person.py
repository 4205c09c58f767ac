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
from sqlalchemy import Index, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from services.registry.models.base import Aggregate, Command, Line, Table, fields_of, one_line
from services.registry.models.errors.person import CannotMergePersons, NotMerged, PersonMerged, PersonNotFound
from services.registry.models.names import keys_of, written_sound
from shared import addresses
from shared.contracts.base import Language
from shared.identifiers import new_id
from shared.spelling import searchable, sortable

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

    def own_fingerprint(self) -> str:
        """What this secret is recognised by without giving it away."""
        return self._digest(b"the secret itself")

    def _digest(self, message: bytes) -> str:
        return urlsafe_b64encode(hmac.new(self._secret, message, hashlib.sha256).digest()).rstrip(b"=").decode()


class PersonBase(SQLModel):
    name: Line = Field(sa_type=Text, description="As the person writes it.")
    email: str | None = Field(default=None, sa_type=Text)
    phone: Phone | None = Field(default=None, sa_type=Text)
    language: Language | None = Field(default=None, sa_type=Text, description="The language to write to them in.")


class PersonDetails(PersonBase, Command):
    """Who somebody is. An address is not an identity: several people can be behind one office mailbox."""

    email: addresses.EmailAddress | None = None


class Person(Aggregate, PersonBase, Table, table=True):
    """A person within one programme."""

    __tablename__: ClassVar[str] = "person"
    __table_args__ = (
        Index("ix_person_email_key", "programme", "email_key"),
        Index("ix_person_likeness", "programme", "likeness"),
        Index("ix_person_sort_name", "programme", "sort_name", "id"),
        Index("ix_person_sound_keys", "sound_keys", postgresql_using="gin", postgresql_with={"fastupdate": "off"}),
    )
    not_found = PersonNotFound

    id: UUID = Field(primary_key=True)
    programme: str = Field(sa_type=Text, foreign_key="programme.code")
    email_key: str | None = Field(default=None, sa_type=Text)
    likeness: str = Field(sa_type=Text)
    sound: str = Field(default="", sa_type=Text)
    sound_keys: list[str] = Field(default=[], sa_type=ARRAY(Text))  # what names that may be alike have in common
    search_text: str = Field(default="", sa_type=Text)
    sort_name: str = Field(default="", sa_type=Text(collation="C"))
    merged_into: UUID | None = Field(default=None, foreign_key="person.id", index=True)

    @classmethod
    def met(cls, programme: str, details: PersonBase, likeness: str, at: datetime) -> Self:
        fields = fields_of(PersonBase, details)
        met = cls(id=new_id(), programme=programme, likeness=likeness, created_at=at, updated_at=at, **fields)
        met.derive()
        return met

    def learn(self, details: PersonBase, organisation: str | None, country: str | None, at: datetime) -> bool:
        """Take over what was not known of them, and the newest telephone and language. False when nothing is new.

        Their name stays as it is known, and so does an address: those are corrected, not learnt by the way.
        """
        self.likeness = likeness_of(self, organisation, country)
        new = {name: value for name in ("phone", "language") if (value := getattr(details, name)) is not None}
        if self.email is None and details.email is not None:
            new["email"] = details.email
        return bool(self.take(new, at))

    def correct(self, details: PersonBase, at: datetime) -> bool:
        """Know what is given and nothing else. False when nothing is new."""
        self.likeness = "\n".join((_start(details.name), *self.likeness.split("\n")[1:]))
        return bool(self.take(fields_of(PersonBase, details), at))

    def merge_into(self, kept: "Person", at: datetime) -> None:
        """Be found to be another person; what is known of either stays where it is.

        Raises:
            CannotMergePersons: they are one already, or of two programmes.
            PersonMerged: one of them is another person already.
        """
        if self.id == kept.id:
            raise CannotMergePersons("They are one person.", field="into")
        if self.programme != kept.programme:
            raise CannotMergePersons(f"One belongs to {self.programme}, the other to {kept.programme}.", field="into")
        for each in (self, kept):
            each.refuse_if_merged()
        self.merged_into = kept.id
        self.changed(at)

    def undo_merge(self, at: datetime) -> None:
        """Be a person of their own again. Raises: NotMerged."""
        if self.merged_into is None:
            raise NotMerged
        self.merged_into = None
        self.changed(at)

    def refuse_if_merged(self) -> None:
        if self.merged_into is not None:
            raise PersonMerged(f"It was merged into {self.merged_into}.")

    def derive(self) -> None:
        self.email_key = email_key_of(self)
        self.sound = written_sound(self.name)
        self.sound_keys = keys_of(self.name)
        self.search_text = searchable(f"{self.name}\n{self.email or ''}")
        self.sort_name = sortable(self.name)[:200]


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
    merged_into: UUID | None = None


def email_key_of(details: PersonBase) -> str | None:
    return addresses.key_of(details.email) if details.email else None


def likeness_of(details: PersonBase, organisation: str | None, country: str | None) -> str:
    """What two persons without an address are held for the same by: name, organisation and country, exactly."""
    return "\n".join((_start(details.name), _start(organisation or ""), country or ""))


def _start(name: str) -> str:
    """As much of a name as an index takes; nobody's differs only after 200 characters."""
    return one_line(name)[:200]
