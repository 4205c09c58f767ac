"""The projection: any order, any repetition, the same facts (DESIGN §10, invariant 3)."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from sqlalchemy import func, select, text

from services.reporting.facts import projection
from services.reporting.facts.digest import facts_hash
from services.reporting.facts.rows import FACTS
from services.reporting.facts.tables import activity, attendance, cell, known_at, newcomers
from shared.contracts import Event
from shared.database import Database
from tests.conftest import DatabaseUrl
from tests.integration import facts
from tests.strategies import Story, reunions, shuffled, stories


@pytest.fixture
async def database(database_url: DatabaseUrl) -> AsyncIterator[Database]:
    database = Database(database_url("reporting"))
    yield database
    await database.close()


@pytest.fixture
def empty(database_url: DatabaseUrl) -> Iterator[Callable[[Sequence[Sequence[Event]]], str]]:
    """From batches to the hash of the facts they leave; hypothesis calls it, which knows no async."""
    with asyncio.Runner() as loop:
        database = Database(database_url("reporting"))
        yield lambda batches: loop.run(hash_after(database, batches))
        loop.run(database.close())


async def test_a_registration_that_arrives_before_its_activity_is_counted_once_the_activity_is_known(
    database: Database,
) -> None:
    await facts.tell(database, facts.registration("r", of="a"))
    await facts.tell(database, facts.activity("a"))
    assert await attended(database, "a") == 1


async def test_the_highest_version_is_the_truth_although_versions_are_missing(database: Database) -> None:
    await facts.tell(database, facts.activity("a", version=7, status="cancelled"), facts.activity("a", version=3))
    await facts.tell(database, facts.activity("a", version=5))
    async with database.transaction() as session:
        now = select(activity.c.version, activity.c.status).where(known_at(activity, None))
        assert (await session.execute(now)).all() == [(7, "cancelled")]


async def test_what_was_known_on_a_day_is_the_highest_version_told_of_by_then(database: Database) -> None:
    await facts.tell(database, *(facts.activity("a", version=version) for version in (3, 1, 2)))
    async with database.transaction() as session:
        for version in (1, 2, 3):
            known = select(activity.c.version).where(known_at(activity, facts.told_at(version)))
            assert (await session.scalars(known)).all() == [version]


async def test_a_higher_version_wins_on_each_day_although_its_clock_was_behind(database: Database) -> None:
    early, late = facts.told_at(1), facts.told_at(5)
    await facts.tell(database, facts.activity("a", version=1, at=late), facts.activity("a", version=2, at=early))
    async with database.transaction() as session:
        for moment in (early, late, None):
            known = select(activity.c.version).where(known_at(activity, moment))
            assert (await session.scalars(known)).all() == [2]


async def test_a_backlog_is_applied_with_plans_for_the_tables_as_they_have_become(database: Database) -> None:
    rows = text("SELECT reltuples FROM pg_class WHERE oid = 'facts.registration'::regclass")
    for part in range(2):
        await facts.tell(database, *(facts.registration(f"r-{part}-{number}", of="a") for number in range(600)))
    async with database.transaction() as session:
        assert await session.scalar(rows) == 600  # as it was when the second part came; -1 where nobody has looked


async def test_a_registration_that_moves_to_another_activity_is_counted_there_only(database: Database) -> None:
    await facts.tell(database, facts.registration("r", of="a"))
    await facts.tell(database, facts.registration("r", of="b", version=2))
    assert (await attended(database, "a"), await attended(database, "b")) == (0, 1)


async def test_who_withdraws_after_having_attended_is_counted_no_more(database: Database) -> None:
    await facts.tell(database, facts.registration("r", of="a"), facts.registration("s", of="a"))
    await facts.tell(database, facts.registration("r", of="a", version=2, status="withdrawn"))
    assert await attended(database, "a") == 1


async def test_who_took_part_is_new_at_the_next_activity_when_the_first_turns_out_not_to_have_been_held(
    database: Database,
) -> None:
    first, then = (facts.activity(name, starts=day) for name, day in (("a", "2022-05-17"), ("b", "2022-06-17")))
    await facts.tell(database, first, then, facts.registration("r", of="b", person="p"))
    assert await new_at(database) == {"b": 1}
    await facts.tell(database, facts.registration("s", of="a", person="p"))
    assert await new_at(database) == {"a": 1}
    await facts.tell(database, facts.activity("a", version=2, starts="2022-05-17", status="cancelled"))
    assert await new_at(database) == {"b": 1}
    await facts.tell(database, facts.registration("r", of="b", person="p", version=2, status="withdrawn"))
    assert await new_at(database) == {}


async def test_two_batches_at_once_about_one_activity_lose_nobody(database: Database) -> None:
    batches = [[facts.registration(f"{batch}-{n}", of="a") for n in range(20)] for batch in range(8)]
    await asyncio.gather(*(facts.tell(database, *batch) for batch in batches))
    assert await attended(database, "a") == 160


async def test_only_a_batch_with_news_tells_the_pages(database: Database) -> None:
    heard: list[str] = []
    connection = await database.connect()
    try:
        await connection.add_listener(projection.CHANGED, lambda *_: heard.append("changed"))
        news = facts.activity("a")
        await facts.tell(database, news)
        await facts.tell(database, news)
        await connection.execute("SELECT 1")  # notices come before the answer
        assert heard == ["changed"]
    finally:
        await connection.close()


@pytest.mark.parametrize("stories", [stories, reunions])
@given(data=st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_shuffling_and_repetition_in_any_batches_leaves_the_same_facts(
    empty: Callable[[Sequence[Sequence[Event]]], str],
    stories: Callable[[], SearchStrategy[Story]],
    data: st.DataObject,
) -> None:
    ours = [event for event in data.draw(stories()).events if event.topic.name in FACTS]
    disordered = data.draw(shuffled(ours))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(disordered)), min_size=2, max_size=5)))
    batches = [disordered[a:b] for a, b in zip([0, *cuts], [*cuts, len(disordered)], strict=True)]
    assert empty(batches) == empty([ours])


async def test_the_hash_changes_with_any_fact(database: Database) -> None:
    await facts.tell(database, facts.programme(), facts.activity("a"), facts.registration("r", of="a", gender="female"))
    async with database.transaction() as session:
        before = await facts_hash(session)
    for change in (
        "UPDATE facts.activity SET phase = '9'",
        "UPDATE facts.registration SET known_until = now()",
        "UPDATE facts.cell SET people = people + 1",
        "DELETE FROM facts.attendance",
    ):
        with pytest.raises(Undone):
            async with database.transaction() as session:
                await session.execute(text(change))
                assert await facts_hash(session) != before, change
                raise Undone


class Undone(Exception):
    """Ends a transaction that is not meant to stay."""


async def hash_after(database: Database, batches: Sequence[Sequence[Event]]) -> str:
    """The facts' hash when empty facts have heard of these batches; nothing is kept."""
    found = ""
    with suppress(Undone):
        async with database.transaction() as session:
            for batch in batches:
                await projection.apply(session, batch)
            found = await facts_hash(session)
            raise Undone
    return found


async def new_at(database: Database) -> dict[str, int]:
    """How many of the programme took part for the first time, by the codes of activities."""
    at = activity.c.id == newcomers.c.activity_id
    known = select(activity.c.code, newcomers.c.of_programme).join(newcomers, at).where(known_at(activity, None))
    async with database.transaction() as session:
        return {row.code: row.of_programme for row in await session.execute(known)}


async def attended(database: Database, name: str) -> int:
    async with database.transaction() as session:
        of_it = select(func.coalesce(func.sum(attendance.c.people), 0)).where(
            attendance.c.activity_id == facts.id_of(name)
        )
        cells = select(func.coalesce(func.sum(cell.c.people), 0)).where(cell.c.activity_id == facts.id_of(name))
        summed, in_cells = await session.scalar(of_it), await session.scalar(cells)
        assert summed == in_cells
        return int(summed or 0)
