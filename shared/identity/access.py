"""What accounts and tokens may do, in a table that each service has: the same question is answered alike everywhere.

The registry writes its own copy in the transaction of the change and tells the others by `access-changed`; they apply
it whenever it arrives, in any order. So a disabled user or a revoked token stops in every service even while the
registry is down.

A record of this topic can make an administrator. So it is signed by the registry's key when it is published, and one
that is not, or by another, is a dead letter: write access to Kafka alone changes nothing here.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import BigInteger, Boolean, Column, DateTime, Row, Table, Text, Uuid, bindparam, select
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.bus import outbox
from shared.bus.seals import Genuine, Seals
from shared.contracts import Event
from shared.contracts.access import Access, Grant
from shared.contracts.topics import ACCESS
from shared.database import Session, shared_tables
from shared.identifiers import new_id
from shared.identity.actors import Actor, everywhere
from shared.identity.sessions import SessionReader, SessionSigner, SignedSession
from shared.identity.tokens import digest

access_table = Table(
    "access",
    shared_tables,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("token_hash", Text, unique=True),
    Column("sessions_since", DateTime(timezone=True)),
    Column("expires_at", DateTime(timezone=True)),
    Column("version", BigInteger, nullable=False),
    Column("grants", JSONB(none_as_null=True)),
    Column("sessions_from_version", BigInteger),
)
_columns = access_table.c

# Asked with every request, so they are built once.
_BY_ID = select(access_table).where(_columns.id == bindparam("id"))
_BY_TOKEN = select(access_table).where(_columns.token_hash == bindparam("token_hash"))

NO_PROGRAMME = "*"
"""Accounts belong to the installation, not to a programme."""


async def record_access(session: Session, access: Access) -> None:
    """Write what an account may do from now on, and tell the other services. Only the registry calls this.

    The caller has locked the account's row and counted its version up.
    """
    await _write(session, [access])
    await outbox.put(session, event_of(access))


def event_of(access: Access) -> Event:
    """The event that tells the other services."""
    return Event(
        id=new_id(),
        type="access-changed",
        topic=ACCESS,
        source=ACCESS.source,
        time=access.updated_at,
        programme=NO_PROGRAMME,
        data=access,
        key=str(access.id),
        sequence=access.version,
    )


def seals(signer: SessionSigner) -> Seals:
    """What the registry's relay signs on its way."""
    return {ACCESS.name: lambda key, value: signer.seal(_signed(key, value))}


def genuine(sessions: SessionReader) -> Genuine:
    """What a service that listens to this topic asks of each record."""
    return lambda key, value, seal: sessions.sealed(_signed(key, value), seal)


def _signed(key: bytes, value: bytes | None) -> bytes:
    """The record as a whole: its value names account and version, so it can be neither moved nor renewed."""
    return b"\0".join((ACCESS.name.encode(), key, value or b""))


async def apply(session: Session, events: Sequence[Event]) -> None:
    """The handler of topic `registan.access.v1`: the newest version of each account wins, in any order."""
    newest: dict[str, Access] = {}
    for event in events:
        if not isinstance(event.data, Access):
            raise TypeError(f"{event.topic.name} carries no tombstones: an account is disabled, never erased")
        known = newest.get(event.key)
        if known is None or known.version < event.data.version:
            newest[event.key] = event.data
    # Always in the same order, so that two batches never wait for each other's rows.
    await _write(session, [newest[key] for key in sorted(newest)])


async def _write(session: Session, states: Sequence[Access]) -> None:
    if not states:
        return
    statement = insert(access_table)
    newer = statement.on_conflict_do_update(
        index_elements=["id"],
        set_={column.name: statement.excluded[column.name] for column in _columns if not column.primary_key},
        where=_columns.version < statement.excluded.version,
    )
    names = [column.name for column in _columns]
    await session.execute(newer, [state.model_dump(include=set(names)) for state in states])


async def check(reading: Session | AsyncConnection, signed: SignedSession) -> Actor | None:
    """The account of a validly signed session; `None` when the account is disabled or its sessions were ended.

    An account that is not known here yet is taken at the word of the registry's signature: its event is on the way.
    """
    row = (await reading.execute(_BY_ID, {"id": signed.user_id})).one_or_none()
    if row is None:
        return Actor(id=signed.user_id, kind="user", grants=everywhere(signed.role))
    if row.kind != "user" or not row.active or _ended(row, signed):
        return None
    return Actor(id=row.id, kind="user", grants=_grants(row))


def _ended(row: Row[Any], signed: SignedSession) -> bool:
    """Versions tell it surely, times only as far as all clocks are right. But the release before, which may still
    serve beside this one, knows times alone: it signs without a version, and what it ends has none."""
    by_version = None not in (row.sessions_from_version, signed.version) and signed.version < row.sessions_from_version
    by_time = row.sessions_since is not None and signed.issued_at < row.sessions_since
    return by_version or by_time


async def find_token(reading: Session | AsyncConnection, secret: str, now: datetime) -> Actor | None:
    """The account of a token's secret; `None` when it is unknown here, revoked or over."""
    row = (await reading.execute(_BY_TOKEN, {"token_hash": digest(secret)})).one_or_none()
    if row is None or row.kind != "token" or not row.active:
        return None
    if row.expires_at is not None and row.expires_at <= now:
        return None
    return Actor(id=row.id, kind="token", grants=_grants(row))


def _grants(row: Row[Any]) -> tuple[Grant, ...]:
    """What an account may do where; an account that was told of before there were grants has its role everywhere."""
    return everywhere(row.role) if row.grants is None else _GRANTS.validate_python(row.grants)


_GRANTS: TypeAdapter[tuple[Grant, ...]] = TypeAdapter(tuple[Grant, ...])
