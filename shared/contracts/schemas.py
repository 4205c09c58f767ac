"""JSON Schemas (2020-12) of what lies on Kafka, generated from the models: a schema per topic, and one of the headers.

They say what a *reader* may count on. A field is required when every event of version 1 has it, whenever it was
written; a field that came later, or may be unknown, is optional with the value that its absence stands for, although
what we write today always has it. Fields that are not described may come any day: a schema never forbids them.
"""

import json
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from shared.contracts.envelope import CONTENT_TYPE, SCHEMA_BASE, SPEC_VERSION, TYPE_PREFIX
from shared.contracts.topics import TOPICS, Topic

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
HEADERS = "registan.headers.v1"
_FIRST = (
    "$schema",
    "$id",
    "title",
    "description",
    "type",
    "x-topic",
    "x-audience",
    "x-key",
    "x-event-types",
    "required",
)


class _Generator(GenerateJsonSchema):
    """Pydantic's generator without titles that repeat field names, and exact about the keys of dictionaries."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        generated = super().dict_schema(schema)
        if "patternProperties" in generated:
            generated["additionalProperties"] = False
        return generated


def schema_id(name: str) -> str:
    """The `$id` of a published schema, and the `ce_dataschema` of the events it describes."""
    return SCHEMA_BASE + name


def topic_schema(topic: Topic) -> Schema:
    """The schema of the values on a topic. Its `$id` is the `ce_dataschema` of the topic's events."""
    state = topic.state.model_json_schema(schema_generator=_Generator)
    return _ordered(
        state
        | {
            "$schema": DIALECT,
            "$id": schema_id(topic.name),
            "x-topic": topic.name,
            "x-audience": topic.audience,
            "x-key": topic.key,
            "x-event-types": [TYPE_PREFIX + event for event in topic.events],
        }
    )


def components(topics: tuple[Topic, ...], ref_template: str) -> dict[str, Schema]:
    """All states and their parts by name, for a document that holds many schemas."""
    models: list[tuple[type[BaseModel], Any]] = [(topic.state, "validation") for topic in topics]
    _, generated = models_json_schema(models, ref_template=ref_template, schema_generator=_Generator)
    return {name: _ordered(_titled(schema, name)) for name, schema in sorted(generated["$defs"].items())}


def _titled(schema: Any, name: str) -> Any:
    """The schema with a title on every object inside, so that generators of code have a name for each."""
    if not isinstance(schema, dict):
        return schema
    titled = {keyword: value for keyword, value in schema.items() if keyword != "properties"}
    for keyword in ("items", "anyOf", "patternProperties", "additionalProperties"):
        if isinstance(inside := schema.get(keyword), list):
            titled[keyword] = [_titled(each, name) for each in inside]
        elif keyword == "patternProperties" and inside:
            titled[keyword] = {pattern: _titled(each, f"{name}Value") for pattern, each in inside.items()}
        elif inside is not None:
            titled[keyword] = _titled(inside, f"{name}Item" if keyword == "items" else name)
    if "properties" in schema:
        titled["properties"] = {
            field: _titled(each, name + field.title().replace("_", "")) for field, each in schema["properties"].items()
        }
    return titled if "title" in titled or titled.get("type") != "object" else titled | {"title": name}


def draft_07(schema: Schema) -> Schema:
    """The schema for registries that know no newer dialect: the keywords our models produce mean the same in both."""
    without = {keyword: value for keyword, value in schema.items() if keyword not in ("$id", "$defs")}
    older = without | {"$schema": "http://json-schema.org/draft-07/schema#", "definitions": schema.get("$defs", {})}
    moved: Schema = json.loads(json.dumps(older).replace('"#/$defs/', '"#/definitions/'))
    return moved


def headers_schema() -> Schema:
    """The schema of a record's headers, read as UTF-8: the event's CloudEvents attributes in Kafka's binary mode."""
    return _ordered(
        {
            "$schema": DIALECT,
            "$id": schema_id(HEADERS),
            "title": "Headers",
            "description": "Headers of a record: CloudEvents 1.0 attributes (Kafka protocol binding, binary mode).",
            "type": "object",
            "required": [
                "ce_id",
                "ce_programme",
                "ce_sequence",
                "ce_source",
                "ce_specversion",
                "ce_subject",
                "ce_time",
                "ce_type",
            ],
            "properties": {
                "ce_specversion": {"const": SPEC_VERSION, "description": "Version of CloudEvents."},
                "ce_id": {
                    "type": "string",
                    "format": "uuid",
                    "description": "UUIDv7 of the event, the same however often it is delivered.",
                },
                "ce_type": {
                    "type": "string",
                    "pattern": "^" + TYPE_PREFIX.replace(".", r"\."),
                    "description": "What happened. A subscriber ignores types it does not know.",
                },
                "ce_source": {"type": "string", "minLength": 1, "description": "Who says so: `/registan/registry`."},
                "ce_subject": {
                    "type": "string",
                    "minLength": 1,
                    "description": "The aggregate's id; the same as the record's key.",
                },
                "ce_time": {"type": "string", "format": "date-time", "description": "When it happened, UTC."},
                "ce_dataschema": {
                    "type": "string",
                    "description": "`$id` of the JSON Schema that the value fulfils.",
                },
                "ce_sequence": {
                    "type": "string",
                    "pattern": "^[1-9][0-9]*$",
                    "description": "The aggregate's version; for a key, the highest is the truth.",
                },
                "ce_programme": {"type": "string", "minLength": 1, "description": "The programme's code: `BOMCA`."},
                "ce_epoch": {
                    "type": "string",
                    "pattern": "^[1-9][0-9]*$",
                    "description": "For information: raised when the registry was restored from a backup.",
                },
                "content-type": {"const": CONTENT_TYPE, "description": "Of the value."},
                "traceparent": {"type": "string", "description": "W3C trace context of the change, if it was traced."},
            },
        }
    )


def schemas() -> dict[str, Schema]:
    """Every schema by the name it is published under."""
    return {topic.name: topic_schema(topic) for topic in TOPICS} | {HEADERS: headers_schema()}


def rendered(document: Schema) -> str:
    """The document as the text that is committed."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _ordered(schema: Schema) -> Schema:
    """What a reader looks for first comes first; everything else by name, so that a difference is a real one."""
    by_name: Schema = json.loads(json.dumps(schema, sort_keys=True))
    return {key: by_name[key] for key in _FIRST if key in by_name} | by_name
