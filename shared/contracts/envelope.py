"""The envelope: CloudEvents 1.0 in Kafka's binary content mode (CloudEvents Kafka protocol binding §3.2).

The value of a record is the JSON of the state; everything about the event is in headers. Reading raises nothing but
`UnknownEventType` and `MalformedRecord`, whose reason is one of a closed list, because what a stranger can put on a
topic is unbounded. It is strict about what it needs and blind to everything else: other headers may be anything.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, cast
from uuid import UUID

from pydantic import ValidationError

from shared.contracts.base import Versioned
from shared.contracts.topics import Topic
from shared.errors import DomainError

SPEC_VERSION = "1.0"
TYPE_PREFIX = "org.registan."
CONTENT_TYPE = "application/json"
SCHEMA_BASE = "urn:registan:schema:"
MAX_VALUE_BYTES = 1_000_000
"""What a record's value may weigh: with its headers it stays below the 1 MiB that Kafka takes as it comes."""

Headers = list[tuple[str, bytes]]
Malformation = Literal[
    "headers-missing",
    "headers-not-text",
    "headers-invalid",
    "value-missing",
    "value-too-large",
    "value-not-json",
    "value-not-of-schema",
    "key-not-of-value",
]


_LONGEST_DETAIL = 500  # it quotes what came, and travels in a header of the dead letter


class MalformedRecord(Exception):
    """The record can never be understood as an event of its topic."""

    def __init__(self, reason: Malformation, detail: str) -> None:
        detail = detail if len(detail) <= _LONGEST_DETAIL else detail[:_LONGEST_DETAIL] + "…"
        super().__init__(f"{reason}: {detail}")
        self.reason: Malformation = reason
        self.detail = detail


class UnknownEventType(Exception):
    """The topic declares no such type. In a record, a newer writer sent it; in our own code it is a mistake."""


class RecordTooLarge(DomainError):
    """The state would not fit into a record: shorten its texts, or what is written could never be published."""

    status = 413
    slug = "too-large"

    def __init__(self, key: str, size: int) -> None:
        super().__init__(
            f"the state of {key} takes {size} bytes and a record holds {MAX_VALUE_BYTES}: shorten its texts"
        )


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

    Raises:
        UnknownEventType: its topic declares no such type, so that every consumer would pass it over.
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

    def __post_init__(self) -> None:
        if self.type not in self.topic.events:
            raise UnknownEventType(f"{self.topic.name} declares no '{self.type}', but {', '.join(self.topic.events)}.")

    def to_record(self) -> Record:
        """The event as it goes to Kafka.

        Raises:
            RecordTooLarge: the state is larger than a record may be.
        """
        headers = {
            "ce_specversion": SPEC_VERSION,
            "ce_id": str(self.id),
            "ce_type": TYPE_PREFIX + self.type,
            "ce_source": self.source,
            "ce_subject": self.key,
            "ce_time": moment(self.time),
            "ce_dataschema": SCHEMA_BASE + self.topic.name,
            "ce_sequence": str(self.sequence),
            "ce_programme": self.programme,
            "content-type": CONTENT_TYPE,
        }
        if self.traceparent:
            headers["traceparent"] = self.traceparent
        value = None if self.data is None else self.data.model_dump_json().encode()
        if value is not None and len(value) > MAX_VALUE_BYTES:
            raise RecordTooLarge(self.key, len(value))
        return Record(
            topic=self.topic.name,
            key=self.key.encode(),
            value=value,
            headers=[(name, text.encode()) for name, text in headers.items()],
        )


