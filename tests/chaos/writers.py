"""Writers of synthetic history: what they are told is done, they remember; the ledger holds the installation to it.

Two doors lead in: the registry's HTTP API, as a program uses it, which repeats a request of unknown outcome with the
same Idempotency-Key; and its use cases in this process, where a scenario needs many writes or a transaction's inside.
"""

import asyncio
import math
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, Protocol
from uuid import UUID

import httpx2

from services.registry.models import PersonKeys
from services.registry.models.token import CreateToken
from services.registry.usecases.accounts.create_token import create_token
from services.registry.usecases.activities.plan import PlanActivity, plan_activity
from services.registry.usecases.activities.update import UpdateActivity, update_activity
from services.registry.usecases.programmes.define import DefineProgramme, define_programme
from services.registry.usecases.registrations.register import RegisterParticipant, register_participant
from services.registry.usecases.registrations.update import UpdateRegistration, update_registration
from shared.clock import SystemClock
from shared.contracts import ACTIVITIES, PARTICIPANTS
from shared.database import Database
from shared.identifiers import new_id
from shared.identity import SYSTEM
from tests.chaos.rig import Process, Rig

CLOCK = SystemClock()
TREE: dict[str, Any] = {
    "code": "SAMPLE",
    "name": {"en": "Sample Programme"},
    "synthetic": True,
    "phases": [{"code": "1", "components": [{"code": "1", "name": {"en": "Sample component"}}]}],
}


@dataclass(frozen=True, slots=True)
class Version:
    """One version of one aggregate: what an event is about."""

    topic: str
    key: str
    number: int


class Denied(Exception):
    """The registry does not know what it has acknowledged; the ledger will show it."""


class RolledBack(Exception):
    """The writer changed its mind inside the transaction."""


class Door(Protocol):
    """How a writer reaches the registry. Each returns when, and only when, it is told that it is done."""

    async def plan(self, fields: dict[str, Any]) -> Version: ...
    async def retitle(self, activity: str, fields: dict[str, Any]) -> Version: ...
    async def register(self, activity: str, fields: dict[str, Any]) -> Version: ...
    async def correct(self, registration: str, fields: dict[str, Any]) -> Version: ...


@dataclass
class UseCases:
    """The door inside this process.

    Attributes:
        before_commit: done at the end of each transaction; may wait, or raise `RolledBack`.
        took: seconds that each write took, in the order of their ends.
    """

    database: Database
    keys: PersonKeys
    before_commit: Callable[[], Awaitable[None]] | None = None
    took: list[float] = field(default_factory=list)

    async def plan(self, fields: dict[str, Any]) -> Version:
        return await self._do(ACTIVITIES.name, plan_activity, PlanActivity(**fields))

    async def retitle(self, activity: str, fields: dict[str, Any]) -> Version:
        return await self._do(ACTIVITIES.name, update_activity, UpdateActivity(activity_id=UUID(activity), **fields))

    async def register(self, activity: str, fields: dict[str, Any]) -> Version:
        command = RegisterParticipant(activity_id=UUID(activity), **fields)
        return await self._do(PARTICIPANTS.name, register_participant, command, keys=self.keys)

    async def correct(self, registration: str, fields: dict[str, Any]) -> Version:
        command = UpdateRegistration(registration_id=UUID(registration), **fields)
        return await self._do(PARTICIPANTS.name, update_registration, command)

    async def _do(self, topic: str, use_case: Any, command: Any, **more: Any) -> Version:
        begun = time.monotonic()
        async with self.database.transaction() as session:
            made = await use_case(session, command, actor=SYSTEM, clock=CLOCK, **more)
            if self.before_commit:
                await self.before_commit()
        self.took.append(time.monotonic() - begun)
        return Version(topic, str(made.id), made.version)


