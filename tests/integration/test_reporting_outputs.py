"""Outputs are counted by their own rules, from their own facts, and each number leads to the outputs behind it."""

from collections.abc import AsyncIterator

import pytest

from services.reporting.figures.answering import answer, answers
from services.reporting.figures.drill_down import drill_down
from services.reporting.figures.figure import Figure
from services.reporting.figures.question import Question
from shared.database import Database
from tests.conftest import DatabaseUrl
from tests.integration import facts

AGENCY = {"name": "Sample Agency"}


@pytest.fixture
async def database(database_url: DatabaseUrl) -> AsyncIterator[Database]:
    database = Database(database_url("reporting"))
    await facts.tell(
        database,
        facts.programme(),
        facts.output("planned", expected="2023"),
        facts.output("drafted", status="drafted", drafted_on="2022-11", kind="manual", component="2"),
        facts.output("handed", status="handed-over", handovers=[{"to": AGENCY, "country": "KG", "on": "2022-12-05"}]),
        facts.output(
            "regional",
            status="handed-over",
            phase=None,
            component=None,
            handovers=[{"country": "KG", "on": "2023-02"}, {"country": "UZ", "on": "2022-10-01"}, {"country": "KG"}],
        ),
        facts.output("dropped", status="dropped", status_reason="No sample."),
        facts.activity("workshop"),
    )
    yield database
    await database.close()


async def ask(database: Database, rule: str, **words: str) -> Figure:
    async with database.transaction() as session:
        return await answer(session, Question.read(rule, {name.rstrip("_"): word for name, word in words.items()}))


def by(figure: Figure) -> dict[str | None, int | float | None]:
    return {next(iter(group.key.values())): group.value for group in figure.groups}


async def test_outputs_count_until_they_are_dropped(database: Database) -> None:
    assert (await ask(database, "outputs")).value == 4
    assert by(await ask(database, "outputs", by="status")) == {"planned": 1, "drafted": 1, "handed-over": 2}
    assert by(await ask(database, "outputs", by="kind")) == {"handbook": 3, "manual": 1}
    assert (await ask(database, "outputs-handed-over")).value == 2


async def test_an_output_counts_in_each_country_of_those_who_received_it(database: Database) -> None:
    figure = await ask(database, "outputs-handed-over", by="country")
    assert by(figure) == {"KG": 2, "UZ": 1}
    assert "countries-overlap" in figure.notes
    assert (await ask(database, "outputs-handed-over", country="UZ")).value == 1


async def test_the_first_handover_decides_the_period_as_far_as_the_days_are_known(database: Database) -> None:
    last_quarter = await ask(database, "outputs-handed-over", from_="2022-10", to="2022-12")
    assert last_quarter.value == 1
    assert last_quarter.unknown.reasons == {"day": 1}, "one was given before, at a time that is not known"
    assert (await ask(database, "outputs", from_="2022", to="2022")).value == 2


async def test_what_is_not_known_of_an_output_may_belong(database: Database) -> None:
    figure = await ask(database, "outputs", phase="10", component="1")
    assert (figure.value, figure.unknown.number, figure.unknown.reasons) == (2, 1, {"component": 1, "phase": 1})


async def test_the_outputs_behind_a_number_are_listed(database: Database) -> None:
    question = Question.read("outputs-handed-over", {"by": "country"})
    async with database.transaction() as session:
        page = await drill_down(session, question, key=["UZ"])
    assert [(line.code, line.status, line.phase) for line in page.items] == [("regional", "handed-over", None)]


async def test_figures_of_activities_and_outputs_are_counted_together(database: Database) -> None:
    questions = Question.of_all_rules({"programme": "TEST"})
    async with database.transaction() as session:
        found = {figure.rule: figure.value for figure in await answers(session, questions)}
    assert (found["events.v1"], found["outputs.v1"]) == (1, 4)
    kinds = [question.rule.subject.name for question in Question.of_all_rules({"kind": "workshop"})]
    assert kinds and "outputs" not in kinds, "no output is a workshop"


async def test_an_older_version_that_comes_late_changes_nothing(database: Database) -> None:
    await facts.tell(database, facts.output("handed", version=3, status="handed-over", handovers=[{"country": "TJ"}]))
    await facts.tell(database, facts.output("handed", version=2, status="drafted"))
    assert by(await ask(database, "outputs-handed-over", by="country")) == {"KG": 1, "TJ": 1, "UZ": 1}
