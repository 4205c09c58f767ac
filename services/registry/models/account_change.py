"""What administrators did to accounts and tokens, and who it was: rows are added and never changed.

The journal is public in form and tells of no account; so this stands beside it. It names accounts by their id.
"""

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import DateTime, Text
from sqlmodel import Field

from services.registry.models.base import Json, Table
from services.registry.models.granted import Grants
from shared.identity.actors import ActorKind

AccountAct = Literal["added", "enabled", "disabled", "rights-changed", "link-made", "token-created", "token-revoked"]


class AccountChange(Table, table=True):
    """One thing that was done to an account or a token."""

    __tablename__: ClassVar[str] = "account_change"

    id: UUID = Field(primary_key=True)
    account_id: UUID = Field(index=True)
    what: AccountAct = Field(sa_type=Text)
    actor_id: UUID
    actor_kind: ActorKind = Field(sa_type=Text)
    at: AwareDatetime = Field(sa_type=DateTime(timezone=True))
    before: Grants | None = Field(default=None, sa_type=Json(Grants))
    after: Grants | None = Field(default=None, sa_type=Json(Grants))
