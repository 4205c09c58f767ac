"""What single cells mean: dates, numbers of people, countries, words, lists."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import pytest

from services.registry.sheets import cells
from services.registry.sheets.dates import period
from services.registry.sheets.errors import (
    NotACountry,
    NotANumberOfPeople,
    UnknownWord,
)
from services.registry.sheets.tables import Cell
from services.registry.sheets.vocabulary import by_word, plain
from services.registry.usecases.activities.sheet import DELIVERIES, KINDS, SCOPES, SHEET, STATUSES
from shared.contracts.fuzzy_dates import FuzzyDate
from shared.written_dates import NotADate
from tests.spreadsheets import csv_file, readings_of, row


@pytest.mark.parametrize(
    ("cell", "known"),
    [
        (2022, "2022"),
        (date(2022, 5, 17), "2022-05-17"),
        (datetime(2022, 5, 17, 23, 59), "2022-05-17"),  # noqa: DTZ001  Excel knows no zones
        (FuzzyDate.parse("2022-05"), "2022-05"),
        ("17.05.2022", "2022-05-17"),
    ],
)
def test_a_date_of_a_cell_is_known_as_far_as_it_says(cell: Cell, known: str) -> None:
    assert period(cell).starts.text == known


@pytest.mark.parametrize("cell", [44698, 3.5])
def test_a_number_without_a_date_format_is_no_date(cell: Cell) -> None:
    with pytest.raises(NotADate):
        period(cell)


@pytest.mark.parametrize(
    ("written", "total", "precision"),
    [
        ("30", 30, "exact"),
        (30, 30, "exact"),
        ("30 человек", 30, "exact"),
        ("1 200", 1200, "exact"),
        ("over 30", 30, "at-least"),
        ("30+", 30, "at-least"),
        ("более 30 участников", 30, "at-least"),
        ("~30", 30, "estimated"),
        ("около 30", 30, "estimated"),
        ("approx. 30 people", 30, "estimated"),
    ],
)
def test_a_number_of_people_is_known_as_exactly_as_it_says(written: Cell, total: int, precision: str) -> None:
    assert cells.people(written) == (total, precision)


@pytest.mark.parametrize("written", ["many", "-5", "20.5", 20.5, "20-30", "99999999999"])
def test_what_is_no_number_of_people_is_refused(written: Cell) -> None:
    with pytest.raises(NotANumberOfPeople):
        cells.people(written)


@pytest.mark.parametrize(
    "written", ["KG", "kg", "Kyrgyzstan", "Киргизия", "Кыргызская Республика", " Kyrgyz  Republic "]
)
def test_a_country_is_known_by_code_and_by_name_in_both_languages(written: str) -> None:
    assert cells.country(written) == "KG"


def test_countries_are_listed_with_any_usual_separator() -> None:
    assert cells.country_list("KG; KZ,Таджикистан / KG") == ("KG", "KZ", "TJ")


def test_a_country_that_does_not_exist_is_refused() -> None:
    with pytest.raises(NotACountry, match="Atlantis"):
        cells.country_list("KG; Atlantis")


@pytest.mark.parametrize(
    ("written", "kind"),
    [("Training of Trainers", "training-of-trainers"), ("NSG", "steering-group"), ("Учебная поездка", "study-visit")],
)
def test_a_kind_is_known_in_both_languages(written: str, kind: str) -> None:
    assert cells.word(written, by_word(KINDS)) == kind


def test_a_mistyped_kind_is_refused_with_the_one_that_is_meant() -> None:
    with pytest.raises(UnknownWord, match="Did you mean “workshop”"):
        cells.word("worksop", by_word(KINDS))


@pytest.mark.parametrize(
    "table", [{name: column.names for name, column in SHEET.columns.items()}, KINDS, SCOPES, DELIVERIES, STATUSES]
)
def test_a_word_means_one_thing_within_its_vocabulary(table: Mapping[str, Sequence[str]]) -> None:
    meanings: dict[str, set[str]] = {}
    for ours, others in table.items():
        for word in (ours, *others):
            meanings.setdefault(plain(word), set()).add(ours)
    assert {word: ours for word, ours in meanings.items() if len(ours) > 1} == {}


def test_a_title_is_filed_under_the_language_of_its_letters() -> None:
    assert cells.in_language("Семинар по X-ray") == {"ru": "Семинар по X-ray"}
    assert cells.in_language("Workshop in Ош") == {"en": "Workshop in Ош"}


def test_a_dash_says_that_nothing_is_known() -> None:
    (read,) = readings_of(csv_file(row(city="—", participants="n/a", host_country="-")))
    assert not {"city", "headcount", "host_country"} & read.given.keys()


def test_all_errors_of_a_row_are_found_at_once() -> None:
    (read,) = readings_of(csv_file(row(kind="party", starts="soon", host_country="Atlantis", women="x")))
    assert {problem.field for problem in read.problems} == {"kind", "starts", "host_country", "women"}


def test_women_without_a_total_are_asked_back() -> None:
    (read,) = readings_of(csv_file(row(women="5")))
    assert [problem.error.slug for problem in read.problems] == ["women-without-total"]


def test_a_row_without_an_id_has_the_same_code_each_time_and_another_than_its_neighbour() -> None:
    file = csv_file(row(id=""), row(id="", title="Another sample"))
    codes = [read.code for read in readings_of(file)]
    assert codes == [read.code for read in readings_of(file)]
    assert len(set(codes)) == 2
