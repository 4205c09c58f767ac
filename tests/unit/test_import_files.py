"""What files are read as, whatever they were written with, and what is said of those that cannot be read."""

import io
import zipfile
from datetime import date, datetime
from typing import Any

import pytest

from services.registry.sheets.errors import (
    BrokenQuotes,
    ColumnTwice,
    EmptyFile,
    FileTooLarge,
    NoRows,
    NotATable,
    UnknownEncoding,
    UnknownSheet,
    WrongColumns,
)
from services.registry.sheets.files import ImportedFile, Reading
from services.registry.sheets.tables import LARGEST_FILE, MOST_ROWS
from tests.spreadsheets import csv_file, csv_text, layout_in, readings_of, row, table_of, workbook

RUSSIAN = "Семинар «Анализ рисков» — Бишкек"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
def test_russian_is_read_from_each_encoding_that_programs_save_in(encoding: str) -> None:
    (read,) = readings_of(csv_file(row(title_ru=RUSSIAN), encoding=encoding))
    assert read.given["title"]["ru"] == RUSSIAN
    assert read.code == "sample-1"


def test_one_russian_word_in_windows_1251_is_enough_to_know_it() -> None:
    (read,) = readings_of(csv_file(row(city="Бишкек"), encoding="cp1251"))
    assert read.given["city"] == "Бишкек"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Семинар по анализу рисков, Бишкек", "koi8-r"),
        ("Семинар по анализу рисков, Бишкек", "cp866"),
        ("Семинар по анализу рисков, Бишкек", "mac-cyrillic"),
        ("Семінар з аналізу ризиків для прикордонників", "koi8-u"),
        ("Seminārs Rīgā par robežu šķērsošanu, Rēzekne", "cp1257"),
        ("Sınır güvenliği eğitimi, İstanbul Şubesi", "cp1254"),
        ("Schulung für Zollbehörden in Österreich, München", "cp1252"),
    ],
)
def test_lists_of_other_machines_are_read_or_asked_about_and_never_read_wrongly(text: str, encoding: str) -> None:
    table = table_of(csv_file(row(title_ru=text), encoding=encoding))
    if not table.samples:
        assert text in table.rows[1].cells
    else:
        assert any(text in sample for sample in table.samples), "the right reading is among those that are offered"


def test_one_accent_alone_is_asked_about() -> None:
    table = table_of(csv_file(row(title="Visite à Riga"), encoding="cp1252"))
    assert len(table.samples) > 1
    chosen = csv_file(row(title="Visite à Riga"), encoding="cp1252")
    read = readings_of(ImportedFile(chosen.name, chosen.content, Reading(encoding="Windows-1252")))
    assert read[0].title == "Visite à Riga"


def test_lines_in_another_encoding_than_the_rest_are_named() -> None:
    content = csv_text([row(title_ru=RUSSIAN)]).encode() + csv_text([row(id="sample-2", city="Ош")]).encode("cp1251")
    with pytest.raises(UnknownEncoding, match="Line 4 "):
        readings_of(ImportedFile("list.csv", content))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_the_one_that_splits_the_header(delimiter: str) -> None:
    rows = [row(title="One, two; three", beneficiary_countries="KG;KZ")]
    (read,) = readings_of(ImportedFile("list.csv", csv_text(rows, delimiter=delimiter).encode()))
    assert read.given["title"] == {"en": "One, two; three"}
    assert read.given["beneficiary_countries"] == ("KG", "KZ")


def test_a_line_end_inside_quotes_does_not_shift_the_numbers_of_rows() -> None:
    file = csv_file(row(outputs="a handbook\na manual"), row(id="sample-2"))
    first, second = readings_of(file)
    assert first.given["outputs"] == ("a handbook", "a manual")
    assert (first.number, second.number) == (2, 3)


def test_blank_rows_are_skipped_and_counted() -> None:
    text = csv_text([row(), row(id="sample-2")]).replace("sample-2", "\r\n,,,\r\nsample-2")
    assert [read.number for read in readings_of(ImportedFile("list.csv", text.encode()))] == [2, 4 + 1]


def test_a_quotation_mark_that_is_never_closed_does_not_swallow_the_rest_of_the_list() -> None:
    text = csv_text([row(), row(id="sample-2")]) + 'sample-3,"Never closed\r\n' + "more,text\r\n"
    with pytest.raises(BrokenQuotes, match="row 4"):
        readings_of(ImportedFile("list.csv", text.encode()))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"%PDF-1.7 ...", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old .xls"),
        (b"PK\x03\x04 and nothing", "damaged"),
        (b"id,title\x00,kind", "bytes that no text has"),
        (b"<html><table><tr><td>id</td></tr></table></html>", "web page"),
    ],
)
def test_what_is_no_table_is_named(content: bytes, said: str) -> None:
    with pytest.raises(NotATable, match=said):
        table_of(ImportedFile("list.xlsx", content))


def test_an_archive_that_is_no_workbook_is_named() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("letter.txt", "Hello")
    with pytest.raises(NotATable, match=r"no \.xlsx"):
        table_of(ImportedFile("list.xlsx", packed.getvalue()))


@pytest.mark.parametrize("content", [b"", b"  \r\n ", "\ufeff".encode()])
def test_an_empty_file_is_said_to_be_empty(content: bytes) -> None:
    with pytest.raises(EmptyFile):
        table_of(ImportedFile("list.csv", content))


def test_a_file_that_is_too_large_is_refused_before_it_is_read() -> None:
    with pytest.raises(FileTooLarge, match="20 MB"):
        table_of(ImportedFile("list.csv", b"a" * (LARGEST_FILE + 1)))


