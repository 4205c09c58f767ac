"""What was published can be repeated: the answers to many questions about a history that never changes, by their hash.

`pytest tests/integration/test_figures_keep_their_hashes.py --refresh` adds the hashes of new questions. It never
changes one that is there: if an answer has to change, the rule needs a new version.
"""

import json
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

from services.reporting.figures.answering import answer
from services.reporting.figures.question import Question
from services.reporting.rules import RULES
from shared.contracts import Event
from shared.database import Database
from tests.conftest import DatabaseUrl
from tests.integration import facts

HASHES = Path(__file__).parents[1] / "answers" / "hashes.json"


def history() -> Iterator[Event]:
    """Held, planned, cancelled, undated and merged; with head counts, with names, with both, and with neither."""
    yield facts.programme(countries=("KG", "KZ", "UZ"))
    yield facts.organisation("service")
    yield facts.organisation("former", version=2, merged_into=facts.id_of("service"))
    numbers = {"total": 30, "women": 12, "by_country": {"KG": 10, "UZ": 15}}
    yield facts.activity("numbers", headcount=numbers, starts="2021-11")
    yield facts.activity("numbers", version=3, headcount={**numbers, "total": 31}, starts="2021-11")
    yield facts.activity("both", headcount={"total": 12, "women": 4, "precision": "at-least"}, component="2")
    yield facts.activity("names", kind="workshop", scope="regional", beneficiary_countries=["KZ", "KG", "UZ"])
    yield facts.activity("silent", delivery="unknown", starts="2022")
    yield facts.activity("undated", component=None, starts=None, beneficiary_countries=[])
    yield facts.activity("older", phase="9", starts="2016-05-01", scope="unknown", headcount={"total": 7})
    yield facts.activity("steering", kind="steering-group", component="general", starts="2023-02-01")
    yield facts.activity("lost", status="cancelled")
    yield facts.activity("twice", version=2, status="merged", merged_into=facts.id_of("names"))
    for number in range(20):
        yield facts.registration(
            f"r{number}",
            of=("both", "names", "names", "steering", "undated")[number % 5],
            person=f"p{number % 13}",
            gender=("female", "male", "unknown", "other")[number % 4],
            country=("KG", "KZ", None, "UZ", "KG", "TJ")[number % 6],
            organisation=({"name": "Service", "id": str(facts.id_of("service"))}, {"name": "As written"}, None)[
                number % 3
            ],
        )
    yield facts.registration("r1", of="names", version=4, status="withdrawn", person="p1")
    yield facts.registration("f", of="names", person="p0", organisation={"name": "x", "id": str(facts.id_of("former"))})
    yield facts.registration("t", of="names", person="p5", role="trainer")


NARROWINGS: tuple[dict[str, str], ...] = (
    {},
    {"programme": "TEST", "as_of": "2023-01-02"},
    {"phase": "10", "country": "KG"},
    {"scope": "national", "from": "2022", "to": "2022-12"},
)


def questions() -> Iterator[Question]:
    for rule in RULES.values():
        for by in (by for n in (0, 1, 2) for by in combinations(rule.dimensions, n)):
            for words in NARROWINGS if len(by) < 2 else NARROWINGS[:1]:
                if words.keys() <= {*rule.subject.filters, "from", "to", "as_of"}:
                    yield Question.read(rule.id, {**words, "by": ",".join(by)})


async def test_the_answers_about_a_history_that_never_changes_keep_their_hashes(
    database_url: DatabaseUrl, refresh: bool
) -> None:
    database = Database(database_url("reporting"))
    await facts.tell(database, *history())
    async with database.transaction() as session:
        found = {question.address: (await answer(session, question)).hash for question in questions()}
    await database.close()
    kept: dict[str, str] = json.loads(HASHES.read_text()) if HASHES.exists() else {}
    if refresh:
        HASHES.write_text(json.dumps(found | kept, indent=0) + "\n")
    assert {address: hash for address, hash in found.items() if kept.get(address, hash) != hash} == {}
    assert refresh or found.keys() == kept.keys()
