"""The facts can be checked against the history, and rebuilt from it while others read and write."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from sqlalchemy import func, select, text

from services.reporting.facts.checking import rebuild, verify
from services.reporting.facts.digest import facts_hash
from services.reporting.facts.staging import AlreadyUnderWay
from services.reporting.facts.tables import activity, known_at
from services.reporting.figures.answering import answer
from services.reporting.figures.question import Question
from shared.contracts import Event
from shared.database import Database
from tests.conftest import DatabaseUrl
from tests.integration import facts


class Ledger:
    """A history in memory, to which events may be added at any time."""

    def __init__(self, events: Sequence[Event] = (), *, complete: bool = True) -> None:
        self.complete = complete
        self.events = list(events)
        self._read = 0
        self.readings = 0

    async def unread(self) -> AsyncIterator[Sequence[Event]]:
        self.readings += 1
        while self._read < len(self.events):
            batch = self.events[self._read : self._read + 3]
            self._read += len(batch)
            yield batch


def silence(_events: int) -> None: ...


@pytest.fixture
async def database(database_url: DatabaseUrl) -> AsyncIterator[Database]:
    database = Database(database_url("reporting"))
    yield database
    await database.close()


def happened() -> list[Event]:
    return [
        facts.programme(),
        *(facts.activity(f"a{n}", headcount={"total": n}) for n in range(5)),
        facts.activity("a1", version=2, status="cancelled"),
        *(facts.registration(f"r{n}", of=f"a{n % 3}", gender="female") for n in range(9)),
        facts.registration("r1", of="a1", version=2, status="absent"),
    ]


CORRUPTIONS = {
    "a fact was changed by hand": ("UPDATE facts.activity SET phase = '9' WHERE code = 'a2'", "activity", "different"),
    "a fact was lost": ("DELETE FROM facts.registration WHERE person_key = 'r4'", "registration", "missing"),
    "a fact was invented": (
        "INSERT INTO facts.programme SELECT 'FAKE', 1, now(), NULL, name, short_name, countries, synthetic, phases "
        "FROM facts.programme",
        "programme",
        "not in the history",
    ),
    "a head count drifted": ("UPDATE facts.cell SET people = people + 1", "cell", "different"),
    "a sum drifted": ("DELETE FROM facts.attendance", "attendance", "missing"),
    "a version is said to be over": ("UPDATE facts.programme SET known_until = now()", "programme", "different"),
}


async def test_facts_that_are_what_happened_are_found_to_be_so(database: Database) -> None:
    await facts.tell(database, *happened())
    verdict = await verify(database, Ledger(happened()), silence, patience=0)
    assert list(verdict.differences) == []
    assert verdict.live == verdict.expected
    assert verdict.events == len(happened())


@pytest.mark.parametrize("corruption", CORRUPTIONS)
async def test_a_corrupted_fact_is_found_and_named_and_a_rebuild_mends_it(database: Database, corruption: str) -> None:
    sql, fact, what = CORRUPTIONS[corruption]
    await facts.tell(database, *happened())
    async with database.transaction() as session:
        await session.execute(text(sql))
    verdict = await verify(database, Ledger(happened()), silence, patience=0)
    assert {(difference.fact, difference.what) for difference in verdict.differences} == {(fact, what)}
    assert verdict.live != verdict.expected
    assert await rebuild(database, Ledger(happened()), silence) == len(happened())
    assert not (await verify(database, Ledger(happened()), silence, patience=0)).differences


async def test_an_event_on_its_way_is_no_finding(database: Database) -> None:
    *before, last = happened()
    await facts.tell(database, *before)
    checking = asyncio.create_task(verify(database, Ledger([*before, last]), silence, patience=30))
    await asyncio.sleep(0)
    await facts.tell(database, last)
    assert not (await checking).differences


async def test_an_event_that_reached_the_facts_before_the_check_read_it_is_no_finding(database: Database) -> None:
    ledger = Ledger(happened())
    late = facts.activity("late")
    await facts.tell(database, *happened(), late)
    checking = asyncio.create_task(verify(database, ledger, silence, patience=30))
    while not ledger.readings:
        await asyncio.sleep(0.01)
    ledger.events.append(late)
    assert not (await checking).differences


async def test_a_rebuild_from_another_order_gives_the_same_facts(database: Database) -> None:
    await facts.tell(database, *happened())
    before = await hash_of(database)
    await rebuild(database, Ledger([*reversed(happened()), *happened()[:4]]), silence)
    assert await hash_of(database) == before


async def test_readers_find_all_facts_at_every_moment_of_a_rebuild_and_writers_lose_nothing(database: Database) -> None:
    ledger = Ledger(happened())
    await facts.tell(database, *happened())
    over = asyncio.Event()

    async def read() -> int:
        readings = 0
        while not over.is_set():
            async with database.transaction() as session:
                figure = await answer(session, Question.read("events.v1", {}))
                assert (figure.value or 0) >= 4
            readings += 1
        return readings

    async def write() -> int:
        written = 0
        while not over.is_set():
            event = facts.activity(f"meanwhile-{written}")
            ledger.events.append(event)  # the journal has it before anybody hears of it
            await facts.tell(database, event)
            written += 1
        return written

    readers = [asyncio.create_task(read()) for _ in range(2)]
    writer = asyncio.create_task(write())
    for _ in range(3):
        ledger._read = 0
        await rebuild(database, ledger, silence)
    over.set()
    assert min(await asyncio.gather(*readers)) > 3
    written = await writer
    assert written > 3
    async with database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(activity).where(known_at(activity, None))) == (
            5 + written
        )


async def test_a_rebuild_from_the_latest_states_keeps_the_past_that_only_reporting_knows(
    database: Database,
) -> None:
    await facts.tell(database, *happened())
    before = await hash_of(database)
    latest = {event.key: event for event in happened()}
    await rebuild(database, Ledger(list(latest.values()), complete=False), silence)
    assert await hash_of(database) == before


async def test_a_rebuild_that_fails_leaves_the_facts_as_they_were(database: Database) -> None:
    await facts.tell(database, *happened())
    before = await hash_of(database)

    class Torn(Ledger):
        async def unread(self) -> AsyncIterator[Sequence[Event]]:
            yield happened()[:3]
            raise ConnectionError("the journal is gone")

    with pytest.raises(ConnectionError):
        await rebuild(database, Torn(), silence)
    assert await hash_of(database) == before
    async with database.transaction() as session:
        left = await session.scalars(text("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'facts%'"))
        assert left.all() == ["facts"]


async def hash_of(database: Database) -> str:
    async with database.transaction() as session:
        return await facts_hash(session)


async def test_a_second_rebuild_at_the_same_time_is_refused_and_the_first_goes_on(database: Database) -> None:
    class Interrupted(Ledger):
        async def unread(self) -> AsyncIterator[Sequence[Event]]:
            with pytest.raises(AlreadyUnderWay):
                await rebuild(database, Ledger(happened()), silence)
            async for batch in super().unread():
                yield batch

    assert await rebuild(database, Interrupted(happened()), silence) == len(happened())
    assert await rebuild(database, Ledger(happened()), silence) == len(happened())
