"""Writing invented stories down through the registry's own use cases: same rules, same journal, same outbox.

Without a pace, history is written as fast as it goes, a list at a time, and each event has the time at which it would
have happened. With a pace, it is the present that is acted: a single change at a time, now.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from sqlmodel import col, select

from services.registry import simulation
from services.registry.models import Organisation, PersonKeys, Programme, Registration
from services.registry.simulation.stories import BEGINNING, SAMPLE, Story, organisations, stories
from services.registry.usecases.activities.plan import plan_activity
from services.registry.usecases.activities.steps import CANCEL, COMPLETE, CONFIRM, RESCHEDULE, Completion
from services.registry.usecases.organisations.add import add_organisation
from services.registry.usecases.programmes.define import define_programme, read_programme
from services.registry.usecases.registrations.attendance import AttendanceRow, MarkGrid, mark_grid
from services.registry.usecases.registrations.register import RegisterParticipants, register_participants
from services.registry.usecases.steps import Taking
from shared.clock import SystemClock
from shared.contracts.base import OrganisationReference
from shared.database import Database
from shared.errors import DomainError
from shared.identity import SYSTEM

LIST = 100
"""How many people are entered in one transaction where no pace is set."""

T = TypeVar("T")


class NotASample(DomainError):
    """The programme SAMPLE of this registry is not marked as synthetic: nothing invented is written into it."""

    status = 409
    slug = "not-a-sample"


@dataclass
class Written:
    """What has been written so far."""

    activities: int = 0
    registrations: int = 0
    events: int = 0


async def simulate(
    database: Database,
    keys: PersonKeys,
    *,
    activities: int,
    registrations: int,
    rate: float | None = None,
    seed: int = 1,
    addresses: bool = False,
) -> AsyncIterator[Written]:
    """Write so many activities and registrations into SAMPLE, and say after each activity what is written.

    Args:
        rate: changes a second, each in a transaction of its own; `None`: as fast as possible.

    Raises:
        NotASample
    """
    now = SystemClock().now()
    pen = _Pen(database, keys, rate)
    agencies = await _prepare(pen)
    told = stories(
        seed, activities=activities, registrations=registrations, agencies=agencies, now=now, addresses=addresses
    )
    for story in told:
        await _tell(pen, story)
        yield pen.written


async def _prepare(pen: "_Pen") -> list[OrganisationReference]:
    """The programme and its agencies, as they are or as they become."""
    async with pen.database.transaction() as session:
        programme = await session.get(Programme, SAMPLE)
        if programme is not None and not programme.synthetic:
            raise NotASample
        query = select(Organisation).where(Organisation.programme == SAMPLE).order_by(col(Organisation.id))
        known = {organisation.name["en"]: organisation for organisation in await session.exec(query)}
    if programme is None:
        tree = read_programme(Path(str(files(simulation))) / "sample.json")
        await pen.write(define_programme, tree, BEGINNING)
    for agency in organisations():
        if agency.name["en"] not in known:
            known[agency.name["en"]] = await pen.write(add_organisation, agency, BEGINNING)
    found = [known[agency.name["en"]] for agency in organisations()]
    return [OrganisationReference(name=each.name["en"], id=str(each.id)) for each in found]


async def _tell(pen: "_Pen", story: Story) -> None:
    activity = await pen.write(plan_activity, story.plan, story.planned_at)
    pen.written.activities += 1
    registrations = await _enter(pen, activity.id, story)
    if story.confirmed:
        await pen.write(CONFIRM.take, CONFIRM.of(activity.id), story.planned_at)
    if story.moved:
        await pen.write(RESCHEDULE.take, Taking(activity.id, story.moved), story.planned_at)
    if story.end == "held":
        await _mark(pen, activity.id, registrations, story)
        held = Taking(activity.id, Completion(headcount=story.headcount))
        await pen.write(COMPLETE.take, held, story.over_at)
    elif story.end == "cancelled":
        reason = "The sample venue is closed."
        await pen.write(CANCEL.take, CANCEL.of(activity.id, reason=reason), story.planned_at)


async def _enter(pen: "_Pen", activity_id: UUID, story: Story) -> list[Registration]:
    registrations: list[Registration] = []
    for part in _lists(story.guests, pen.list):
        command = RegisterParticipants(activity_id=activity_id, participants=tuple(guest.entry for guest in part))
        registrations += await pen.write(
            register_participants, command, story.planned_at, events=len(part), keys=pen.keys
        )
        pen.written.registrations += len(part)
    return registrations


async def _mark(pen: "_Pen", activity_id: UUID, registrations: Sequence[Registration], story: Story) -> None:
    rows = [
        AttendanceRow(registration_id=registration.id, mark=guest.mark)
        for registration, guest in zip(registrations, story.guests, strict=True)
        if guest.mark
    ]
    for part in _lists(rows, pen.list):
        await pen.write(mark_grid, MarkGrid(activity_id=activity_id, rows=tuple(part)), story.over_at, events=len(part))


def _lists(all_of_them: Sequence[T], length: int) -> Iterator[Sequence[T]]:
    for first in range(0, len(all_of_them), length):
        yield all_of_them[first : first + length]


@dataclass(frozen=True)
class _Then:
    """The clock of a moment in the past."""

    at: datetime

    def now(self) -> datetime:
        return self.at


@dataclass
class _Pen:
    """Does one use case after another, each in a transaction, no faster than the pace, and counts what it wrote."""

    database: Database
    keys: PersonKeys
    rate: float | None
    written: Written = field(default_factory=Written)
    _next: float = field(default_factory=time.monotonic)

    @property
    def list(self) -> int:
        return 1 if self.rate else LIST

    async def write(
        self, use_case: Callable[..., Awaitable[T]], command: object, at: datetime, *, events: int = 1, **more: Any
    ) -> T:
        if self.rate:
            await asyncio.sleep(max(self._next - time.monotonic(), 0))
            # What was late is caught up, as far as a second of it.
            self._next = max(self._next + 1 / self.rate, time.monotonic() - 1)
        clock = SystemClock() if self.rate else _Then(at)
        async with self.database.transaction() as session:
            done = await use_case(session, command, actor=SYSTEM, clock=clock, **more)
        self.written.events += events
        return done