def test_a_list_of_too_many_rows_is_refused() -> None:
    with pytest.raises(FileTooLarge, match=str(MOST_ROWS)):
        table_of(ImportedFile("list.csv", b"id,title\n" + b"a,b\n" * (MOST_ROWS + 100)))


def test_a_list_without_known_columns_shows_what_it_has() -> None:
    with pytest.raises(WrongColumns, match=r"First.*Last"):
        readings_of(ImportedFile("people.csv", b"First,Last\nSample,Person\n"))


def test_a_list_without_titles_says_which_column_it_lacks() -> None:
    with pytest.raises(WrongColumns, match="no column title"):
        readings_of(ImportedFile("list.csv", b"phase,kind\n1,workshop\n"))


def test_a_phase_can_be_said_for_the_whole_list() -> None:
    how = Reading(everywhere={"phase": "1"})
    (read,) = readings_of(ImportedFile("list.csv", b"title,kind\nSample,workshop\n", how))
    assert read.assumed == {"phase": "1"}


def test_two_columns_of_one_meaning_are_refused() -> None:
    with pytest.raises(ColumnTwice, match=r"title.*Name"):
        readings_of(ImportedFile("list.csv", b"title,Name,phase\na,b,1\n"))


def test_a_header_without_rows_is_refused() -> None:
    with pytest.raises(NoRows):
        readings_of(csv_file())


def test_columns_that_mean_nothing_are_named_and_do_no_harm() -> None:
    file = ImportedFile("list.csv", b"title,phase,Budget line\nSample,1,5000\n")
    assert layout_in(file).unknown == ["Budget line"]


def test_a_header_in_russian_is_known() -> None:
    text = (
        "Название;Вид;Фаза;Начало;Окончание;Страна проведения;Участники\nСеминар;семинар;1;17.05.2022;;Кыргызстан;~30"
    )
    (read,) = readings_of(ImportedFile("list.csv", text.encode("cp1251")))
    assert read.given["title"] == {"ru": "Семинар"}
    assert (read.given["kind"], read.given["host_country"]) == ("seminar", "KG")
    assert read.given["headcount"] == {"total": 30, "precision": "estimated"}


def test_a_workbook_is_read_below_its_title_with_the_numbers_that_excel_shows() -> None:
    header = ["id", "title", "kind", "phase", "starts", "participants"]
    cells = ["s-1", "Sample", "workshop", 1, datetime(2022, 5, 17, 9), 25]  # noqa: DTZ001  Excel knows no zones
    (read,) = readings_of(workbook({"List": [["Sample Programme"], [], header, cells]}))
    assert read.number == 4
    assert read.given["phase"] == "1"
    assert str(read.given["starts"]) == "2022-05-17"
    assert read.given["headcount"] == {"total": 25, "precision": "exact"}


def test_dates_and_numbers_that_excel_holds_as_text_are_read_like_any() -> None:
    header = ["id", "title", "phase", "starts", "participants"]
    cells = [2022, "Sample", "1", "17.05.2022", "25"]
    (read,) = readings_of(workbook({"List": [header, cells]}))
    assert (read.code, str(read.given["starts"])) == ("2022", "2022-05-17")
    assert read.given["headcount"]["total"] == 25


def test_a_number_without_a_date_format_is_not_guessed_to_be_a_date() -> None:
    (read,) = readings_of(workbook({"List": [["id", "title", "phase", "starts"], ["s-1", "Sample", 1, 44698]]}))
    assert [(problem.field, problem.error.slug) for problem in read.problems] == [("starts", "not-a-date")]


def test_formulas_give_their_cached_value_and_failed_ones_are_errors_of_their_cell() -> None:
    cells: list[list[Any]] = [
        ["id", "title", "phase", "participants", "city"],
        ["s-1", ("=A2", "Sample"), 1, ("=10+15", 25), ("=B9", "#REF!")],
        ["s-2", "Sample", 1, ("=1/0", "#DIV/0!"), "Osh"],
    ]
    first, second = readings_of(workbook({"List": cells}))
    assert first.given["title"] == {"en": "Sample"}
    assert first.given["headcount"]["total"] == 25
    assert [(problem.field, problem.value) for problem in first.problems] == [("city", "#REF!")]
    assert [(problem.field, problem.value) for problem in second.problems] == [("participants", "#DIV/0!")]


def test_an_error_is_found_on_the_sheet_it_stands_on() -> None:
    header = ["id", "title", "phase"]
    file = workbook({"Старый": [header, ["s-1", ("=A9", "#N/A"), 1]], "A & B": [header, ["s-2", "Sample", 1]]})
    assert readings_of(file)[0].problems
    assert not readings_of(ImportedFile(file.name, file.content, Reading(sheet="A & B")))[0].problems


def test_the_first_sheet_with_known_columns_is_taken() -> None:
    file = workbook({"Notes": [["Read me first"]], "List": [["id", "title", "phase"], ["s-1", "Sample", 1]]})
    assert table_of(file).sheet == "List"


def test_a_sheet_that_is_not_there_is_refused_with_those_that_are() -> None:
    file = workbook({"One": [["id"]], "Two": [["id"]]})
    with pytest.raises(UnknownSheet, match="One, Two"):
        table_of(ImportedFile(file.name, file.content, Reading(sheet="Three")))


def test_a_day_of_excel_is_that_day() -> None:
    header = ["id", "title", "phase", "starts", "ends"]
    (read,) = readings_of(workbook({"L": [header, ["s", "Sample", 1, date(2024, 2, 29), date(2024, 3, 1)]]}))
    assert (str(read.given["starts"]), str(read.given["ends"])) == ("2024-02-29", "2024-03-01")
