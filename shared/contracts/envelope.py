"""The envelope: CloudEvents 1.0 in Kafka's binary content mode (CloudEvents Kafka protocol binding §3.2).

The value of a record is the JSON of the state; everything about the event is in headers. Reading never raises anything
but `MalformedRecord`, whose reason is one of a closed list, because what a stranger can put on a topic is unbounded.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from pydantic import ValidationError

from shared.contracts.base import Versioned
from shared.contracts.topics import Topic

SPEC_VERSION = "1.0"
TYPE_PREFIX = "org.registan."
CONTENT_TYPE = "application/json"
SCHEMA_BASE = "urn:registan:schema:"

Headers = list[tuple[str, bytes]]
Malformation = Literal[
    "headers-missing",
    "headers-not-text",
    "headers-invalid",
    "value-missing",
    "value-not-json",
    "value-not-of-schema",
    "key-not-of-value",
]


class MalformedRecord(Exception):
    """The record can never be understood as an event of its topic."""

    def __init__(self, reason: Malformation, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason: Malformation = reason
        self.detail = detail


class UnknownEventType(Exception):
    """The event is well-formed and of a type this version does not know: a newer publisher sent it."""


@dataclass(frozen=True, slots=True)
class Record:
    """An event as it lies on Kafka. A `None` value is a tombstone."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an aggregate, with the aggregate's whole public state after it.

    Attributes:
        id: UUIDv7 of the event, the same however often it is delivered.
        type: what happened, without the prefix `org.registan.` (`activity-created`).
        topic: the topic it belongs to.
        source: who says so (`/registan/registry`).
        time: when it happened, UTC.
        programme: the programme's code.
        data: the state; `None` when the aggregate was erased (tombstone on a private topic).
        key: the aggregate's id as text.
        sequence: the aggregate's version.
        traceparent: W3C trace context of the change, if it was traced.
    """

    id: UUID
    type: str
    topic: Topic
    source: str
    time: datetime
    programme: str
    data: Versioned | None
    key: str
    sequence: int
    traceparent: str | None = None

    def to_record(self) -> Record:
        headers = {
            "ce_specversion": SPEC_VERSION,
            "ce_id": str(self.id),
            "ce_type": TYPE_PREFIX + self.type,
            "ce_source": self.source,
            "ce_subject": self.key,
            "ce_time": self.time.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "ce_dataschema": SCHEMA_BASE + self.topic.name,
            "ce_sequence": str(self.sequence),
            "ce_programme": self.programme,
            "content-type": CONTENT_TYPE,
        }
        if self.traceparent:
            headers["traceparent"] = self.traceparent
        value = None if self.data is None else self.data.model_dump_json().encode()
        return Record(
            topic=self.topic.name,
            key=self.key.encode(),
            value=value,
            headers=[(name, text.encode()) for name, text in headers.items()],
        )


def read(topic: Topic, key: bytes | None, value: bytes | None, headers: Iterable[tuple[str, bytes | None]]) -> Event:
    """Read a record as an event of its topic.

    Raises:
        UnknownEventType: the topic knows no such type; what it carries is not looked at.
        MalformedRecord: a required header is missing or unreadable, the value is not JSON of the topic's schema, or the
            key does not belong to the value.
    """
    attributes = _attributes(headers)
    try:
        event_id = UUID(attributes["ce_id"])
        time = datetime.fromisoformat(attributes["ce_time"])
        sequence = int(attributes["ce_sequence"])
    except ValueError as error:
        raise MalformedRecord("headers-invalid", str(error)) from None
    if time.tzinfo is None or sequence < 1 or not attributes["ce_type"].startswith(TYPE_PREFIX):
        raise MalformedRecord(
            "headers-invalid",
            f"ce_time needs an offset, ce_sequence must be at least 1, ce_type must start with {TYPE_PREFIX}",
        )
    event_type = attributes["ce_type"].removeprefix(TYPE_PREFIX)
    if event_type not in topic.events:
        raise UnknownEventType(event_type)
    return Event(
        id=event_id,
        type=event_type,
        topic=topic,
        source=attributes["ce_source"],
        time=time,
        programme=attributes["ce_programme"],
        data=_state(topic, key, value, attributes["ce_subject"], sequence),
        key=attributes["ce_subject"],
        sequence=sequence,
        traceparent=attributes.get("traceparent"),
    )


_REQUIRED = ("ce_id", "ce_type", "ce_source", "ce_subject", "ce_time", "ce_sequence", "ce_programme")


def _attributes(headers: Iterable[tuple[str, bytes | None]]) -> dict[str, str]:
    """Our headers as text. Foreign headers may be anything and are left alone."""
    attributes: dict[str, str] = {}
    for name, raw in headers:
        if not (name.startswith("ce_") or name in ("content-type", "traceparent")):
            continue
        if raw is None:
            raise MalformedRecord("headers-not-text", f"{name} is null")
        try:
            attributes[name] = raw.decode()
        except UnicodeDecodeError:
            raise MalformedRecord("headers-not-text", f"{name} is not UTF-8") from None
    missing = [name for name in _REQUIRED if name not in attributes]
    if missing:
        raise MalformedRecord("headers-missing", f"missing: {', '.join(missing)}")
    if attributes.get("ce_specversion") != SPEC_VERSION:
        raise MalformedRecord("headers-invalid", f"ce_specversion must be {SPEC_VERSION}")
    return attributes


def _state(topic: Topic, key: bytes | None, value: bytes | None, subject: str, sequence: int) -> Versioned | None:
    if key != subject.encode():
        raise MalformedRecord("key-not-of-value", "the record's key is not its ce_subject")
    if value is None:
        if topic.audience == "private":
            return None
        raise MalformedRecord("value-missing", "a public topic knows no tombstones")
    try:
        state = topic.state.model_validate_json(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        if first["type"] == "json_invalid":
            raise MalformedRecord("value-not-json", first["msg"]) from None
        where = ".".join(str(part) for part in first["loc"])
        raise MalformedRecord("value-not-of-schema", f"{where}: {first['msg']}") from None
    if str(getattr(state, topic.key)) != subject:
        raise MalformedRecord("key-not-of-value", f"the value's {topic.key} is not the record's key")
    if state.version != sequence:
        raise MalformedRecord("headers-invalid", "ce_sequence is not the value's version")
    return state
