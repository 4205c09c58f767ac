"""Topic `registan.access.v1`: who may do what. **Private**: the registry writes, every service reads.

A disabled user or a revoked token must stop working in every service, even while the registry is down. So the state of
each account and token is an event like any other; secrets are only here as hashes, names are not here at all.
"""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.contracts.base import Code, Contract, CountryCode, Versioned

AccessRole = Literal["viewer", "editor", "admin"]
GrantRole = Literal["viewer", "coordinator", "editor", "admin"]


class Grant(Contract):
    """A role, in one programme or in all, and for a coordinator in some countries."""

    role: GrantRole
    programme: Annotated[Code | None, Field(description="The programme it is for; absent when it is for all.")] = None
    countries: Annotated[
        tuple[CountryCode, ...], Field(description="The countries that a coordinator is for; empty for other roles.")
    ] = ()


class Access(Versioned):
    """What a user's account or a machine's token may do."""

    id: Annotated[UUID, Field(description="The user's or the token's id; the key of the record on Kafka.")]
    kind: Literal["user", "token"]
    role: Annotated[
        AccessRole,
        Field(description="What it may do in every programme. Who knows `grants` goes by them alone."),
    ]
    grants: Annotated[
        tuple[Grant, ...] | None,
        Field(description="What it may do where; absent when `role` says it all."),
    ] = None
    active: Annotated[bool, Field(description="False once disabled or revoked.")] = True
    token_hash: Annotated[str | None, Field(description="SHA-256 of the token's secret, hexadecimal.")] = None
    sessions_since: Annotated[
        AwareDatetime | None,
        Field(description="Sessions signed before this moment are no longer valid."),
    ] = None
    sessions_from_version: Annotated[
        int | None,
        Field(ge=1, description="Sessions signed at a lower version of the account are no longer valid."),
    ] = None
    expires_at: AwareDatetime | None = None
