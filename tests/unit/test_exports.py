"""What is saved as a file is text and numbers in every spreadsheet, and comes back as it was."""

import csv
from io import BytesIO, StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from shared.exports import csv_line, marked, unmarked, workbook

_AWKWARD = st.text(alphabet="ab';,\t|=+-@ \r\n\"1", max_size=12)


@given(_AWKWARD)
def test_what_was_marked_is_had_back(text: str) -> None:
    assert unmarked(marked(text)) == text


@pytest.mark.parametrize("written", [",", ";", "\t"])
@given(cells=st.lists(_AWKWARD, min_size=1, max_size=4), read=st.sampled_from([",", ";", "\t", "|"]))
def test_no_list_separator_makes_a_formula_of_a_text(cells: list[str], written: str, read: str) -> None:
    line = csv_line(cells, written)
    for row in csv.reader(StringIO(line, newline=""), delimiter=read):
        for cell in row:
            assert not cell.lstrip('"').startswith(("=", "+", "-", "@")), (line, cell)


@given(st.lists(_AWKWARD, min_size=1, max_size=4), st.sampled_from([",", ";"]))
def test_a_line_is_read_back_with_its_own_separator(cells: list[str], separator: str) -> None:
    [row] = csv.reader(StringIO(csv_line(cells, separator), newline=""), delimiter=separator)
    assert [unmarked(cell) for cell in row] == cells


def test_a_workbook_holds_texts_as_texts_and_numbers_as_numbers() -> None:
    content = workbook("Activities: 2022/Q4", ["title", "people"], [["=1+1", 7], ["Обучение", None]])
    book = CalamineWorkbook.from_filelike(BytesIO(content))
    assert book.sheet_names == ["Activities  2022 Q4"]
    assert book.get_sheet_by_index(0).to_python() == [["title", "people"], ["=1+1", 7.0], ["Обучение", ""]]
