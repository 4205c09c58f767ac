"""The real records, counted twice: by a plain loop over the file, and by the rules. Both must say the same."""

import csv
from collections import Counter
from collections.abc import AsyncIterator
from io import StringIO
from pathlib import Path

import pytest

from services.reporting.figures.answering import answer
from services.reporting.figures.figure import Figure
from services.reporting.figures.question import Question
from shared.contracts import Event
from shared.database import Database
from tests.conftest import DatabaseUrl
from tests.integration import facts

RECORDS = Path(__file__).parents[2] / "services/registry/records/activities.csv"
LINES = list(csv.DictReader(StringIO(RECORDS.read_text(encoding="utf-8"))))
FOR_ACTIVE_IMPLEMENTATION = "2021-10-01"


def as_event(line: dict[str, str]) -> Event:
    total = line["participants"]
    return facts.activity(
        line["id"],
        phase=line["phase"],
        component=line["component"] or None,
        kind=line["kind"],
        scope=line["scope"] or "unknown",
        delivery=line["delivery"] or "unknown",
        title={"en": line["title"]},
        starts=line["starts"] or None,
        ends=line["ends"] or None,
        beneficiary_countries=[code for code in line["beneficiary_countries"].split(";") if code],
        headcount={"total": int(total)} if total else None,
    )


@pytest.fixture
async def database(database_url: DatabaseUrl) -> AsyncIterator[Database]:
    database = Database(database_url("reporting"))
    await facts.tell(database, facts.programme(), *map(as_event, LINES))
    yield database
    await database.close()


async def ask(database: Database, rule: str, **words: str) -> Figure:
    async with database.transaction() as session:
        return await answer(session, Question.read(rule, words))


def by(figure: Figure) -> dict[str | None, int | float | None]:
    return {next(iter(group.key.values())): group.value for group in figure.groups}


THEMATIC = [line for line in LINES if line["kind"] != "steering-group"]


async def test_events_and_thematic_activities_by_phase(database: Database) -> None:
    assert len(LINES) == 209
    assert by(await ask(database, "events.v1", by="phase")) == Counter(line["phase"] for line in LINES)
    assert by(await ask(database, "thematic.v1", by="phase")) == Counter(line["phase"] for line in THEMATIC)


async def test_events_by_country_overlap(database: Database) -> None:
    expected = Counter(code or None for line in LINES for code in line["beneficiary_countries"].split(";"))
    figure = await ask(database, "events.v1", by="country")
    assert by(figure) == expected
    assert sum(expected.values()) > (figure.value or 0) == 209


async def test_events_by_year_with_those_of_unknown_day(database: Database) -> None:
    assert by(await ask(database, "events.v1", by="year")) == Counter(line["starts"][:4] or None for line in LINES)


async def test_capacity_building_and_what_may_belong_to_it(database: Database) -> None:
    may = [
        line
        for line in THEMATIC
        if line["component"] != "general"
        and (line["phase"] != "10" or not line["starts"] or line["starts"] >= FOR_ACTIVE_IMPLEMENTATION)
    ]
    surely = [line for line in may if line["component"] and (line["phase"] != "10" or line["starts"])]
    figure = await ask(database, "capacity-building.v1")
    assert (figure.value, figure.unknown.number) == (len(surely), len(may) - len(surely))


async def test_participants_are_those_that_the_records_tell_of(database: Database) -> None:
    told = [int(line["participants"]) for line in LINES if line["participants"]]
    figure = await ask(database, "participants.v1")
    assert (figure.value, figure.unknown.activities) == (sum(told), len(LINES) - len(told))
