"""What this database belongs to: one row, by which a registry that was put together wrongly is noticed at its start."""

from typing import ClassVar

from sqlalchemy import BigInteger, Text
from sqlmodel import Field

from services.registry.models.base import Table


class Installation(Table, table=True):
    """The one row.

    Attributes:
        epoch: of the journal; raised when an older state was restored.
        person_keys: the fingerprint of the secret that person keys are made with.
        accounts_signed_by: the fingerprint of the key that all accounts were last told with.
    """

    __tablename__: ClassVar[str] = "installation"

    id: int = Field(default=1, primary_key=True)
    epoch: int = 1
    person_keys: str | None = Field(default=None, sa_type=Text)
    accounts_signed_by: str | None = Field(default=None, sa_type=Text)


class Compared(Table, table=True):
    """Up to where a topic was compared with the journal, a row a partition."""

    __tablename__: ClassVar[str] = "compared"

    topic: str = Field(primary_key=True, sa_type=Text)
    number: int = Field(primary_key=True)
    next_offset: int = Field(sa_type=BigInteger)
