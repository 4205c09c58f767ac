"""What a newer version of the contracts has that an older one had not: the lines of their changelog.

The gate (`compatibility`) lets nothing but additions through. So the difference between two versions is a set of facts
that one has and the other has not, and no history of edits is needed to tell it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from shared.contracts.compatibility import Schema

Kind = Literal["topic", "event-type", "field", "word"]


@dataclass(frozen=True, slots=True, order=True)
class Addition:
    """Something new in a schema.

    Attributes:
        schema: the schema that has it (`registan.activities.v1`).
        kind: what it is; a topic comes with all that it holds.
        name: the event type, the path of the field, or the path of the field and its new word.
    """

    schema: str
    kind: Kind
    name: str


def additions(released: Mapping[str, Schema], current: Mapping[str, Schema]) -> list[Addition]:
    """What the current schemas have and the released ones had not, in the order of their names."""
    new = [Addition(name, "topic", name) for name in current.keys() - released.keys()]
    for name in current.keys() & released.keys():
        before = set(_facts(name, released[name]))
        new += set(_facts(name, current[name])) - before
    return sorted(_without_what_new_fields_hold(new))


def _facts(name: str, schema: Schema) -> Iterator[Addition]:
    for event_type in schema.get("x-event-types", ()):
        yield Addition(name, "event-type", event_type)
    yield from _inside(name, schema, schema, "")


def _inside(name: str, node: Any, root: Schema, path: str) -> Iterator[Addition]:
    if "$ref" in node:
        node = root["$defs"][node["$ref"].removeprefix("#/$defs/")]
    for word in (*node.get("enum", ()), *node.get("x-words", ())):
        yield Addition(name, "word", f"{path}: {word}")
    for field, schema in node.get("properties", {}).items():
        where = f"{path}.{field}".lstrip(".")
        yield Addition(name, "field", where)
        yield from _inside(name, schema, root, where)
    for choice in node.get("anyOf", ()):
        yield from _inside(name, choice, root, path)
    if "items" in node:
        yield from _inside(name, node["items"], root, f"{path}[]")
    for schema in node.get("patternProperties", {}).values():
        yield from _inside(name, schema, root, f"{path}{{}}")


def _without_what_new_fields_hold(found: list[Addition]) -> Iterator[Addition]:
    """A field that is new brings its own fields and words: to name it is enough."""
    fields = {(one.schema, one.name) for one in found if one.kind == "field"}
    for one in found:
        path = one.name.partition(":")[0]
        inside = [cut for cut in range(1, len(path)) if path[cut] in ".[{"]
        above = {path[:cut] for cut in inside} | ({path} if one.kind == "word" else set())
        if not any((one.schema, each) in fields for each in above):
            yield one
