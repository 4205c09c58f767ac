"""The counting rules, each held against what DOMAIN.md says is true of a programme's numbers."""

from collections.abc import AsyncIterator

import pytest

from services.reporting.figures.answering import answer
from services.reporting.figures.figure import Figure
from services.reporting.figures.question import Question
from services.reporting.rules import RULES
from shared.database import Database
from shared.web.language import LANGUAGES, in_each
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
        return await answer(session, Question.read(rule, {name.rstrip("_"): word for name, word in words.items()}))


def by(figure: Figure) -> dict[str | None, int | float | None]:
    return {next(iter(group.key.values())): group.value for group in figure.groups}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("status", ["planned", "confirmed", "cancelled", "merged"])
async def test_what_was_not_held_counts_nowhere(database: Database, rule: str, status: str) -> None:
    merged = facts.id_of("other") if status == "merged" else None
    lost = facts.activity("a", status=status, merged_into=merged, headcount={"total": 30, "women": 10})
    await facts.tell(database, lost, facts.registration("r", of="a", gender="female"))
    figure = await ask(database, rule)
    assert (figure.value or 0, figure.unknown.number) == (0, 0)


async def test_steering_groups_are_events_and_not_thematic(database: Database) -> None:
    await facts.tell(database, facts.activity("a"), facts.activity("nsg", kind="steering-group", component="general"))
    assert (await ask(database, "events.v1")).value == 2
    assert (await ask(database, "thematic.v1")).value == 1
    assert (await ask(database, "capacity-building.v1")).value == 1


async def test_a_regional_activity_counts_in_each_beneficiary_country_and_the_figure_says_so(
    database: Database,
) -> None:
    await facts.tell(
        database,
        facts.activity("regional", beneficiary_countries=["KZ", "KG", "UZ"]),
        facts.activity("national", beneficiary_countries=["KG"]),
        facts.activity("nowhere", beneficiary_countries=[]),
    )
    figure = await ask(database, "events.v1", by="country")
    assert by(figure) == {"KG": 2, "KZ": 1, "UZ": 1, None: 1}
    assert figure.value == 3
    assert "countries-overlap" in figure.notes
    narrowed = await ask(database, "events.v1", country="KG")
    assert (narrowed.value, narrowed.unknown.reasons) == (2, {"country": 1})


async def test_capacity_building_counts_from_the_first_day_of_active_implementation(database: Database) -> None:
    await facts.tell(
        database,
        facts.activity("before", starts="2021-09-30"),
        facts.activity("first-day", starts="2021-10-01"),
        facts.activity("of-another-phase", phase="9", starts="2016-05-01"),  # which names no such day
    )
    assert by(await ask(database, "capacity-building.v1", by="phase")) == {"9": 1, "10": 1}


async def test_capacity_building_keeps_what_is_of_unknown_day_or_component_beside(database: Database) -> None:
    await facts.tell(
        database,
        facts.activity("known"),
        facts.activity("undated", starts=None),
        facts.activity("sometime-in-2021", starts="2021"),
        facts.activity("of-no-known-component", component=None),
        facts.activity("neither", component=None, starts=None),
        facts.activity("general", component="general"),
        facts.activity("too-early", component=None, starts="2021-05"),
    )
    figure = await ask(database, "capacity-building.v1")
    assert figure.value == 1
    assert (figure.unknown.number, figure.unknown.reasons) == (4, {"day": 3, "component": 2})


async def test_counts_go_down_when_an_activity_is_merged_and_up_when_that_is_undone(database: Database) -> None:
    await facts.tell(database, facts.activity("a"), facts.activity("twice-reported"))
    assert (await ask(database, "events.v1")).value == 2
    merged = facts.activity("twice-reported", version=2, status="merged", merged_into=facts.id_of("a"))
    await facts.tell(database, merged)
    assert (await ask(database, "events.v1")).value == 1
    await facts.tell(database, facts.activity("twice-reported", version=3))
    assert (await ask(database, "events.v1")).value == 2


