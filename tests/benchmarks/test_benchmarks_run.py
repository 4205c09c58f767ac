"""Each benchmark runs and measures what it says, on sizes that prove nothing: nothing here is asserted of speed.

Peers are left out where their environment is not installed, as for a reader who has not run `make bench`.
"""

import asyncio
import json
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

import pytest

from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres
from tests.benchmarks import contest
from tests.benchmarks.__main__ import ROWS
from tests.benchmarks.ground import Ground
from tests.benchmarks.history import first_events, history, write_lines
from tests.benchmarks.lines import read_lines
from tests.benchmarks.results import BEGIN, END, Goal, Machine, Result, Spread, publish, tables, write

TINY: Mapping[str, int] = {
    "relay": 2000,
    "projection": 500,
    "write_cost": 3,
    "latency": 20,
    "figures": 100,
    "rebuild": 500,
    "imports": 20,
    "processes": 500,
    "who_is_who": 60,
}


@pytest.fixture
def ground(postgres: Postgres, kafka: Kafka, open_folder: Path) -> Ground:
    return Ground(postgres, kafka, open_folder)


@pytest.mark.parametrize("row", ROWS)
async def test_each_row_measures_something(row: str, ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contest, "PEERS", Path("/nowhere"))
    result = await import_module(f"tests.benchmarks.{row}").measure(ground, repetitions=1, events=TINY[row])
    assert result.row == row
    assert result.measured
    medians = [spread.median for spread in result.measured.values()]
    assert min(medians) >= 0 < max(medians)  # a hop may be shorter than the clock of a record, a millisecond


def test_a_history_has_the_size_that_was_asked_for_and_payloads_like_real_ones(tmp_path: Path) -> None:
    events = list(history(activities=20, registrations=300))
    assert sum(event.type == "activity-created" for event in events) == 20
    assert sum(event.type == "participant-registered" for event in events) == 300
    assert 600 < write_lines(tmp_path / "lines", 500) < 1000


def test_each_state_of_a_history_follows_from_the_one_before_it() -> None:
    versions: dict[str, int] = {}
    for event in first_events(2000):
        assert event.sequence == versions.get(event.key, 0) + 1
        versions[event.key] = event.sequence


def test_a_file_that_is_longer_than_its_base_holds_no_event_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.benchmarks.history._BASE", 200)
    write_lines(tmp_path / "lines", 700)
    lines = list(read_lines(tmp_path / "lines"))
    of_registrations = [line for line in lines if line.topic == "registan.participants.v1"]
    assert len(lines) == 700
    assert len({dict(line.headers)["ce_id"] for line in lines}) == 700
    assert all(
        line.key == json.loads(line.value)["id"] == dict(line.headers)["ce_subject"] for line in of_registrations
    )


def test_contenders_take_turns_and_each_is_the_first_now_and_then() -> None:
    order: list[str] = []

    async def run(contender: contest.Contender) -> float:
        order.append(contender.name)
        return 1.0

    both = (contest.Contender("a", "a"), contest.Contender("b", "b"))
    rates = asyncio.run(contest.by_turns(both, 3, run))
    assert order == ["a", "b", "b", "a", "a", "b"]
    assert rates == {"a": [1.0] * 3, "b": [1.0] * 3}


def test_a_table_says_what_was_missed_and_on_which_machine(tmp_path: Path) -> None:
    goals = [Goal.at_least("this to that", 0.4, 0.5), Goal.at_most("that to this", 2.5, 3)]
    result = Result("sample", "A sample.", "ms", {"this": Spread.of([1, 3, 2])}, goals, ["a note"])
    write(tmp_path, Machine(), [result])
    shown = tables(tmp_path, ["sample", "never measured"])
    assert "| this | 2 (1 to 3) |" in shown
    assert "| this to that ≥ 0.5 × | 0.4 | **missed** |" in shown
    assert "| that to this ≤ 3 | 2.5 | met |" in shown
    assert f"{Machine().cores} cores" in shown
    assert json.loads((tmp_path / "sample.json").read_text())["measured"]["this"]["median"] == 2


def test_publishing_replaces_the_tables_of_a_document_and_nothing_else(tmp_path: Path) -> None:
    document = tmp_path / "performance.md"
    document.write_text(f"Before.\n\n{BEGIN}\nold\n{END}\n\nAfter.\n")
    publish(document, "new\n")
    publish(document, "newer\n")
    assert document.read_text() == f"Before.\n\n{BEGIN}\n\nnewer\n\n{END}\n\nAfter.\n"
