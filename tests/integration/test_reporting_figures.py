"""Figures: each can be looked behind, repeated, and means what its address says."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from functools import partial
from itertools import combinations
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from hypothesis.vendor.pretty import pretty

from services.reporting.facts import projection
from services.reporting.facts.rows import FACTS
from services.reporting.figures.answering import answer, answers
from services.reporting.figures.drill_down import Counted, drill_down
from services.reporting.figures.figure import Figure, Share
from services.reporting.figures.question import Question, UnaskableQuestion, can_be_narrowed
from services.reporting.rules import CURRENT, RULES, Rule, UnknownRule
from shared.database import Database, Session
from tests.conftest import DatabaseUrl
from tests.integration import facts
from tests.strategies import Story, stories


@pytest.fixture
async def database(database_url: DatabaseUrl) -> AsyncIterator[Database]:
    database = Database(database_url("reporting"))
    await facts.tell(database, facts.programme())
    yield database
    await database.close()


class Undone(Exception):
    """Ends a transaction that is not meant to stay."""


Within = Callable[[Story, Callable[[Session], Awaitable[Any]]], Any]
Told = Callable[[Story, Question], tuple[Figure, list[list[Counted]], list[Counted]]]


@pytest.fixture
def within(database_url: DatabaseUrl) -> Iterator[Within]:
    """Does something in a transaction in which a story was told, and which is undone afterwards."""
    with asyncio.Runner() as loop:
        database = Database(database_url("reporting"))

        async def look(story: Story, ask: Callable[[Session], Awaitable[Any]]) -> Any:
            with suppress(Undone):
                async with database.transaction() as session:
                    await projection.apply(session, [event for event in story.events if event.topic.name in FACTS])
                    found = await ask(session)
                    raise Undone
            return found

        yield lambda story, ask: loop.run(look(story, ask))
        loop.run(database.close())


@pytest.fixture
def told(within: Within) -> Told:
    """From a story and a question to the figure, what is behind each of its groups, and what is behind the whole."""

    async def look(question: Question, session: Session) -> tuple[Figure, list[list[Counted]], list[Counted]]:
        figure = await answer(session, question)
        groups = [await behind(session, group.activities) for group in figure.groups]
        return figure, groups, await behind(session, figure.activities)

    return lambda story, question: within(story, partial(look, question))


async def behind(session: Session, address: str, limit: int = 100) -> list[Counted]:
    """All activities at a drill-down's address, page by page."""
    parts = urlsplit(address)
    words = parse_qsl(parts.query)
    question = Question.read(parts.path.split("/")[2], {name: word for name, word in words if name != "key"})
    key = [word for name, word in words if name == "key"]
    page = await drill_down(session, question, key=key, limit=limit)
    items = list(page.items)
    while page.next:
        page = await drill_down(session, question, key=key, limit=limit, after=page.next)
        items += page.items
    return items


def added_up(counted: list[Counted], rule: Rule) -> int | float | Share | None:
    if not rule.counting.is_share:
        return sum(line.number or 0 for line in counted)
    shares = [line.share for line in counted if line.share]
    return Share(
        women=sum(share.women or 0 for share in shares),
        known=sum(share.known or 0 for share in shares),
        people=sum(share.people or 0 for share in shares),
    )


Grouped = tuple[str, tuple[str, ...]]
"""A rule, by its id, and the dimensions it is broken down by."""

_GROUPINGS: list[Grouped] = [
    (rule.id, by) for rule in RULES.values() for n in (0, 1, 2) for by in combinations(rule.dimensions, n)
]


@given(story=stories(), asked=st.sampled_from(_GROUPINGS), past=st.booleans())
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_behind_a_figure_adds_up_to_it_for_every_rule_and_grouping(
    told: Told, story: Story, asked: Grouped, past: bool
) -> None:
    rule, by = RULES[asked[0]], asked[1]
    words = {"programme": "SAMPLE", "by": ",".join(by), "as_of": "2024-01-01" if past else ""}
    figure, groups, whole = told(story, Question.read(rule.id, words))
    shares = rule.counting.is_share
    assert added_up(whole, rule) == (figure.share if shares else figure.value or 0)
    for group, counted in zip(figure.groups, groups, strict=True):
        assert added_up(counted, rule) == (group.share if shares else group.value or 0)
        assert len({line.id for line in counted}) == len(counted) > 0


