"""The AsyncAPI 3.0 document: who sends what where, and who may receive it, made from the same topics and models.

A private topic is described, since operators must know it, and marked; the only operations on it are those of the
services it names. On a public topic one more operation says that anyone with read credentials may receive.

The document of the project names no installation: its servers are variables. The one that an installation serves says
where its Kafka and its feed are, and who answers questions (`Place`).
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from shared.contracts.envelope import CONTENT_TYPE, TYPE_PREFIX, Event
from shared.contracts.examples import example_events
from shared.contracts.schemas import Schema, components, headers_schema, schema_id
from shared.contracts.topics import DAYS_OF_EVENTS, PARTITIONS, TOPICS, Topic

_BINDING = "0.5.0"
_INTRODUCTION = """\
Each event carries the whole public state of its aggregate after the change; its type says why it changed. For a key, \
the highest `ce_sequence` is the truth and older ones are ignored, so duplicates and disorder are harmless and a \
compacted topic is a snapshot. Version 1 only grows: fields are added, optional, never removed, renamed or narrowed. \
Ignore fields and event types you do not know."""
_LICENCE = {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"}
PROMISE = {"freshness-seconds": 5, "notice-months-before-v2": 6, "months-of-v1-beside-v2": 24}
"""What subscribers may plan by: how soon an event is there as a rule, and how long they have when a version ends."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an installation is reached, and who answers for it.

    Attributes:
        registry: the address of its registry (`https://registan.example.org`).
        kafka: the bootstrap servers that subscribers use, where they may use Kafka.
        contact: a mail address or the address of a page.
    """

    registry: str | None = None
    kafka: str | None = None
    contact: str | None = None


def document(version: str, place: Place = Place()) -> dict[str, Any]:
    """The whole document: as it is committed, or with the addresses of a place."""
    contact = {"contact": _contact(place.contact)} if place.contact else {}
    return {
        "asyncapi": "3.0.0",
        "id": "urn:registan",
        "info": {
            "title": "Registan",
            "version": version,
            "description": _INTRODUCTION,
            **contact,
            "license": _LICENCE,
            "tags": [
                {"name": "public", "description": "Nothing personal; anyone with read credentials may receive it."},
                {"name": "private", "description": "For the services it names and nobody else."},
            ],
            "x-promise": PROMISE,
        },
        "servers": _servers(place),
        "defaultContentType": CONTENT_TYPE,
        "channels": {topic.noun: _channel(topic) for topic in TOPICS},
        "operations": {name: operation for topic in TOPICS for name, operation in _operations(topic).items()},
        "components": {
            "messages": {event.type: _message(event) for event in example_events()},
            "schemas": components(TOPICS, "#/components/schemas/{model}") | {"Headers": _headers()},
            "securitySchemes": {
                "scram": {"type": "scramSha512", "description": "A name and a password that may read public topics."},
                "token": {"type": "http", "scheme": "bearer", "description": "A subscriber's token (`rgs_…`)."},
            },
        },
    }


def _contact(contact: str) -> dict[str, str]:
    return {"url": contact} if "://" in contact else {"email": contact}


def _servers(place: Place) -> dict[str, Any]:
    """Kafka, and the same events over HTTP for those who have none."""
    registry = urlsplit(place.registry or "https://{registry}")
    kafka: dict[str, Any] = {
        "host": place.kafka or "{bootstrap}",
        "protocol": "kafka-secure",
        "title": "Kafka",
        "security": [{"$ref": "#/components/securitySchemes/scram"}],
    }
    feed: dict[str, Any] = {
        "host": registry.netloc,
        "pathname": "/registry/feed/v1",
        "protocol": registry.scheme,
        "title": "The feed: the same events over HTTP",
        "security": [{"$ref": "#/components/securitySchemes/token"}],
    }
    if not place.kafka:
        kafka["variables"] = {"bootstrap": {"description": "The address that comes with your credentials."}}
    if not place.registry:
        feed["variables"] = {"registry": {"description": "The host of the registry."}}
    return {"kafka": kafka, "feed": feed}


def _channel(topic: Topic) -> dict[str, Any]:
    return {
        "address": topic.name,
        "title": topic.state.__name__,
        "summary": topic.summary,
        "description": f"Records carry the key `{topic.key}` of their state. {_audience(topic)}",
        "tags": [{"name": topic.audience}],
        "messages": {event: {"$ref": f"#/components/messages/{event}"} for event in topic.events},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": PARTITIONS,
                "topicConfiguration": {"cleanup.policy": ["compact"]},
                "bindingVersion": _BINDING,
            }
        },
        "x-audience": topic.audience,
        "x-owner": topic.writer,
        "x-days-of-events": DAYS_OF_EVENTS if topic.audience == "public" else 0,
    }


def _audience(topic: Topic) -> str:
    if topic.audience == "public":
        return "A null value never comes."
    return f"Private: {', '.join(topic.readers)} may read it, nobody else. A null value erases what its key names."


def _operations(topic: Topic) -> dict[str, Any]:
    sends = {f"{topic.writer}-sends-{topic.noun}": _operation("send", topic, topic.writer)}
    readers = topic.readers or ("anyone",)
    return sends | {f"{reader}-receives-{topic.noun}": _operation("receive", topic, reader) for reader in readers}


def _operation(action: str, topic: Topic, who: str) -> dict[str, Any]:
    channel = f"#/channels/{topic.noun}"
    return {
        "action": action,
        "channel": {"$ref": channel},
        "title": f"{who} {action}s {topic.noun}",
        "tags": [{"name": topic.audience}],
        "messages": [{"$ref": f"{channel}/messages/{event}"} for event in topic.events],
    }


def _message(event: Event) -> dict[str, Any]:
    state = event.topic.state.__name__
    payload: dict[str, Any] = {"$ref": f"#/components/schemas/{state}"}
    if event.topic.audience == "private":
        payload = {"anyOf": [payload, {"type": "null"}]}
    return {
        "name": TYPE_PREFIX + event.type,
        "title": event.type.replace("-", " ").capitalize(),
        "contentType": CONTENT_TYPE,
        "headers": {
            "allOf": [
                {"$ref": "#/components/schemas/Headers"},
                {
                    "type": "object",
                    "properties": {
                        "ce_type": {"const": TYPE_PREFIX + event.type},
                        "ce_dataschema": {"const": schema_id(event.topic.name)},
                    },
                },
            ]
        },
        "payload": payload,
        "bindings": {"kafka": {"key": {"type": "string"}, "bindingVersion": _BINDING}},
        "examples": [_example(event)],
    }


def _example(event: Event) -> dict[str, Any]:
    record = event.to_record()
    assert event.data is not None
    return {
        "name": event.type,
        "headers": {name: raw.decode() for name, raw in record.headers},
        "payload": event.data.model_dump(mode="json"),
    }


def _headers() -> Schema:
    return {key: value for key, value in headers_schema().items() if key not in ("$schema", "$id")}