@pytest.mark.parametrize("rule", RULES)
async def test_a_figure_of_a_past_day_is_the_same_after_corrections(database: Database, rule: str) -> None:
    await facts.tell(
        database,
        facts.activity("a"),
        facts.registration("r", of="a", gender="female"),
        facts.output("o", status="handed-over", handovers=[{"country": "KG", "on": "2022-12-05"}]),
    )
    then = facts.told_at(1).date().isoformat()
    before, earlier = [await ask(database, rule, as_of=day) for day in (then, "2022-12-31")]
    assert (before.value, earlier.value or 0) == (1, 0)
    await facts.tell(
        database,
        facts.activity("a", version=3, status="cancelled", phase="9"),
        facts.registration("r", of="a", version=3, status="withdrawn"),
        facts.output("o", version=3, status="dropped", phase="9"),
    )
    after = await ask(database, rule, as_of=then)
    assert (after.value, after.hash) == (1, before.hash)
    assert ((await ask(database, rule)).value or 0) == 0
    assert (await ask(database, rule, as_of="2022-12-31")).hash == earlier.hash


@pytest.mark.parametrize(
    ("starts", "inside", "unknown"),
    [
        ("2022-09-30", 0, 0),
        ("2022-10-01", 1, 0),
        ("2022-11", 1, 0),
        ("2022", 0, 1),
        ("2022-12-30/2023-01-02", 0, 1),
        ("2023", 0, 0),
        ("2022-12-31/..", 0, 1),
        ("../2022-09-30", 0, 0),
        (None, 0, 1),
    ],
)
async def test_an_activity_counts_in_a_period_when_it_surely_starts_there(
    database: Database, starts: str | None, inside: int, unknown: int
) -> None:
    await facts.tell(database, facts.activity("a", starts=starts, ends=None))
    figure = await ask(database, "events.v1", from_="2022-10-01", to="2022-12")
    assert (figure.value, figure.unknown.number) == (inside, unknown)
    assert figure.unknown.reasons == ({"day": 1} if unknown else {})


async def test_a_known_end_narrows_an_unknown_start(database: Database) -> None:
    await facts.tell(database, facts.activity("a", starts="2022", ends="2022-03-05"))
    assert (await ask(database, "events.v1", from_="2022-01-01", to="2022-03-31")).value == 1


async def test_quarters_do_not_overlap_and_what_fits_none_is_unknown(database: Database) -> None:
    starts = ["2022-03-31", "2022-04", "2022-03/2022-04", None]
    await facts.tell(database, *(facts.activity(str(n), starts=day) for n, day in enumerate(starts)))
    assert by(await ask(database, "events.v1", by="quarter")) == {"2022-Q1": 1, "2022-Q2": 1, None: 2}
    assert by(await ask(database, "events.v1", by="year")) == {"2022": 3, None: 1}


async def test_undisaggregated_people_stay_in_the_total_as_unknown(database: Database) -> None:
    await facts.tell(
        database,
        facts.activity("numbers-only", headcount={"total": 30}),
        facts.activity("registered"),
        facts.registration("r", of="registered", gender="female", country="KG"),
        facts.registration("s", of="registered"),
    )
    assert by(await ask(database, "participants.v1", by="gender")) == {"female": 1, None: 31}
    assert by(await ask(database, "participants.v1", by="participant-country")) == {"KG": 1, None: 31}
    assert (await ask(database, "participants.v1")).value == 32


async def test_activities_that_tell_no_number_of_people_are_told_beside_the_participants(database: Database) -> None:
    await facts.tell(database, facts.activity("silent"), facts.activity("b", headcount={"total": 3}))
    figure = await ask(database, "participants.v1")
    assert (figure.value, figure.unknown.activities) == (3, 1)


async def test_a_headcount_alone_tells_its_women_and_its_countries_but_not_both_at_once(database: Database) -> None:
    headcount = {"total": 30, "women": 12, "by_country": {"KG": 10, "UZ": 15}}
    await facts.tell(database, facts.activity("a", headcount=headcount))
    assert by(await ask(database, "participants.v1", by="gender")) == {"female": 12, "not-female": 18}
    assert by(await ask(database, "participants.v1", by="participant-country")) == {"KG": 10, "UZ": 15, None: 5}
    both = await ask(database, "participants.v1", by="gender,participant-country")
    assert [(group.key, group.value) for group in both.groups] == [({"gender": None, "participant-country": None}, 30)]