@dataclass
class Http:
    """The door of other programs.

    Attributes:
        errors: answers and broken connections that told the writer to try again.
        refusals: of them, answers, by their status.
    """

    client: httpx2.AsyncClient
    patience: float = 120
    errors: int = 0
    refusals: Counter[str] = field(default_factory=Counter)

    async def plan(self, fields: dict[str, Any]) -> Version:
        return await self._ask("POST", "activities", ACTIVITIES.name, fields)

    async def retitle(self, activity: str, fields: dict[str, Any]) -> Version:
        return await self._ask("PATCH", f"activities/{activity}", ACTIVITIES.name, fields)

    async def register(self, activity: str, fields: dict[str, Any]) -> Version:
        return await self._ask("POST", f"activities/{activity}/registrations", PARTICIPANTS.name, fields)

    async def correct(self, registration: str, fields: dict[str, Any]) -> Version:
        return await self._ask("PATCH", f"registrations/{registration}", PARTICIPANTS.name, fields)

    async def _ask(self, method: str, path: str, topic: str, fields: dict[str, Any]) -> Version:
        headers = {"if-match": "*"} | ({"idempotency-key": str(new_id())} if method == "POST" else {})
        deadline = time.monotonic() + self.patience
        while True:
            try:
                answer = await self.client.request(method, path, json=fields, headers=headers)
            except httpx2.HTTPError:
                answer = None
            if answer is not None and answer.is_success:
                state = answer.json()
                return Version(topic, state["id"], state["version"])
            self.errors += 1
            if answer is not None:
                self.refusals[str(answer.status_code)] += 1
            if answer is not None and answer.status_code == HTTPStatus.NOT_FOUND:
                raise Denied
            if answer is not None and answer.status_code < 500:
                raise AssertionError(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
            if time.monotonic() > deadline:
                raise TimeoutError(f"{method} {path} did not succeed within {self.patience} s")
            await asyncio.sleep(0.1)  # a program that repeats its request does not repeat it at once


@dataclass
class Writers:
    """Several at once, each with activities of its own; what happens is decided by the seed.

    Attributes:
        mailed: the share of people with an address, who get a confirmation.
        hot: each has one activity, and this share of all writes changes it, so that any disorder shows.
        acknowledged: what the writers were told is done.
        expected_mails: registrations whose person has an address.
    """

    seed: int
    mailed: float = 0.0
    hot: float = 0.0
    acknowledged: list[Version] = field(default_factory=list)
    expected_mails: int = 0
    _left: float = 0
    _runs: int = 0

    async def write(self, door: Door, events: float = math.inf, *, writers: int = 8, pace: float = 0) -> None:
        """Until so many events are acknowledged, or `stop`.

        Args:
            pace: seconds that each writer rests between two writes.
        """
        self._left = events
        self._runs += 1
        async with asyncio.TaskGroup() as group:
            for number in range(writers):
                chance = random.Random(f"{self.seed} {self._runs} {number}")  # noqa: S311
                group.create_task(self._writer(door, chance, pace))

    def stop(self) -> None:
        """Let each writer finish what it is writing."""
        self._left = 0

    async def _writer(self, door: Door, chance: random.Random, pace: float) -> None:
        activities: list[tuple[str, dict[str, Any]]] = []
        registrations: list[str] = []
        while self._left > 0:
            self._left -= 1
            try:
                await self._move(door, chance, activities, registrations)
            except RolledBack:
                self._left += 1
            except Denied:
                activities.clear()
                registrations.clear()
            if pace:
                await asyncio.sleep(pace)

    async def _move(
        self,
        door: Door,
        chance: random.Random,
        activities: list[tuple[str, dict[str, Any]]],
        registrations: list[str],
    ) -> None:
        what = chance.random()
        if not activities or (what < 0.1 and not self.hot):
            described = activity(chance)
            version = await door.plan({"programme": "SAMPLE", **described})
            activities.append((version.key, described))
        elif what < (self.hot or 0.3):
            key, described = chance.choice(activities)
            version = await door.retitle(key, described | {"title": title(chance)})
        elif what < (0.95 if self.hot else 0.8) or not registrations:
            person = participant(chance, with_address=chance.random() < self.mailed)
            version = await door.register(chance.choice(activities)[0], person)
            registrations.append(version.key)
            self.expected_mails += person["person"]["email"] is not None
        else:
            version = await door.correct(chance.choice(registrations), part(chance))
        self.acknowledged.append(version)


def activity(chance: random.Random) -> dict[str, Any]:
    starts = datetime.now(UTC).date() + timedelta(days=chance.randint(30, 900))
    return {
        "code": f"sample-{chance.getrandbits(60)}",
        "phase": "1",
        "kind": chance.choice(("workshop", "training", "seminar", "study-visit")),
        "title": title(chance),
        "starts": starts.isoformat(),
        "ends": (starts + timedelta(days=chance.randint(0, 4))).isoformat(),
        "beneficiary_countries": ["KG"],
    }


def title(chance: random.Random) -> dict[str, str]:
    return {"en": f"Sample activity {chance.getrandbits(60)}"}


def participant(chance: random.Random, *, with_address: bool) -> dict[str, Any]:
    number = chance.getrandbits(60)
    email = f"sample.person.{number}@example.org" if with_address else None
    return {"person": {"name": f"Sample Person {number}", "email": email}, **part(chance)}


def part(chance: random.Random) -> dict[str, Any]:
    return {
        "gender": chance.choice(("female", "male", "unknown")),
        "country": chance.choice(("KG", "TJ", "UZ")),
        "organisation": {"name": f"Sample Agency {chance.getrandbits(30)}"},
    }


async def define_sample(rig: Rig) -> None:
    """The programme that all synthetic records hang on."""
    async with rig.databases["registry"].transaction() as session:
        await define_programme(session, DefineProgramme(**TREE), actor=SYSTEM, clock=CLOCK)


def use_cases(rig: Rig) -> UseCases:
    return UseCases(rig.databases["registry"], PersonKeys(rig.secrets.person_key_secret.read_bytes().strip()))


async def program(rig: Rig, registry: Process) -> Http:
    """A program with a token of its own."""
    async with rig.databases["registry"].transaction() as session:
        command = CreateToken(name=f"chaos-{new_id()}", role="editor")
        _, secret = await create_token(session, command, actor=SYSTEM, clock=CLOCK)
    client = httpx2.AsyncClient(
        base_url=f"http://127.0.0.1:{registry.port}/registry/api/v1/",
        headers={"authorization": f"Bearer {secret}"},
        timeout=30,
    )
    rig.clients.append(client)
    return Http(client)
