"""Head counts and names are one truth: entering a name takes nothing away of what a head count tells."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from services.reporting.facts import projection
from services.reporting.figures.answering import answer, answers
from services.reporting.figures.drill_down import drill_down
from services.reporting.figures.figure import Figure
from services.reporting.figures.question import Question
from shared.contracts import Event
from shared.database import Database, Session
from tests.conftest import DatabaseUrl
from tests.integration import facts


@pytest.fixture
async def database(database_url: DatabaseUrl) -> AsyncIterator[Database]:
    database = Database(database_url("reporting"))
    await facts.tell(database, facts.programme())
    yield database
    await database.close()


async def ask(database: Database, rule: str, **words: str) -> Figure:
    async with database.transaction() as session:
        return await answer(session, Question.read(rule, words))


def by(figure: Figure) -> dict[str | None, int | float | None]:
    return {next(iter(group.key.values())): group.value for group in figure.groups}


async def test_twelve_women_of_thirty_stay_twelve_when_one_man_is_entered_by_name(database: Database) -> None:
    held = facts.activity("a", headcount={"total": 30, "women": 12})
    await facts.tell(database, held, facts.registration("r", of="a", gender="male"))
    share = await ask(database, "women-share")
    assert share.share
    assert (share.share.women, share.share.known, share.share.people) == (12, 30, 30)
    genders = await ask(database, "participants", by="gender")
    assert by(genders) == {"female": 12, "male": 1, "not-female": 17}
    assert (genders.contradictions, genders.unknown.number) == (0, 0)


async def test_a_meeting_of_two_countries_keeps_their_numbers_when_two_names_are_entered(database: Database) -> None:
    held = facts.activity("a", headcount={"total": 44, "by_country": {"KG": 10, "KZ": 20}})
    names = [facts.registration(code, of="a", country=code) for code in ("KG", "KZ")]
    await facts.tell(database, held, *names)
    assert by(await ask(database, "participants", by="participant-country")) == {"KG": 10, "KZ": 20, None: 14}


async def test_a_named_person_of_unknown_gender_is_among_those_whom_the_head_count_tells_of(database: Database) -> None:
    await facts.tell(database, facts.activity("a", headcount={"total": 5, "women": 2}), facts.registration("r", of="a"))
    assert by(await ask(database, "participants", by="gender")) == {"female": 2, "not-female": 3}


async def test_by_two_characteristics_at_once_the_unnamed_are_unknown_and_the_figure_says_why(
    database: Database,
) -> None:
    headcount = {"total": 10, "women": 4, "by_country": {"KG": 10}}
    name = facts.registration("r", of="a", gender="female", country="KG")
    await facts.tell(database, facts.activity("a", headcount=headcount), name)
    figure = await ask(database, "participants", by="gender,participant-country")
    assert [(tuple(group.key.values()), group.value) for group in figure.groups] == [
        (("female", "KG"), 1),
        ((None, None), 9),
    ]
    assert "headcounts-not-crossed" in figure.notes
    assert "headcounts-not-crossed" not in (await ask(database, "participants", by="gender,year")).notes


@pytest.mark.parametrize(
    ("headcount", "names", "people", "women"),
    [
        ({"total": 2}, [{}, {}, {}], 3, 0),
        ({"total": 9, "women": 1}, [{"gender": "female"}, {"gender": "female"}], 9, 2),
        ({"total": 3, "women": 2}, [{"gender": "male"}, {"gender": "male"}], 4, 2),
        ({"total": 9, "by_country": {"KG": 1}}, [{"country": "KG"}, {"country": "KG"}], 9, 0),
        ({"total": 2, "by_country": {"KG": 2}}, [{"country": "UZ"}], 3, 0),
    ],
)
async def test_what_does_not_fit_stands_and_is_named_as_a_contradiction(
    database: Database, headcount: dict[str, Any], names: list[dict[str, Any]], people: int, women: int
) -> None:
    registrations = [facts.registration(str(n), of="a", **fields) for n, fields in enumerate(names)]
    await facts.tell(database, facts.activity("a", headcount=headcount), facts.activity("fits"), *registrations)
    figure = await ask(database, "participants")
    assert (figure.value, figure.contradictions) == (people, 1)
    assert "headcounts-contradicted" in figure.notes
    share = await ask(database, "women-share")
    assert share.share
    assert share.share.women == women
    async with database.transaction() as session:
        page = await drill_down(session, Question.read("participants", {}), contradictory=True)
    assert [line.code for line in page.items] == ["a"]


@pytest.mark.parametrize("precision", ["at-least", "estimated"])
async def test_more_names_than_a_head_count_that_is_not_exact_contradict_nothing(
    database: Database, precision: str
) -> None:
    held = facts.activity("a", headcount={"total": 1, "precision": precision})
    await facts.tell(database, held, *(facts.registration(str(n), of="a") for n in range(3)))
    figure = await ask(database, "participants")
    assert (figure.value, figure.contradictions) == (3, 0)


@pytest.mark.parametrize("rule", ["participants", "people", "women-share"])
async def test_where_nothing_is_known_there_is_no_number_instead_of_zero(database: Database, rule: str) -> None:
    assert (await ask(database, rule)).value in (0, None)  # nothing was held: nobody took part
    await facts.tell(database, facts.activity("a"))
    figure = await ask(database, rule, by="year")
    assert (figure.value, figure.unknown.activities) == (None, 1)
    assert all(group.value is None for group in figure.groups)
    if rule == "people":
        await facts.tell(database, facts.activity("a", version=2, headcount={"total": 7}))
        figure = await ask(database, rule)
        assert (figure.value, figure.unknown.number) == (None, 7)


async def test_a_head_count_of_none_is_a_known_zero(database: Database) -> None:
    await facts.tell(database, facts.activity("a", headcount={"total": 0}))
    assert (await ask(database, "participants")).value == 0


async def test_the_first_versions_of_the_rules_answer_as_ever(database: Database) -> None:
    held = facts.activity("a", headcount={"total": 30, "women": 12})
    await facts.tell(database, held, facts.registration("r", of="a", gender="male"))
    assert by(await ask(database, "participants.v1", by="gender")) == {"male": 1, None: 29}
    assert (await ask(database, "women-share.v1")).value == 0


@dataclass(frozen=True)
class Meeting:
    """Those who came, as they truly were; how much of it a head count tells; and which of them are known by name."""

    people: list[tuple[str, str]]
    headcount: dict[str, Any]
    names: list[dict[str, Any]]

    @property
    def events(self) -> list[Event]:
        named = [facts.registration(f"r{n}", of="a", **fields) for n, fields in enumerate(self.names)]
        return [facts.activity("a", headcount=self.headcount), *named]


@st.composite
def meetings(draw: DrawFn) -> Meeting:
    people = draw(
        st.lists(
            st.tuples(st.sampled_from(("female", "male", "other")), st.sampled_from(("KG", "KZ", "UZ"))), max_size=12
        )
    )
    told = draw(st.sets(st.sampled_from(("KG", "KZ", "UZ"))))
    countries = Counter(country for _, country in people if country in told)
    women = draw(st.sampled_from((None, sum(gender == "female" for gender, _ in people))))
    headcount = {"total": len(people), "women": women, "by_country": countries}
    named = draw(st.lists(st.sampled_from(range(len(people))), unique=True)) if people else []
    names: list[dict[str, Any]] = [
        {
            "gender": people[n][0] if draw(st.booleans()) else "unknown",
            "country": people[n][1] if draw(st.booleans()) else None,
        }
        for n in named
    ]
    return Meeting(people, headcount, names)


class Undone(Exception):
    """Ends a transaction that is not meant to stay."""


@pytest.fixture
def ask_about(database_url: DatabaseUrl) -> Iterator[Any]:
    """From a meeting to its figures: the number of participants by gender and by country, and the share of women."""
    with asyncio.Runner() as loop:
        database = Database(database_url("reporting"))

        async def figures(session: Session, version: int) -> list[Figure]:
            questions = [("participants", "gender"), ("participants", "participant-country"), ("women-share", "")]
            return await answers(session, [Question.read(f"{rule}.v{version}", {"by": by}) for rule, by in questions])

        async def look(meeting: Meeting, version: int) -> list[Figure]:
            with suppress(Undone):
                async with database.transaction() as session:
                    await projection.apply(session, [facts.programme(), *meeting.events])
                    found = await figures(session, version)
                    raise Undone
            return found

        yield lambda meeting, version=2: loop.run(look(meeting, version))
        loop.run(database.close())


@given(meeting=meetings())
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
def test_for_any_names_that_fit_the_totals_are_those_of_the_head_count(ask_about: Any, meeting: Meeting) -> None:
    genders, countries, share = ask_about(meeting)
    women, places = meeting.headcount["women"], meeting.headcount["by_country"]
    assert genders.value == countries.value == len(meeting.people)
    assert genders.contradictions == 0
    of_gender, of_country = Counter(by(genders)), Counter(by(countries))
    assert sum(of_gender.values()) == sum(of_country.values()) == len(meeting.people)
    if women is not None:
        assert of_gender["female"] == women
        assert None not in of_gender
        assert (share.share.women, share.share.known) == (women, len(meeting.people))
    else:
        assert of_gender["female"] == sum(name["gender"] == "female" for name in meeting.names)
    for country in ("KG", "KZ", "UZ"):
        named = sum(name["country"] == country for name in meeting.names)
        assert of_country[country] == max(places.get(country, 0), named)


def test_by_the_first_versions_names_take_away_what_a_head_count_tells(ask_about: Any) -> None:
    """What the claim above is worth: without its rule it is false."""

    def collapses(meeting: Meeting) -> bool:
        women = meeting.headcount["women"]
        return women is not None and Counter(by(ask_about(meeting, 1)[0]))["female"] != women

    assert find(meetings(), collapses, settings=settings(deadline=None, database=None))
