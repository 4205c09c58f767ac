"""Lists as people really have them, each read as it is shown or refused; the files lie in `tests/cases`."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.registry.sheets.files import ImportedFile, Reading
from services.registry.sheets.texts import clipboard_rows
from tests.spreadsheets import csv_text, readings_of, row, table_of, workbook

CASES = Path(__file__).parents[1] / "cases"


def case(name: str) -> ImportedFile:
    return ImportedFile(name, (CASES / name).read_bytes())


@pytest.mark.parametrize(
    ("name", "field", "values"),
    [
        ("01-month-shown-as-date.xlsx", "starts", ["2022-05", "2022", "2022-06", "2022-07"]),
        ("02-year-in-date-cell.xlsx", "starts", ["1905-07-14", "1022-05-17", "2202-05-17"]),
        ("03-mac-1904.xlsx", "starts", ["2022-05-17"]),
        ("05-merged.xlsx", "starts", ["2022-05-17"] * 3),
        ("05-merged.xlsx", "host_country", ["KG"] * 3),
        ("09-iso-date-cells.xlsx", "starts", ["2022-05-17"]),
        ("16-utf16le-nobom.csv", "title", ["{'ru': 'Без метки'}"]),
        ("17-nfd.csv", "host_country", ["CN", "KG"]),
        ("19-utc-instants.csv", "starts", ["2023-01-01", "2022-10-01"]),
    ],
)
def test_a_value_is_what_is_shown(name: str, field: str, values: list[str]) -> None:
    """Years outside the programme are refused by its own rule, when the row is examined."""
    assert [str(read.given.get(field)) for read in readings_of(case(name))] == values


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("07-number-formats.xlsx", ["007", "2.10", "3.10"]),
        ("38-excel-text-trick.csv", ["007", "008"]),
        ("32b-invisible-id.csv", ["INV1"]),
        ("40-formatted-blank-rows.xlsx", ["GR1"]),
        ("40b-stray-space.xlsx", ["GR2"]),
        ("hostile/far.xlsx", ["x1"]),
        ("hostile/mid.xlsx", ["x1"]),
    ],
)
def test_an_id_is_what_is_shown(name: str, codes: list[str]) -> None:
    assert [read.code for read in readings_of(case(name))] == codes


@pytest.mark.parametrize(
    ("name", "problems"),
    [
        ("04-formula-no-cache.xlsx", {"cell-holds-an-error"}),
        ("20-general-dates.csv", {"date-can-be-read-two-ways", "not-a-date", "date-without-year"}),
        ("36-unquoted-comma-last-column.csv", {"more-cells-than-columns"}),
        ("37-na.csv", {"namibia-or-unknown"}),
        ("39-country-names.csv", {"not-a-country"}),  # two countries in the column of one
    ],
)
def test_what_cannot_be_meant_is_an_error_of_its_row(name: str, problems: set[str]) -> None:
    assert {problem.error.slug for read in readings_of(case(name)) for problem in read.problems} == problems


@pytest.mark.parametrize("name", ["11-mac-cyrillic.csv", "12b-cp866.csv", "14-latvian-1257.csv", "16b-utf16.csv"])
def test_an_encoding_is_recognised(name: str) -> None:
    assert table_of(case(name)).samples == ()


def test_the_visible_sheet_comes_first_and_what_is_hidden_is_named() -> None:
    table = table_of(case("06-hidden-sheet-and-row.xlsx"))
    assert (table.sheet, [each.name for each in table.sheets if each.hidden]) == ("List 2026", ["old"])
    hidden = readings_of(case("06-hidden-sheet-and-row.xlsx"))[1]
    assert [note.slug for note in hidden.notes] == ["row-hidden"]


def test_headings_over_two_rows_totals_and_rows_without_a_title_are_understood_or_named() -> None:
    cells: list[list[object]] = [
        ["План мероприятий на 2022 год"],
        ["№", "Название", "Вид", "Даты проведения", None, "Участники"],
        [None, None, None, "Начало", "Окончание", None],
        [1, "Семинар", "семинар", "17 мая", "19 мая", "30+"],
        [None, "Итого", None, None, None, 30],
        [None, "составил отдел"],
    ]
    first, remark = readings_of(workbook({"План": cells}))
    assert (str(first.given["starts"]), str(first.given["ends"])) == ("2022-05-17", "2022-05-19")
    assert [problem.error.slug for problem in remark.problems] == ["looks-like-a-remark"]


def test_a_cell_of_the_clipboard_that_begins_with_a_quotation_mark_is_a_cell() -> None:
    text = 'One\t"Манас аэропорт\nTwo\t"several\nlines"\nThree\tCustoms "Osh"\n'
    assert list(clipboard_rows(text)) == [
        ["One", '"Манас аэропорт'],
        ["Two", "several\nlines"],
        ["Three", 'Customs "Osh"'],
    ]


_words = st.text(alphabet=st.sampled_from("абвгдежзийклмнопрст АБВ"), min_size=3, max_size=40).filter(str.strip)


@settings(max_examples=40, deadline=None)
@given(
    _words, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1251", "koi8-r", "cp866", "mac-cyrillic"])
)
def test_any_text_is_read_back_as_it_was_written_or_asked_about(text: str, encoding: str) -> None:
    content = csv_text([row(title_ru=f"Семинар {text}")]).encode(encoding)
    table = table_of(ImportedFile("list.csv", content))
    if not table.samples:
        (read,) = readings_of(ImportedFile("list.csv", content))
        assert read.given["title"]["ru"] == " ".join(f"Семинар {text}".split())
    else:
        chosen = Reading(encoding={"mac-cyrillic": "MacCyrillic", "cp1251": "Windows-1251"}.get(encoding, encoding))
        (read,) = readings_of(ImportedFile("list.csv", content, chosen))
        assert read.given["title"]["ru"] == " ".join(f"Семинар {text}".split())
