"""Our records are CloudEvents 1.0 in Kafka's binary mode as others understand it, and theirs are events to us."""

import json
from typing import Any

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary_event, to_binary_event
from cloudevents.core.v1.event import CloudEvent

from shared.contracts import Event
from shared.contracts.envelope import read
from shared.contracts.examples import example_events


def _understood_by_others(event: Event) -> CloudEvent:
    record = event.to_record()
    understood = from_binary_event(
        KafkaMessage(headers=dict(record.headers), key=record.key, value=record.value or b"")
    )
    assert isinstance(understood, CloudEvent)
    return understood


@pytest.mark.parametrize("event", example_events(), ids=lambda event: event.type)
def test_others_understand_every_attribute_of_our_events(event: Event) -> None:
    understood = _understood_by_others(event)
    assert understood.get_specversion() == "1.0"
    assert understood.get_id() == str(event.id)
    assert understood.get_type() == f"org.registan.{event.type}"
    assert understood.get_source() == event.source
    assert understood.get_subject() == event.key
    assert understood.get_time() == event.time
    assert understood.get_datacontenttype() == "application/json"
    assert understood.get_dataschema() == f"urn:registan:schema:{event.topic.name}"
    assert understood.get_extension("sequence") == str(event.sequence)
    assert understood.get_extension("programme") == event.programme
    assert understood.get_extension("partitionkey") == event.key
    assert event.data is not None
    assert understood.get_data() == event.data.model_dump(mode="json")


@pytest.mark.parametrize("event", example_events(), ids=lambda event: event.type)
def test_we_understand_what_others_write_from_the_same_event(event: Event) -> None:
    """The same attributes, put on Kafka by the other implementation, are the same event to us."""
    written = to_binary_event(_understood_by_others(event))
    assert isinstance(written.key, str)
    assert read(event.topic, written.key.encode(), written.value, written.headers.items()) == event


def test_an_event_that_others_made_from_nothing_is_one_to_us() -> None:
    event = example_events()[0]
    assert event.data is not None
    attributes: dict[str, Any] = {
        "id": str(event.id),
        "type": "org.registan.programme-defined",
        "source": "/registan/registry",
        "subject": "SAMPLE",
        "time": event.time,
        "datacontenttype": "application/json",
        "partitionkey": "SAMPLE",
        "sequence": "1",
        "programme": "SAMPLE",
    }
    written = to_binary_event(CloudEvent(attributes, json.loads(event.data.model_dump_json())))
    assert isinstance(written.key, str)
    assert read(event.topic, written.key.encode(), written.value, written.headers.items()) == event