async def test_a_headcount_larger_than_the_registrations_adds_the_others_as_unknown(database: Database) -> None:
    held = facts.activity("a", headcount={"total": 5, "women": 4})
    await facts.tell(database, held, facts.registration("r", of="a", gender="male"))
    assert by(await ask(database, "participants.v1", by="gender")) == {"male": 1, None: 4}


async def test_more_registrations_than_the_headcount_are_all_counted(database: Database) -> None:
    held = facts.activity("a", headcount={"total": 1})
    await facts.tell(database, held, *(facts.registration(str(n), of="a") for n in range(3)))
    assert (await ask(database, "participants.v1")).value == 3


async def test_only_participants_who_attended_are_counted(database: Database) -> None:
    others = [facts.registration(role, of="a", role=role) for role in ("trainer", "expert", "observer", "interpreter")]
    absent = [
        facts.registration(status, of="a", status=status)
        for status in ("nominated", "registered", "absent", "withdrawn")
    ]
    await facts.tell(database, facts.activity("a"), facts.registration("r", of="a"), *others, *absent)
    for rule in ("participants.v1", "people.v1"):
        assert (await ask(database, rule)).value == 1


async def test_who_comes_twice_is_two_participants_and_one_person(database: Database) -> None:
    await facts.tell(
        database,
        facts.activity("a"),
        facts.activity("b", starts="2023-01-01"),
        facts.registration("r", of="a", person="p"),
        facts.registration("s", of="b", person="p"),
    )
    assert (await ask(database, "participants.v1")).value == 2
    assert (await ask(database, "people.v1")).value == 1
    figure = await ask(database, "people.v1", by="year")
    assert by(figure) == {"2022": 1, "2023": 1}
    assert "people-overlap" in figure.notes


async def test_people_known_only_as_a_number_are_beside_the_different_people(database: Database) -> None:
    held = facts.activity("a", headcount={"total": 30, "precision": "at-least"})
    await facts.tell(database, held, facts.registration("r", of="a"))
    figure = await ask(database, "people.v1")
    assert (figure.value, figure.unknown.number, figure.unknown.reasons) == (1, 29, {"name": 29})
    assert "headcounts-imprecise" in (await ask(database, "participants.v1")).notes


async def test_a_share_of_women_comes_with_its_base_and_those_of_unknown_gender(database: Database) -> None:
    genders = ["female", "male", "other", "unknown", "unknown"]
    await facts.tell(
        database,
        facts.activity("a"),
        *(facts.registration(str(n), of="a", gender=gender) for n, gender in enumerate(genders)),
        facts.activity("b", headcount={"total": 10, "women": 3}),
        facts.activity("c", headcount={"total": 7}),
    )
    figure = await ask(database, "women-share.v1")
    assert figure.share is not None
    assert (figure.share.women, figure.share.known, figure.share.people) == (4, 13, 22)
    assert figure.value == round(4 / 13, 4)


async def test_there_is_no_share_where_no_gender_is_known(database: Database) -> None:
    await facts.tell(database, facts.activity("a", headcount={"total": 7}))
    assert (await ask(database, "women-share.v1")).value is None


async def test_what_is_made_up_for_practice_is_never_mixed_with_real_records(database: Database) -> None:
    await facts.tell(database, facts.programme("SAMPLE", synthetic=True), facts.activity("x", programme="SAMPLE"))
    await facts.tell(database, facts.activity("a"))
    assert (await ask(database, "events.v1")).value == 1
    assert (await ask(database, "events.v1", programme="SAMPLE")).value == 1


async def test_organisations_that_were_merged_stand_under_one(database: Database) -> None:
    old, new = (facts.id_of(name) for name in ("old", "new"))
    await facts.tell(
        database,
        facts.activity("a"),
        facts.organisation("old", version=2, merged_into=new),
        facts.organisation("new"),
        facts.registration("r", of="a", organisation={"name": "Old", "id": str(old)}),
        facts.registration("s", of="a", organisation={"name": "New", "id": str(new)}),
        facts.registration("t", of="a", organisation={"name": "As written"}),
    )
    assert by(await ask(database, "participants.v1", by="organisation")) == {str(new): 2, "As written": 1}


def test_each_rule_is_found_by_its_name_and_speaks_both_languages() -> None:
    for name, rule in RULES.items():
        assert rule.id == name
        for words in (in_each(rule.title), in_each(rule.sentence)):
            assert len(set(words.values())) == len(LANGUAGES)