@given(story=stories(), asked=st.sampled_from(_GROUPINGS))
@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
def test_counting_again_from_the_registrations_gives_what_the_head_counts_give(
    told: Told, story: Story, asked: Grouped
) -> None:
    rule, by = RULES[asked[0]], asked[1]
    words = {"programme": "SAMPLE", "by": ",".join(by)}
    now, _, _ = told(story, Question.read(rule.id, words))
    later, _, _ = told(story, Question.read(rule.id, {**words, "as_of": "2100-01-01"}))
    assert (now.value, now.share, now.unknown) == (later.value, later.share, later.unknown)
    assert [(g.key, g.value, g.share) for g in now.groups] == [(g.key, g.value, g.share) for g in later.groups]


@given(story=stories(), asked=st.sampled_from(_GROUPINGS))
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
def test_groups_that_do_not_overlap_add_up_to_the_whole(told: Told, story: Story, asked: Grouped) -> None:
    rule, by = RULES[asked[0]], asked[1]
    figure, _, _ = told(story, Question.read(rule.id, {"programme": "SAMPLE", "by": ",".join(by)}))
    if (
        by
        and "countries-overlap" not in figure.notes
        and rule.counting.numbers == ("number",)
        and not rule.counting.overlaps
    ):
        assert sum(group.value or 0 for group in figure.groups) == (figure.value or 0)


_NARROWINGS: list[dict[str, str]] = [
    {"programme": "SAMPLE"},
    {"programme": "SAMPLE", "phase": "10"},
    {"programme": "SAMPLE", "country": "KG", "from": "2022"},
    {"programme": "SAMPLE", "scope": "regional", "delivery": "online"},
    {"programme": "SAMPLE", "kind": "handbook", "status": "handed-over"},
    {"component": "1", "to": "2023-06", "as_of": "2024-01-01"},
]


@st.composite
def asked_alike(draw: DrawFn) -> list[tuple[str, dict[str, str]]]:
    """Rules and words, narrowed alike, by rules whose subject can be narrowed in this way."""
    words = draw(st.sampled_from(_NARROWINGS))
    askable = [(rule, by) for rule, by in _GROUPINGS if can_be_narrowed(RULES[rule], words)]
    asked = draw(st.lists(st.sampled_from(askable), min_size=2, max_size=6))
    return [(rule, {**words, "by": ",".join(by)}) for rule, by in asked]


@given(story=stories(), asked=asked_alike())
@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
def test_figures_that_are_asked_together_are_those_that_are_asked_alone(
    within: Within, story: Story, asked: list[tuple[str, dict[str, str]]]
) -> None:
    questions = [Question.read(rule, words) for rule, words in asked]

    async def both(session: Session) -> tuple[list[Figure], list[Figure]]:
        return await answers(session, questions), [await answer(session, question) for question in questions]

    together, alone = within(story, both)
    assert together == alone


_VALUES = ["SAMPLE", "10", "KG", "Kyrgyzstan", "training", "handbook", "regional", "online", "handed-over"]
_FILTERS = sorted({name for rule in RULES.values() for name in rule.subject.filters} | {"weather"})


@given(words=st.dictionaries(st.sampled_from(_FILTERS), st.sampled_from(_VALUES), max_size=3))
@settings(max_examples=500)
def test_all_rules_are_asked_but_those_that_would_refuse_alone(words: dict[str, str]) -> None:
    def refusal(ask: Callable[[], object]) -> str:
        try:
            ask()
        except UnaskableQuestion as error:
            return error.detail
        return ""

    alone = {rule: refusal(partial(Question.read, rule, words)) for rule in CURRENT}
    together = refusal(partial(Question.of_all_rules, words))
    if together:
        assert together in alone.values()
        assert all(alone.values())
    else:
        asked = [question.rule.id for question in Question.of_all_rules(words)]
        assert asked == [rule for rule, refused in alone.items() if not refused]


