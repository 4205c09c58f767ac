"""The registry inside the test process: its database, a clock set by hand, and its use cases said in one word each.

Everything is synthetic: programme SAMPLE with phase 1 and component 1, people called Sample Person.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from sqlalchemy import select, text
from sqlmodel import col
from sqlmodel import select as select_model

from services.registry.app import build
from services.registry.models import Activity, JournalEntry, PersonKeys, Programme, Registration
from services.registry.settings import RegistrySettings
from services.registry.usecases.activities.plan import RecordActivity, record_activity
from services.registry.usecases.activities.steps import CANCEL, COMPLETE
from services.registry.usecases.persons.erase import ErasePerson, erase_person
from services.registry.usecases.programmes.define import DefineProgramme, define_programme
from services.registry.usecases.registrations.register import RegisterParticipant, register_participant
from shared.bus.outbox import outbox
from shared.database import Database
from shared.identity import SYSTEM
from shared.web.application import application
from tests.web import key_files, metrics_token_file

SECRET = b"a secret of tests, long enough to be one"
KEYS = PersonKeys(SECRET)
NOW = datetime(2026, 9, 20, 12, tzinfo=UTC)
TREE: dict[str, Any] = {
    "code": "SAMPLE",
    "name": {"en": "Sample Programme"},
    "phases": [{"code": "1", "components": [{"code": "1", "name": {"en": "Sample component"}}]}],
}
ACTIVITY: dict[str, Any] = {
    "programme": "SAMPLE",
    "phase": "1",
    "kind": "workshop",
    "title": {"en": "Sample workshop"},
    "starts": "2026-09-14",
    "ends": "2026-09-16",
    "beneficiary_countries": ["KG"],
}


@dataclass
class SetClock:
    """A clock that stands still until it is moved."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass
class Desk:
    """Where the registry's work is done in a test; each method is one transaction."""

    database: Database
    clock: SetClock = field(default_factory=SetClock)
    keys: PersonKeys = KEYS

    async def do(self, use_case: Any, command: Any, **more: Any) -> Any:
        async with self.database.transaction() as session:
            return await use_case(session, command, actor=SYSTEM, clock=self.clock, **more)

    async def define(self, **changes: Any) -> Programme:
        return await self.do(define_programme, DefineProgramme(**TREE | changes))  # type: ignore[no-any-return]

    async def plan(self, **changes: Any) -> Activity:
        command = RecordActivity(**ACTIVITY | changes)
        return await self.do(record_activity, command)  # type: ignore[no-any-return]

    async def register(self, activity: Activity, name: str = "Sample Person 1", **changes: Any) -> Registration:
        person = {"name": name, "email": changes.pop("email", None)}
        command = RegisterParticipant(activity_id=activity.id, person=person, **changes)  # type: ignore[arg-type]
        return await self.do(register_participant, command, keys=self.keys)  # type: ignore[no-any-return]

    async def cancel(self, activity: Activity, reason: str = "No room", **more: Any) -> Activity:
        command = CANCEL.of(activity.id, reason=reason, **more)
        return await self.do(CANCEL.take, command)  # type: ignore[no-any-return]

    async def complete(self, activity: Activity, **more: Any) -> Activity:
        command = COMPLETE.of(activity.id, **more)
        return await self.do(COMPLETE.take, command)  # type: ignore[no-any-return]

    async def erase(self, registration: Registration) -> int:
        assert registration.person_id
        command = ErasePerson(person_id=registration.person_id)
        return await self.do(erase_person, command, keys=self.keys)  # type: ignore[no-any-return]

    async def journal(self) -> Sequence[JournalEntry]:
        async with self.database.transaction() as session:
            return (await session.exec(select_model(JournalEntry).order_by(col(JournalEntry.position)))).all()

    async def waiting(self) -> Sequence[Any]:
        """What is in the outbox: rows with topic, key, value and headers (a mapping)."""
        async with self.database.transaction() as session:
            return [Waiting.of(row) for row in await session.execute(select(outbox).order_by(outbox.c.id))]

    async def read(self, kind: Any, key: Any) -> Any:
        async with self.database.transaction() as session:
            return await session.get(kind, key)


@dataclass(frozen=True)
class Waiting:
    """An event in the outbox."""

    topic: str
    key: str
    value: bytes | None
    headers: dict[str, str]

    @classmethod
    def of(cls, row: Any) -> "Waiting":
        return cls(row.topic, row.key.decode(), row.value, dict(row.headers))

    @property
    def type(self) -> str:
        return self.headers["ce_type"].removeprefix("org.registan.")

    @property
    def sequence(self) -> int:
        return int(self.headers["ce_sequence"])


@asynccontextmanager
async def desk(database_url: str) -> AsyncIterator[Desk]:
    """A desk over an empty database in which SAMPLE is defined."""
    database = Database(database_url, pool_size=8)
    try:
        made = Desk(database)
        await made.define()
        yield made
    finally:
        await database.close()


async def somebody_waits(database: Database, *, unless: "asyncio.Task[Any]", sessions: int = 1) -> None:
    """Until so many sessions of this database wait for a lock, or what was to wait is done without."""
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    async with asyncio.timeout(20):
        while not unless.done():
            async with database.engine.connect() as connection:
                if (await connection.execute(query)).scalar_one() >= sessions:
                    return
            await asyncio.sleep(0.01)


def registry_settings(folder: Path, database_url: str) -> RegistrySettings:
    private, public = key_files(folder)
    secret = folder / "person-key-secret"
    secret.write_bytes(SECRET)
    return RegistrySettings(
        name="registry",
        database_url=database_url,
        port=0,
        kafka_bootstrap_servers="127.0.0.1:1",
        session_public_key_file=public,
        session_private_key_file=private,
        person_key_secret_file=secret,
        metrics_token_file=metrics_token_file(folder),
    )


def registry_site(folder: Path, database_url: str) -> FastAPI:
    """The registry's own application, as `app.py` composes it."""
    return application(build(registry_settings(folder, database_url)))
