"""What a viewer can learn of people, by all that can be asked: every rule, filter, grouping, list and moment.

Linear programming is the judge: all answers are gathered as equations about how many women and others, and how many of
each country, took part in each activity. No number below five may follow more closely than to five people.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from scipy.optimize import linprog

from services.reporting.figures.answering import answer
from services.reporting.figures.drill_down import drill_down
from services.reporting.figures.figure import Figure
from services.reporting.figures.question import Question, UnaskableQuestion
from services.reporting.figures.releasing import Releases
from services.reporting.rules import CURRENT, RULES
from services.reporting.subjects.released import HIDDEN, PROTECTED
from shared.contracts import Event
from shared.database import Database, Session
from tests.conftest import DatabaseUrl
from tests.integration import facts

NOW = datetime(2024, 1, 1, tzinfo=UTC)
COUNTRIES = ("KG", "KZ", "UZ")
GENDERS = ("female", "not-female")
MONTHS = 6
Variable = tuple[str, int, str]
"""Dimension, activity, group."""


@pytest.fixture
async def database(database_url: DatabaseUrl) -> AsyncIterator[Database]:
    database = Database(database_url("reporting"))
    await facts.tell(database, facts.programme())
    yield database
    await database.close()


async def release(database: Database, at: datetime = NOW) -> int:
    return await Releases(database, settled_after=timedelta(0)).release(at)


@dataclass
class Past:
    """An activity a month, and who took part in it: gender and country of each."""

    people: list[list[tuple[str, str]]]

    def events(self) -> Iterator[Event]:
        for number, people in enumerate(self.people):
            yield facts.activity(f"a{number}", starts=day_of(number), kind=kind_of(number))
            for place, (gender, country) in enumerate(people):
                yield facts.registration(f"r{number}-{place}", of=f"a{number}", gender=gender, country=country)

    def number(self, variable: Variable) -> int:
        dimension, activity, group = variable
        if dimension == "gender":
            return sum((gender == "female") == (group == "female") for gender, _ in self.people[activity])
        return sum(country == group for _, country in self.people[activity])


def past_of(seed: int) -> Past:
    chance = Random(seed)  # noqa: S311

    def somebody() -> tuple[str, str]:
        return chance.choices(("female", "male"), (1, 3))[0], chance.choices(COUNTRIES, (6, 3, 1))[0]

    return Past([[somebody() for _ in range(chance.choice((2, 6, 9, 14)))] for _ in range(MONTHS)])


def day_of(activity: int) -> str:
    return f"2023-{activity + 1:02}-15"


def kind_of(activity: int) -> str:
    return ("training", "workshop")[activity % 2]


VARIABLES: tuple[Variable, ...] = tuple(
    (dimension, activity, group)
    for dimension, groups in (("gender", GENDERS), ("participant-country", COUNTRIES))
    for activity in range(MONTHS)
    for group in groups
)


@dataclass
class Outsider:
    """Somebody who asks everything and calculates."""

    at_most: list[tuple[list[float], float]] = field(default_factory=list)

    def knows(self, variables: Sequence[Variable], least: float, most: float | None) -> None:
        """That these numbers together are in a range."""
        weights = [float(variable in variables) for variable in VARIABLES]
        self.at_most.append(([-weight for weight in weights], -least))
        if most is not None:
            self.at_most.append((weights, most))

    def learns(self, activities: Sequence[int], dimension: str, figure: Figure) -> None:
        """What a figure by one dimension says of these activities; those not told of may have had anybody."""
        groups = {str(next(iter(group.key.values()))): int(group.value or 0) for group in figure.groups}
        hidden, open_end = groups.pop(HIDDEN, 0), figure.unknown.activities > 0
        mine = [v for v in VARIABLES if v[0] == dimension and v[1] in activities]
        for group in dict.fromkeys(v[2] for v in mine):
            known = groups.get(group, 0)
            self.knows([v for v in mine if v[2] == group], known, None if open_end else known + hidden)
        whole = int(figure.value or 0)
        self.knows(mine, whole, None if open_end else whole)

    def closeness(self, variables: Sequence[Variable]) -> float:
        """How widely a sum can vary."""
        rows, to = [row for row, _ in self.at_most], [bound for _, bound in self.at_most]
        cost = [float(variable in variables) for variable in VARIABLES]

        def least(sign: int) -> float:
            found = linprog([sign * c for c in cost], A_ub=rows, b_ub=to, bounds=(0, 50), method="highs").fun
            assert found is not None
            return found

        return -least(-1) - least(1)


def narrowings() -> Iterator[tuple[Sequence[int], dict[str, str]]]:
    """All periods of whole months, alone and with a kind."""
    for first in range(MONTHS):
        for last in range(first, MONTHS):
            period = {"from": f"2023-{first + 1:02}", "to": f"2023-{last + 1:02}"}
            yield range(first, last + 1), period
            for parity, kind in enumerate(("training", "workshop")):
                yield [n for n in range(first, last + 1) if n % 2 == parity], {**period, "kind": kind}


async def ask_everything(session: Session, *, public: bool) -> list[tuple[Sequence[int], str, Figure]]:
    found = []
    for activities, words in narrowings():
        for dimension in ("gender", "participant-country"):
            question = Question.read("participants", {**words, "by": dimension}, public=public)
            found.append((activities, dimension, await answer(session, question)))
    return found


def small_numbers(past: Past) -> Iterator[tuple[Sequence[Variable], int]]:
    """What must not be known: each number below five, of one activity or of several that can be asked for together."""
    for activities, _ in narrowings():
        for dimension, groups in (("gender", GENDERS), ("participant-country", COUNTRIES)):
            for group in groups:
                variables = [(dimension, activity, group) for activity in activities]
                number = sum(past.number(variable) for variable in variables)
                if 0 < number < PROTECTED:
                    yield variables, number


def recovered(past: Past, outsider: Outsider) -> list[str]:
    return [
        f"{number} of {variables}"
        for variables, number in small_numbers(past)
        if outsider.closeness(variables) < PROTECTED - 1e-6
    ]


def hidden_by_itself(figure: Figure) -> Mapping[str, int]:
    """A figure as one would publish it that looks at nothing beside it: its small groups and the next ones hidden."""
    groups = {str(next(iter(group.key.values()))): int(group.value or 0) for group in figure.groups}
    covered = {key for key, n in groups.items() if 0 < n < PROTECTED}
    others = sorted((n, key) for key, n in groups.items() if n >= PROTECTED)
    while covered and others and (len(covered) < 2 or sum(groups[key] for key in covered) < PROTECTED):
        covered.add(others.pop(0)[1])
    return {key: n for key, n in groups.items() if key not in covered}


@pytest.mark.parametrize("seed", range(3))
async def test_no_small_number_follows_from_all_that_a_viewer_can_ask(database: Database, seed: int) -> None:
    past, outsider = past_of(seed), Outsider()
    await facts.tell(database, *past.events())
    assert await release(database) > 0
    assert list(small_numbers(past))
    async with database.transaction() as session:
        for activities, dimension, figure in await ask_everything(session, public=True):
            outsider.learns(activities, dimension, figure)
    assert recovered(past, outsider) == []


async def test_where_each_answer_hides_for_itself_small_numbers_do_follow(database: Database) -> None:
    """The same attack on what was done before: nested periods are subtracted from each other."""
    past, outsider = past_of(0), Outsider()
    await facts.tell(database, *past.events())
    async with database.transaction() as session:
        for activities, dimension, figure in await ask_everything(session, public=False):
            mine = [v for v in VARIABLES if v[0] == dimension and v[1] in activities]
            groups = {("female" if key == "female" else key): n for key, n in hidden_by_itself(figure).items()}
            for group, number in groups.items():
                name = "not-female" if group == "male" else group
                outsider.knows([v for v in mine if v[2] == name], number, number)
            outsider.knows(mine, int(figure.value or 0), int(figure.value or 0))
    assert recovered(past, outsider)


async def test_linked_tables_are_not_told_outside(database: Database) -> None:
    for rule, by in (("participants", "gender,participant-country"), ("women-share", "participant-country")):
        with pytest.raises(UnaskableQuestion):
            Question.read(rule, {"by": by}, public=True)


async def test_older_rules_and_different_people_tell_nothing_of_people_outside(database: Database) -> None:
    await facts.tell(database, *past_of(1).events())
    await release(database)
    told = {"participants.v2", "women-share.v2"}
    async with database.transaction() as session:
        for name, rule in RULES.items():
            figure = await answer(session, Question.read(name, {}, public=True))
            assert (figure.value is None) == (rule.counting.of_people and name not in told)
            assert figure.unknown.reasons == {}
            page = await drill_down(session, Question.read(name, {}, public=True))
            if rule.counting.of_people and name not in told:
                assert {line.number for line in page.items} == {None}


async def test_a_few_more_people_are_not_told_of_until_there_are_five(database: Database) -> None:
    question = Question.read("participants", {"by": "gender"}, public=True)
    people = [facts.registration(str(n), of="a", gender="male") for n in range(20)]
    await facts.tell(database, facts.activity("a"), *people[:10])
    async with database.transaction() as session:
        assert (await answer(session, question)).value is None
    assert await release(database, NOW) == 1
    await facts.tell(database, *people[10:12])
    assert await release(database, NOW + timedelta(days=1)) == 0
    await facts.tell(database, *people[12:15])
    assert await release(database, NOW + timedelta(days=2)) == 1
    async with database.transaction() as session:
        assert (await answer(session, question)).value == 15
        then = Question.read("participants", {"as_of": "2024-01-02"}, public=True)
        assert (await answer(session, then)).value == 10


async def test_what_is_being_entered_is_released_once_it_has_settled(database: Database) -> None:
    at = facts.told_at(1)
    people = [facts.registration(str(n), of="a") for n in range(6)]
    await facts.tell(database, facts.activity("a"), *people)
    releases = Releases(database, settled_after=timedelta(minutes=10))
    assert await releases.release(at + timedelta(minutes=9)) == 0
    assert await releases.release(at + timedelta(minutes=10)) == 1
    assert await releases.release(at + timedelta(minutes=11)) == 0


async def test_what_was_told_outside_survives_new_facts(database: Database) -> None:
    await facts.tell(database, facts.activity("a", headcount={"total": 30, "women": 12}))
    await release(database)
    await facts.tell(database, facts.activity("a", version=2, headcount={"total": 30, "women": 14}))
    assert await release(database, NOW + timedelta(days=1)) == 0
    async with database.transaction() as session:
        share = await answer(session, Question.read("women-share", {}, public=True))
        inside = await answer(session, Question.read("women-share", {}))
    assert share.share
    assert inside.share
    assert (share.share.women, inside.share.women) == (12, 14)


async def test_activities_are_counted_outside_as_they_are_inside(database: Database) -> None:
    await facts.tell(database, *past_of(2).events())
    async with database.transaction() as session:
        for rule in (rule for rule in CURRENT.values() if not rule.counting.of_people):
            inside, outside = [
                await answer(session, Question.read(rule.id, {"by": "month"}, public=public))
                for public in (False, True)
            ]
            assert (inside.value, [g.value for g in inside.groups]) == (
                outside.value,
                [g.value for g in outside.groups],
            )
