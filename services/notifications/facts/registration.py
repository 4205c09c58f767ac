"""Each version of a registration as it was told: who was registered at what moment follows from them."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from services.notifications.facts.base import Moment, Table


class RegistrationVersion(Table, table=True):
    """A registration after one change; like `ActivityVersion`, never changed.

    Attributes:
        country: of the person; not known of what was told before it was kept, until it is told again.
        counted_as: the registration that counts instead, where two of one person met.
        created_at: when the registration was first recorded, which is known even where its first version is not.
    """

    __tablename__ = "registration_version"

    id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    type: str
    happened_at: datetime = Field(sa_type=Moment)
    created_at: datetime = Field(sa_type=Moment)
    activity_id: UUID = Field(index=True)
    programme: str
    person_key: str = Field(index=True)
    status: str
    country: str | None = None
    counted_as: UUID | None = None
