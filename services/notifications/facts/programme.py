"""What a mail says of its programme: the name, and in which languages it speaks."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, col, select

from services.notifications.facts.base import Table
from shared.contracts.programmes import Programme
from shared.database import Session
from shared.identity import Actor


class ProgrammeFact(Table, table=True):
    """The newest public state of a programme: the contract `Programme` as JSON."""

    __tablename__ = "programme"

    code: str = Field(primary_key=True)
    version: int
    state: dict[str, Any] = Field(sa_type=JSONB)

    @property
    def programme(self) -> Programme:
        return Programme.model_validate(self.state)


async def programmes(session: Session, actor: Actor) -> Sequence[ProgrammeFact]:
    """Those that the actor may see something of."""
    query = select(ProgrammeFact).order_by(col(ProgrammeFact.code))
    theirs = query if actor.programmes is None else query.where(col(ProgrammeFact.code).in_(actor.programmes))
    return (await session.exec(theirs)).all()