def moment(time: datetime) -> str:
    """A time as the envelope writes it, in UTC: `2026-11-28T20:43:00Z`."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def read(topic: Topic, key: bytes | None, value: bytes | None, headers: Iterable[tuple[str, bytes | None]]) -> Event:
    """Read a record as an event of its topic.

    Raises:
        UnknownEventType: the topic knows no such type; what it carries is not looked at.
        MalformedRecord: a required header is missing or unreadable, the value is not JSON of the topic's schema, or the
            key does not belong to the value.
    """
    raw = dict(headers)
    specversion, id_, type_, source, subject, time_, sequence_, programme = _texts(raw)
    if specversion != SPEC_VERSION:
        raise MalformedRecord("headers-invalid", f"ce_specversion must be {SPEC_VERSION}, not {specversion}")
    if not type_.startswith(TYPE_PREFIX):
        raise MalformedRecord("headers-invalid", f"ce_type must start with {TYPE_PREFIX}, unlike {type_}")
    try:
        event_id, time, sequence = UUID(id_), _moment(time_), _version(sequence_)
    except (ValueError, OverflowError) as error:
        raise MalformedRecord("headers-invalid", f"ce_id, ce_time or ce_sequence: {error}") from None
    event_type = type_.removeprefix(TYPE_PREFIX)
    if event_type not in topic.events:
        raise UnknownEventType(event_type)
    if key != raw["ce_subject"]:
        raise MalformedRecord("key-not-of-value", "the record's key is not its ce_subject")
    return Event(
        id=event_id,
        type=event_type,
        topic=topic,
        source=source,
        time=time,
        programme=programme,
        data=_state(topic, value, subject, sequence),
        key=subject,
        sequence=sequence,
        traceparent=_traceparent(raw.get("traceparent")),
    )


_REQUIRED = (
    "ce_specversion",
    "ce_id",
    "ce_type",
    "ce_source",
    "ce_subject",
    "ce_time",
    "ce_sequence",
    "ce_programme",
)


def _texts(raw: Mapping[str, bytes | None]) -> list[str]:
    """The required headers as text, in their order; looked at one by one only when something is wrong with one."""
    try:
        return [cast("bytes", raw[name]).decode() for name in _REQUIRED]
    except KeyError:
        missing = ", ".join(name for name in _REQUIRED if name not in raw)
        raise MalformedRecord("headers-missing", f"missing: {missing}") from None
    except AttributeError:
        null = ", ".join(name for name in _REQUIRED if raw.get(name) is None)
        raise MalformedRecord("headers-not-text", f"null: {null}") from None
    except UnicodeDecodeError as error:
        name = next(name for name in _REQUIRED if raw[name] == error.object)
        raise MalformedRecord("headers-not-text", f"{name} is not UTF-8") from None


def _moment(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is UTC:
        return time
    if time.tzinfo is None:
        raise ValueError(f"'{text}' has no offset from UTC")
    return time.astimezone(UTC)


def _version(text: str) -> int:
    version = int(text)
    if version < 1:
        raise ValueError(f"'{text}' is not a version: they count from 1")
    return version


def _traceparent(header: bytes | None) -> str | None:
    """A trace is a comfort: an unreadable one is no reason to lose the event."""
    try:
        return header.decode("ascii") if header else None
    except UnicodeDecodeError:
        return None


def _state(topic: Topic, value: bytes | None, subject: str, sequence: int) -> Versioned | None:
    if value is None:
        if topic.audience == "private":
            return None
        raise MalformedRecord("value-missing", "a public topic knows no tombstones")
    if len(value) > MAX_VALUE_BYTES:
        raise MalformedRecord("value-too-large", f"{len(value)} bytes, and a value has at most {MAX_VALUE_BYTES}")
    try:
        state = topic.state.model_validate_json(value, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        if first["type"] == "json_invalid":
            raise MalformedRecord("value-not-json", first["msg"]) from None
        where = ".".join(str(part) for part in first["loc"]) or "the state as a whole"
        raise MalformedRecord("value-not-of-schema", f"{where}: {first['msg']}") from None
    if str(getattr(state, topic.key)) != subject:
        raise MalformedRecord("key-not-of-value", f"the value's {topic.key} is not the record's key")
    if state.version != sequence:
        raise MalformedRecord("headers-invalid", "ce_sequence is not the value's version")
    return state
