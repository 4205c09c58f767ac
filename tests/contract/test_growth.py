"""An old subscriber reads new events, and a new one old events (invariant 7)."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts import TOPICS, Activity, Event, UnknownEventType, publishing
from shared.contracts.envelope import Record, read
from shared.contracts.examples import example_events
from tests.strategies import histories

_OF_THE_FIRST_RELEASE = Path(__file__).parent / "records_of_the_first_release.json"
_RELEASED = {
    topic.name: jsonschema_rs.Draft202012Validator(
        json.loads((publishing.FOLDER / publishing.RELEASED / f"{topic.name}.schema.json").read_text()),
        validate_formats=True,
    )
    for topic in TOPICS
}


@given(histories())
def test_a_subscriber_that_validates_by_the_released_schema_reads_what_is_written_today(
    history: tuple[Event, ...],
) -> None:
    for event in history:
        _RELEASED[event.topic.name].validate(json.loads(event.to_record().value or b""))


def _tomorrow(record: Record) -> dict[str, Any]:
    """The state as a later version may write it: more fields, at each depth, and a new kind of activity."""
    state: dict[str, Any] = json.loads(record.value or b"") | {"kind": "webinar", "accessibility": {"captions": True}}
    state["headcount"] = {"total": 3, "by_age": {"under-30": 1}}
    state["place"] = {"name": {"en": "Bishkek"}, "coordinates": [42.87, 74.59]}
    return state


def test_today_reads_what_a_later_version_writes() -> None:
    event = next(event for event in example_events() if event.type == "activity-updated")
    record = event.to_record()
    state = _tomorrow(record)
    _RELEASED[event.topic.name].validate(state)
    headers = [*record.headers, ("ce_severity", b"low")]
    understood = read(event.topic, record.key, json.dumps(state).encode(), headers).data
    assert isinstance(understood, Activity)
    assert isinstance(event.data, Activity)
    assert understood.kind == "other"
    assert understood.title == event.data.title
    assert understood.headcount is not None
    assert understood.headcount.total == 3


def test_a_type_of_a_later_version_is_told_apart_from_a_broken_record() -> None:
    record = example_events()[0].to_record()
    headers = dict(record.headers) | {"ce_type": b"org.registan.programme-closed"}
    with pytest.raises(UnknownEventType):
        read(TOPICS[0], record.key, record.value, headers.items())


@pytest.mark.parametrize(
    "stored", json.loads(_OF_THE_FIRST_RELEASE.read_text()), ids=lambda stored: stored["headers"]["ce_type"]
)
def test_today_reads_what_the_first_release_wrote(stored: dict[str, Any]) -> None:
    """The records are kept as they were: nobody writes this file again, because nobody rewrites a topic."""
    topic = next(topic for topic in TOPICS if topic.name == stored["topic"])
    headers = [(name, text.encode()) for name, text in stored["headers"].items()]
    event = read(topic, stored["key"].encode(), stored["value"].encode(), headers)
    state = json.loads(stored["value"])
    again = json.loads(event.to_record().value or b"")
    assert {name: again[name] for name in state} == state


@given(st.data())
def test_a_field_that_was_not_there_on_the_first_day_may_be_missing(data: st.DataObject) -> None:
    """Whatever is not required can be left out, alone or together, and the rest keeps its meaning."""
    event = data.draw(st.sampled_from([event for event in example_events() if event.type != "activity-merged"]))
    record = event.to_record()
    state = json.loads(record.value or b"")
    assert event.data is not None
    optional = sorted(name for name, field in type(event.data).model_fields.items() if not field.is_required())
    missing = data.draw(st.sets(st.sampled_from(optional))) - {"starts"}
    kept = {name: value for name, value in state.items() if name not in missing}
    read_again = read(event.topic, record.key, json.dumps(kept).encode(), record.headers).data
    assert read_again is not None
    assert {name: json.loads(read_again.model_dump_json())[name] for name in kept} == kept
