"""What a mail says of its programme: the name, and in which languages it speaks."""

from typing import Any

from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.notifications.facts.base import Table
from shared.contracts.programmes import Programme


class ProgrammeFact(Table, table=True):
    """The newest public state of a programme: the contract `Programme` as JSON."""

    __tablename__ = "programme"

    code: str = Field(primary_key=True)
    version: int
    state: dict[str, Any] = Field(sa_type=JSONB)

    @property
    def programme(self) -> Programme:
        return Programme.model_validate(self.state)
