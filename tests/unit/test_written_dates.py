"""Dates as people write them, in each language of the programmes, and what is refused instead of guessed."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.fuzzy_dates import FuzzyDate
from shared.written_dates import (
    DateCanBeReadTwoWays,
    DateError,
    DateWithoutYear,
    InstantWithoutZone,
    NotADate,
    read_date,
    read_period,
)


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("17.05.2022", "2022-05-17"),
        ("09.12.2026", "2026-12-09"),
        ("7.5.2022 г.", "2022-05-07"),
        ("2022-05-17", "2022-05-17"),
        ("2022/05/17", "2022-05-17"),
        ("2022-05-17 00:00:00", "2022-05-17"),
        ("2022-05-17T09:30:00.000", "2022-05-17"),
        ("17.05.2022 10:00", "2022-05-17"),
        ("17/05/2022", "2022-05-17"),
        ("05/17/2022", "2022-05-17"),
        ("05/05/2022", "2022-05-05"),
        ("17 May 2022", "2022-05-17"),
        ("17-May-2022", "2022-05-17"),
        ("May 17, 2022", "2022-05-17"),
        ("the 17th of May 2022", "2022-05-17"),
        ("Tue, 17 May 2022", "2022-05-17"),
        ("вторник, 17 мая 2022 г.", "2022-05-17"),
        ("17 мая 2022 года", "2022-05-17"),
        ("17 мая 2022", "2022-05-17"),
        ("ма\u0438\u0306 2022", "2022-05"),
        ("2022-жылдын 17-майы", "2022-05-17"),
        ("17-май 2022-ж.", "2022-05-17"),
        ("2022-yil 17-may", "2022-05-17"),
        ("5 mart 2022", "2022-03-05"),
        ("12 oktabr 2022", "2022-10-12"),
        ("12 октябр 2022", "2022-10-12"),
        ("17. Mai 2022", "2022-05-17"),
        ("3. März 2022", "2022-03-03"),
        ("17 мамыр 2022", "2022-05-17"),
        ("May 2022", "2022-05"),
        ("декабрь 2026", "2026-12"),
        ("сент. 2022 г.", "2022-09"),
        ("Jul-2022", "2022-07"),
        ("05.2022", "2022-05"),
        ("Q4 2022", "2022-10/2022-12"),
        ("2022-Q4", "2022-10/2022-12"),
        ("4Q 2022", "2022-10/2022-12"),
        ("4 кв. 2022", "2022-10/2022-12"),
        ("IV кв. 2022", "2022-10/2022-12"),
        ("III квартал 2022 года", "2022-07/2022-09"),
        ("4. Quartal 2022", "2022-10/2022-12"),
        ("4-чейрек 2022", "2022-10/2022-12"),
        ("2022-yil 4-chorak", "2022-10/2022-12"),
        ("first quarter of 2022", "2022-01/2022-03"),
        ("1-е полугодие 2022", "2022-01/2022-06"),
        ("2022", "2022"),
        ("2022 год", "2022"),
        ("../2022-05-16", "../2022-05-16"),
    ],
)
def test_a_date_is_known_as_far_as_it_says(written: str, known: str) -> None:
    period = read_period(written)
    assert (period.starts.text, period.ends) == (known, None)


@pytest.mark.parametrize(
    ("written", "starts", "ends"),
    [
        ("17–19 мая 2022", "2022-05-17", "2022-05-19"),
        ("17.-19.05.2022", "2022-05-17", "2022-05-19"),
        ("17-19.05.2022", "2022-05-17", "2022-05-19"),
        ("17.05-19.05.2022", "2022-05-17", "2022-05-19"),
        ("17.05.2022 - 19.05.2022", "2022-05-17", "2022-05-19"),
        ("2022-05-17 to 2022-05-19", "2022-05-17", "2022-05-19"),
        ("с 1 по 3 июня 2022", "2022-06-01", "2022-06-03"),
        ("с 28 декабря 2022 по 2 января 2023", "2022-12-28", "2023-01-02"),
        ("30 Nov – 2 Dec 2022", "2022-11-30", "2022-12-02"),
        ("30.11.-02.12.2022", "2022-11-30", "2022-12-02"),
        ("28 Dec – 2 Jan 2023", "2022-12-28", "2023-01-02"),
        ("May 17–19, 2022", "2022-05-17", "2022-05-19"),
        ("17th–19th May 2022", "2022-05-17", "2022-05-19"),
        ("17 and 18 May 2022", "2022-05-17", "2022-05-18"),
        ("17. bis 19. Mai 2022", "2022-05-17", "2022-05-19"),
        ("2022-жылдын 17-19-майы", "2022-05-17", "2022-05-19"),
        ("17-19-may 2022", "2022-05-17", "2022-05-19"),
        ("май-июнь 2022", "2022-05", "2022-06"),
        ("Dec 2022 – Jan 2023", "2022-12", "2023-01"),
        ("2021–2022", "2021", "2022"),
    ],
)
def test_a_range_says_the_first_and_the_last_day(written: str, starts: str, ends: str) -> None:
    period = read_period(written)
    assert (str(period.starts), str(period.ends)) == (starts, ends)


@pytest.mark.parametrize(
    ("written", "days"), [("с 1 по 3 июня", ("06-01", "06-03")), ("30 Nov – 2 Dec", ("11-30", "12-02"))]
)
def test_a_range_without_a_year_needs_one_from_elsewhere(written: str, days: tuple[str, str]) -> None:
    with pytest.raises(DateWithoutYear, match="write the year"):
        read_period(written)
    period = read_period(written, year=2024)
    assert (str(period.starts), str(period.ends)) == (f"2024-{days[0]}", f"2024-{days[1]}")


@pytest.mark.parametrize(
    "written",
    ["31.02.2022", "17.05.22", "soon", "44698", "1st of", "2022-13", "32 May 2022", "..", "", "5 Q4 2022", "a" * 5000],
)
def test_what_is_no_date_is_refused_with_the_way_out(written: str) -> None:
    with pytest.raises(NotADate, match=r"write 17\.05\.2022"):
        read_period(written)


@pytest.mark.parametrize("written", ["05/06/2022", "10-12-2022"])
def test_a_date_that_two_countries_read_differently_is_asked_back(written: str) -> None:
    with pytest.raises(DateCanBeReadTwoWays):
        read_period(written)


def test_a_moment_is_the_day_of_its_place_or_refused() -> None:
    with pytest.raises(InstantWithoutZone):
        read_date("2022-12-31T18:00:00Z")
    assert read_date("2022-12-31T18:00:00Z", zone="Asia/Bishkek").text == "2023-01-01"
    assert read_date("2022-09-30T18:00:00.000Z", zone="Asia/Bishkek").text == "2022-10-01"
    assert read_date("2022-12-31T23:00:00+06:00", zone="Asia/Bishkek").text == "2022-12-31"


def test_a_range_where_one_date_is_asked_for_is_a_window() -> None:
    assert read_date("17–19 мая 2022").text == "2022-05-17/2022-05-19"


@given(st.text(alphabet=st.sampled_from("0123456789 .-/–майMayQqпос,г:TZ"), max_size=90))
def test_whatever_is_written_is_read_or_refused(written: str) -> None:
    try:
        period = read_period(written)
    except DateError:
        return
    assert (
        period.starts.earliest is None
        or period.ends is None
        or period.starts.earliest <= (period.ends.latest or date.max)
    )


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)))
def test_a_day_is_the_same_in_each_usual_form(day: date) -> None:
    forms = (f"{day:%d.%m.%Y}", f"{day:%d %B %Y}", f"{day:%B} {day.day}, {day.year}", day.isoformat())
    assert {read_date(form) for form in forms} == {FuzzyDate.of(day)}
