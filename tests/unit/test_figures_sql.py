"""The SQL of representative questions, as files that one can read: a change of a rule or a measure shows in them.

`pytest tests/unit/test_figures_sql.py --refresh` writes them again.
"""

from pathlib import Path

import pytest

from services.reporting.figures.explaining import sql_of
from services.reporting.figures.question import Question

FOLDER = Path(__file__).parents[1] / "sql"

QUESTIONS: dict[str, tuple[str, dict[str, str]]] = {
    "events": ("events.v1", {"programme": "SAMPLE"}),
    "events-by-year-of-a-past-day": (
        "events.v1",
        {"phase": "10", "from": "2022", "to": "2023-06", "by": "year", "as_of": "2023-12-31"},
    ),
    "thematic-by-country": ("thematic.v1", {"country": "KG", "by": "country"}),
    "capacity-building-by-component-and-quarter": (
        "capacity-building.v1",
        {"programme": "SAMPLE", "phase": "10", "by": "component,quarter"},
    ),
    "participants": ("participants.v1", {"programme": "SAMPLE"}),
    "participants-by-gender": ("participants.v1", {"programme": "SAMPLE", "by": "gender"}),
    "participants-by-their-country-of-a-past-day": (
        "participants.v1",
        {"programme": "SAMPLE", "by": "participant-country", "as_of": "2023-12-31"},
    ),
    "participants-by-organisation-and-year": ("participants.v1", {"programme": "SAMPLE", "by": "organisation,year"}),
    "participants-v2": ("participants.v2", {"programme": "SAMPLE"}),
    "participants-v2-by-gender": ("participants.v2", {"programme": "SAMPLE", "by": "gender"}),
    "participants-v2-by-their-country": ("participants.v2", {"programme": "SAMPLE", "by": "participant-country"}),
    "women-share-v2-by-phase": ("women-share.v2", {"programme": "SAMPLE", "by": "phase"}),
    "people": ("people.v1", {"programme": "SAMPLE"}),
    "people-by-year-and-gender": ("people.v1", {"programme": "SAMPLE", "by": "year,gender"}),
    "women-share-by-phase": ("women-share.v1", {"programme": "SAMPLE", "by": "phase"}),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_sql_of_a_question_is_the_one_that_was_read_and_agreed_to(name: str, refresh: bool) -> None:
    rule, words = QUESTIONS[name]
    sql = sql_of(Question.read(rule, words))
    file = FOLDER / f"{name}.sql"
    if refresh:
        file.write_text(sql, encoding="utf-8")
    assert sql == file.read_text(encoding="utf-8"), "read what changed, then run again with --refresh"


def test_there_is_no_file_without_its_question() -> None:
    assert {file.stem for file in FOLDER.glob("*.sql")} == set(QUESTIONS)
