"""A fuzzy date keeps what was written and knows the days it can mean."""

import calendar
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from shared.contracts.fuzzy_dates import FuzzyDate
from tests.states import fuzzy_dates

_ADAPTER = TypeAdapter(FuzzyDate)


@pytest.mark.parametrize(
    ("text", "earliest", "latest", "precision"),
    [
        ("2012", date(2012, 1, 1), date(2012, 12, 31), "year"),
        ("2022-09", date(2022, 9, 1), date(2022, 9, 30), "month"),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), "month"),
        ("2022-05-17", date(2022, 5, 17), date(2022, 5, 17), "day"),
        ("2022-05-01/2022-05-16", date(2022, 5, 1), date(2022, 5, 16), "window"),
        ("2021/2022-03", date(2021, 1, 1), date(2022, 3, 31), "window"),
        ("../2022-05-16", None, date(2022, 5, 16), "window"),
        ("2022-05/..", date(2022, 5, 1), None, "window"),
    ],
)
def test_a_date_means_the_days_it_can_mean(
    text: str, earliest: date | None, latest: date | None, precision: str
) -> None:
    parsed = FuzzyDate.parse(text)
    assert (str(parsed), parsed.earliest, parsed.latest, parsed.precision) == (text, earliest, latest, precision)


def test_only_a_date_known_to_the_day_has_a_day() -> None:
    assert FuzzyDate.parse("2022-05-17").day == date(2022, 5, 17)
    assert FuzzyDate.parse("2022-05").day is None
    assert FuzzyDate.parse("../2022-05-17").day is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "May 2022",
        "22-05-17",
        "2022-5-17",
        "17.05.2022",
        "2022-13",
        "2022-00",
        "2022-02-30",
        "2023-02-29",
        "0000",
        "../..",
        "2022/",
        "2022-06/2022-05",
        "2022-05-17T10:00:00",
        "2022\n2023",
        "２０２２",
        "٢٠٢٢",
    ],
)
def test_what_is_not_a_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        FuzzyDate.parse(text)


def test_a_refusal_says_what_was_written_and_what_to_write() -> None:
    with pytest.raises(ValueError, match=r"'17\.05\.2022' is not a date: write 2022"):
        FuzzyDate.parse("17.05.2022")


@given(fuzzy_dates())
def test_a_date_survives_being_written_and_read(written: FuzzyDate) -> None:
    assert _ADAPTER.validate_json(_ADAPTER.dump_json(written)) == written


@given(st.dates(), st.sampled_from((4, 7, 10)))
def test_a_day_lies_within_the_year_and_the_month_it_belongs_to(day: date, known: int) -> None:
    parsed = FuzzyDate.parse(day.isoformat()[:known])
    assert parsed.earliest is not None
    assert parsed.latest is not None
    assert parsed.earliest <= day <= parsed.latest
    assert (parsed.latest - parsed.earliest).days + 1 == {
        4: 366 if calendar.isleap(day.year) else 365,
        7: calendar.monthrange(day.year, day.month)[1],
        10: 1,
    }[known]


@given(st.text())
def test_any_text_is_a_date_or_a_value_error(text: str) -> None:
    try:
        parsed = FuzzyDate.parse(text)
    except ValueError:
        return
    assert str(parsed) == text.strip()


@pytest.mark.parametrize("value", [2022, 20220517.0, None, [], datetime(2022, 5, 17, tzinfo=UTC)])
def test_a_date_is_never_guessed_from_something_else(value: object) -> None:
    with pytest.raises(ValidationError):
        _ADAPTER.validate_python(value)


def test_a_day_of_the_calendar_is_a_date_known_to_the_day() -> None:
    assert _ADAPTER.validate_python(date(2022, 5, 17)) == FuzzyDate.parse("2022-05-17")