@given(story=stories(), asked=asked_alike())
@settings(max_examples=50, suppress_health_check=list(HealthCheck))
def test_a_failure_of_these_properties_is_short_enough_to_be_told(
    story: Story, asked: list[tuple[str, dict[str, str]]]
) -> None:
    assert len(pretty(story)) + len(pretty(asked)) < 15_000


async def test_what_is_narrowed_differently_is_not_counted_together(database: Database) -> None:
    questions = [Question.read("events.v1", {"programme": "TEST"}), Question.read("events.v1", {"phase": "10"})]
    async with database.transaction() as session:
        with pytest.raises(ValueError, match="narrowed alike"):
            await answers(session, questions)


async def test_a_list_of_activities_goes_on_where_it_ended_although_others_come_in_between(database: Database) -> None:
    days = ["2022-05-17", "2022-05-17", None, "2021-01-01", None]
    await facts.tell(database, *(facts.activity(f"a{n}", starts=day) for n, day in enumerate(days)))
    question = Question.read("events.v1", {})
    async with database.transaction() as session:
        first = await drill_down(session, question, limit=2)
        await projection.apply(session, [facts.activity("newer", starts="2023-01-01")])
        rest = await drill_down(session, question, limit=10, after=first.next)
    assert [item.starts for item in (*first.items, *rest.items)] == [
        "2022-05-17",
        "2022-05-17",
        "2021-01-01",
        None,
        None,
    ]
    assert rest.next is None


async def test_what_may_belong_is_listed_too(database: Database) -> None:
    await facts.tell(database, facts.activity("a"), facts.activity("undated", starts=None))
    async with database.transaction() as session:
        page = await drill_down(session, Question.read("events.v1", {"from": "2022"}), unknown=True)
    assert [item.code for item in page.items] == ["undated"]


async def test_the_hash_of_a_figure_changes_with_what_was_counted_though_the_number_stays(database: Database) -> None:
    await facts.tell(database, facts.activity("a"))
    question = Question.read("events.v1", {})
    async with database.transaction() as session:
        first, again = await answer(session, question), await answer(session, question)
        await projection.apply(session, [facts.activity("a", version=2)])
        corrected = await answer(session, question)
    assert first.hash == again.hash
    assert first.value == corrected.value
    assert first.hash != corrected.hash


@pytest.mark.parametrize(
    ("rule", "words", "field"),
    [
        ("events.v1", {"contry": "KG"}, "contry"),
        ("events.v1", {"kind": "party"}, "kind"),
        ("events.v1", {"country": "Kyrgyzstan"}, "country"),
        ("events.v1", {"from": "yesterday"}, "from"),
        ("events.v1", {"from": "2023", "to": "2022"}, "to"),
        ("events.v1", {"by": "weather"}, "by"),
        ("events.v1", {"by": "gender"}, "by"),
        ("women-share.v1", {"by": "gender"}, "by"),
        ("events.v1", {"by": "year,kind,scope"}, "by"),
        ("events.v1", {"by": "year,year"}, "by"),
        ("events.v1", {"as_of": "2022-13-01"}, "as_of"),
        ("events.v1", {"as_of": "2022-12-01T10:00:00"}, "as_of"),
    ],
)
def test_a_question_that_would_be_answered_wrongly_is_refused(rule: str, words: dict[str, str], field: str) -> None:
    with pytest.raises(UnaskableQuestion) as refused:
        Question.read(rule, words)
    assert refused.value.field == field


def test_a_rule_that_nobody_made_is_not_found() -> None:
    with pytest.raises(UnknownRule):
        Question.read("events.v2", {})


def test_a_rule_without_a_version_is_the_newest_of_its_name() -> None:
    assert Question.read("events", {}).rule is RULES["events.v1"]


def test_an_address_read_again_is_the_same_question() -> None:
    words = {"phase": "10", "country": "kg", "from": "2022", "to": "2022-06", "by": "kind,year", "as_of": "2022-12-31"}
    question = Question.read("events.v1", words)
    assert Question.read("events.v1", dict(parse_qsl(urlsplit(question.address).query))) == question
