"""Whatever lies on a topic is an event, of a type not known here, or malformed for one named reason."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts import ACTIVITIES, CONTACTS, PARTICIPANTS, TOPICS, Event, MalformedRecord, UnknownEventType
from shared.contracts.activities import Activity
from shared.contracts.envelope import MAX_VALUE_BYTES, Malformation, Record, RecordTooLarge, read
from shared.contracts.examples import example_events
from tests.strategies import histories

_EVENT = next(event for event in example_events() if event.type == "activity-completed")
_RECORD = _EVENT.to_record()
_VALUE: dict[str, Any] = json.loads(_RECORD.value or b"")

RawHeaders = dict[str, bytes | None]


def _headers(**changed: bytes | None) -> RawHeaders:
    return {**dict(_RECORD.headers), **changed}


def _value(**changed: Any) -> bytes:
    return json.dumps(_VALUE | changed).encode()


def _read(
    *, key: bytes | None = _RECORD.key, value: bytes | None = _RECORD.value, headers: RawHeaders | None = None
) -> Event:
    return read(ACTIVITIES, key, value, (headers or _headers()).items())


def _refused(reason: Malformation, match: str | None = None, **changed: Any) -> None:
    with pytest.raises(MalformedRecord, match=match) as caught:
        _read(**changed)
    assert caught.value.reason == reason


@pytest.mark.parametrize("event", example_events(), ids=lambda event: event.type)
def test_an_event_of_each_type_survives_the_way_through_kafka(event: Event) -> None:
    record = event.to_record()
    assert read(event.topic, record.key, record.value, record.headers) == event


@given(histories())
def test_every_state_that_can_be_published_can_be_read(history: tuple[Event, ...]) -> None:
    for event in history:
        record = event.to_record()
        assert read(event.topic, record.key, record.value, record.headers) == event


def test_the_key_of_a_record_is_the_id_of_its_aggregate() -> None:
    assert _RECORD.key == str(_VALUE["id"]).encode() == dict(_RECORD.headers)["ce_subject"]


def test_a_value_that_is_not_json_is_refused() -> None:
    _refused("value-not-json", value=b"not json")
    _refused("value-not-json", value=b"")
    _refused("value-not-json", value=b'{"id": ')
    _refused("value-not-json", value="{'id': 1}".encode("utf-16"))


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"status": "postponed"}, "status"),
        ({"title": {}}, "title"),
        ({"title": {"en": ""}}, "title"),
        ({"title": {"English": "x"}}, "title"),
        ({"kind": 5}, "kind"),
        ({"starts": "next week"}, "starts"),
        ({"beneficiary_countries": ["Kyrgyzstan"]}, "beneficiary_countries"),
        ({"headcount": {"total": -1}}, "headcount.total"),
        ({"created_at": "2022-05-17T10:00:00"}, "created_at"),
        ({"time_zone": "Asia/Frunze"}, "time_zone"),
        ({"version": 2**40}, "version"),
    ],
)
def test_a_value_of_another_schema_is_refused_and_the_field_is_named(changed: dict[str, Any], where: str) -> None:
    _refused("value-not-of-schema", match=where, value=_value(**changed))


@pytest.mark.parametrize("value", [b"[]", b"null", b"5", b'"text"', b"{}"])
def test_json_that_is_no_state_is_refused(value: bytes) -> None:
    _refused("value-not-of-schema", value=value)


@pytest.mark.parametrize("field", ["id", "version", "code", "programme", "phase", "kind", "title", "status"])
def test_a_value_without_a_required_field_is_refused(field: str) -> None:
    without = {name: value for name, value in _VALUE.items() if name != field}
    _refused("value-not-of-schema", match=field, value=json.dumps(without).encode())


_REQUIRED = ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_subject", "ce_time", "ce_sequence", "ce_programme"]


@pytest.mark.parametrize("name", _REQUIRED)
def test_a_header_that_is_missing_null_or_binary_is_named(name: str) -> None:
    without = {header: raw for header, raw in _headers().items() if header != name}
    _refused("headers-missing", match=name, headers=without)
    _refused("headers-not-text", match=name, headers=_headers(**{name: None}))
    _refused("headers-not-text", match=name, headers=_headers(**{name: b"\xff\xfe"}))


def test_all_missing_headers_are_named_at_once() -> None:
    _refused("headers-missing", match="ce_specversion, ce_id.*ce_programme", headers={"content-type": b"text/plain"})


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("ce_specversion", b"0.3"),
        ("ce_id", b"7"),
        ("ce_type", b"com.example.activity-created"),
        ("ce_time", b"yesterday"),
        ("ce_time", b"2022-05-17T10:00:00"),  # naive
        ("ce_time", b"2022-05-17"),
        ("ce_time", b"0001-01-01T00:00:00+14:00"),  # before the first moment there is
        ("ce_sequence", b"0"),
        ("ce_sequence", b"-1"),
        ("ce_sequence", b"1.5"),
        pytest.param("ce_sequence", b"9" * 5000, id="more digits than Python converts"),
    ],
)
def test_a_header_that_makes_no_sense_is_refused(name: str, raw: bytes) -> None:
    _refused("headers-invalid", headers=_headers(**{name: raw}))


def test_a_version_other_than_the_sequence_is_refused() -> None:
    _refused("headers-invalid", match="not the value's version", headers=_headers(ce_sequence=b"99"))
    _refused("headers-invalid", match="not the value's version", value=_value(version=99))


def test_a_key_that_is_not_the_aggregates_is_refused() -> None:
    other = b"018d0c00-0000-7000-8000-000000000999"
    _refused("key-not-of-value", key=other)
    _refused("key-not-of-value", key=None)
    _refused("key-not-of-value", key=other, headers=_headers(ce_subject=other))
    _refused("key-not-of-value", value=_value(id=other.decode()))


def test_a_null_value_on_a_public_topic_is_refused() -> None:
    _refused("value-missing", value=None)


def test_a_null_value_on_a_private_topic_says_that_the_person_was_erased() -> None:
    contact = next(event for event in example_events() if event.topic is CONTACTS)
    tombstone = Event(
        id=contact.id,
        type=contact.type,
        topic=CONTACTS,
        source=contact.source,
        time=contact.time,
        programme=contact.programme,
        data=None,
        key=contact.key,
        sequence=2,
    )
    record = tombstone.to_record()
    assert record.value is None
    assert read(CONTACTS, record.key, record.value, record.headers) == tombstone
    with pytest.raises(MalformedRecord, match="they count from 1"):
        read(CONTACTS, record.key, None, [*record.headers, ("ce_sequence", b"0")])


def test_a_record_of_two_megabytes_is_refused_without_being_parsed() -> None:
    _refused("value-too-large", value=_value(description={"en": "x" * 2_000_000}))


def test_a_state_too_large_for_a_record_is_never_published() -> None:
    assert isinstance(_EVENT.data, Activity)
    large = _EVENT.data.model_copy(update={"description": {"en": "x" * MAX_VALUE_BYTES}})
    event = Event(**{name: getattr(_EVENT, name) for name in Event.__slots__} | {"data": large})
    with pytest.raises(RecordTooLarge, match="shorten its texts"):
        event.to_record()


def test_an_unknown_type_is_told_apart_from_a_malformed_record() -> None:
    with pytest.raises(UnknownEventType, match="activity-archived"):
        _read(headers=_headers(ce_type=b"org.registan.activity-archived"), value=b"whatever it carries")


def test_a_type_of_another_topic_is_unknown_here() -> None:
    with pytest.raises(UnknownEventType):
        read(PARTICIPANTS, _RECORD.key, _RECORD.value, _RECORD.headers)


def test_a_type_that_its_topic_does_not_declare_cannot_even_be_written() -> None:
    with pytest.raises(UnknownEventType, match=r"registan.activities.v1 declares no .activity-upated., but activity-"):
        replace(_EVENT, type="activity-upated")


def test_a_field_that_is_not_known_here_is_ignored() -> None:
    assert _read(value=_value(carbon_footprint={"tonnes": 3})) == _EVENT


def test_headers_of_others_are_ignored_whatever_they_hold() -> None:
    foreign: RawHeaders = {"ce_partitionkey": b"\xff", "x-proxy": None, "": b"", "content-type": None}
    assert _read(headers=_headers(**foreign)) == _EVENT


def test_a_trace_that_cannot_be_read_costs_no_event() -> None:
    assert _read(headers=_headers(traceparent=b"\xff")).traceparent is None
    assert _read(headers=_headers(traceparent=None)).traceparent is None


def test_the_time_is_in_utc_wherever_it_was_written() -> None:
    event = _read(headers=_headers(ce_time=b"2022-05-17T16:00:00+06:00"))
    assert event.time == datetime(2022, 5, 17, 10, tzinfo=UTC)
    assert event.time.tzinfo is UTC


def test_a_reason_is_short_however_long_the_record_was() -> None:
    with pytest.raises(MalformedRecord) as caught:
        _read(value=_value(starts="x" * 900_000))
    assert len(str(caught.value)) < 600


_ANY_HEADERS = st.lists(
    st.tuples(
        st.sampled_from([*_REQUIRED, "traceparent", "content-type"]) | st.text(max_size=5), st.none() | st.binary()
    )
)


@given(st.sampled_from(TOPICS), st.none() | st.binary(), st.none() | st.binary(), _ANY_HEADERS)
def test_any_bytes_are_an_event_an_unknown_type_or_malformed(
    topic: Any, key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes | None]]
) -> None:
    _understood(topic, key, value, headers)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.sampled_from(example_events()),
    st.dictionaries(st.sampled_from([*_REQUIRED, "traceparent"]), st.none() | st.binary(max_size=30), max_size=2),
    st.data(),
)
def test_an_event_that_was_tampered_with_is_an_event_an_unknown_type_or_malformed(
    event: Event, headers: RawHeaders, data: st.DataObject
) -> None:
    """Closer to the real thing than chance bytes: each reason behind the headers is reached as well."""
    record: Record = event.to_record()
    state = json.loads(record.value or b"")
    state |= data.draw(st.dictionaries(st.sampled_from(sorted(state)), _JSON, max_size=2))
    _understood(
        event.topic,
        data.draw(st.sampled_from((record.key, None, b"x"))),
        data.draw(st.sampled_from((json.dumps(state).encode(), record.value, None))),
        [*record.headers, *headers.items()],
    )


def _understood(topic: Any, key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes | None]]) -> None:
    try:
        event = read(topic, key, value, headers)
    except (MalformedRecord, UnknownEventType):
        return
    assert isinstance(event.id, UUID)
    assert event.time.tzinfo is UTC
    assert key == event.key.encode()
    assert event.data is None or event.data.version == event.sequence
