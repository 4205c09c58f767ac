"""What a version of the contracts adds is told from the schemas, and a release writes it down with its day."""

import copy
import json
from datetime import date
from pathlib import Path
from typing import Any

from shared.contracts import publishing
from shared.contracts.growth import Addition, additions
from shared.contracts.schemas import schemas

NAME = "registan.activities.v1"


def _grown() -> dict[str, Any]:
    current = copy.deepcopy(schemas())
    current[NAME]["properties"]["budget"] = {"type": "object", "properties": {"amount": {"enum": ["a", "b"]}}}
    current[NAME]["properties"]["kind"]["x-words"].append("hackathon")
    current[NAME]["$defs"]["Headcount"]["properties"]["men"] = {"type": "integer"}
    current[NAME]["x-event-types"].append("org.registan.activity-postponed")
    current["registan.venues.v1"] = {"properties": {"id": {"type": "string"}}}
    return current


def test_each_addition_is_named_once_and_what_it_holds_is_not() -> None:
    assert additions(schemas(), _grown()) == [
        Addition(NAME, "event-type", "org.registan.activity-postponed"),
        Addition(NAME, "field", "budget"),
        Addition(NAME, "field", "headcount.men"),
        Addition(NAME, "word", "kind: hackathon"),
        Addition("registan.venues.v1", "topic", "registan.venues.v1"),
    ]
    assert additions(schemas(), schemas()) == []


def test_a_release_that_adds_something_is_a_version_with_its_day(tmp_path: Path) -> None:
    publishing.release(tmp_path, on=date(2026, 1, 2))
    first = publishing.changelog(tmp_path)
    assert [(each.version, each.date) for each in first] == [("1.0", "2026-01-02")]
    assert publishing.release(tmp_path, on=date(2026, 1, 3)) == []

    older = tmp_path / publishing.RELEASED / f"{NAME}{publishing.SUFFIX}"
    promise = json.loads(older.read_text())
    del promise["properties"]["entered_by_mistake"]
    older.write_text(json.dumps(promise))
    waiting = publishing.changelog(tmp_path)
    assert [(each.version, each.date) for each in waiting] == [("1.1", None), ("1.0", "2026-01-02")]
    assert waiting[0].added == [{"schema": NAME, "kind": "field", "name": "entered_by_mistake"}]
    publishing.release(tmp_path, on=date(2026, 2, 1))
    assert [(each.version, each.date) for each in publishing.changelog(tmp_path)] == [
        ("1.1", "2026-02-01"),
        ("1.0", "2026-01-02"),
    ]
