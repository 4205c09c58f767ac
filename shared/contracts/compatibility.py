"""The gate that keeps version 1 compatible: a schema may grow by optional fields, and in no other way.

Both directions matter. A subscriber of last year reads what we write today, and a subscriber of today reads what was
written last year, because a compacted topic keeps it. So whatever widens what may come breaks the old reader, whatever
narrows it breaks the new one, and both are refused. Free to change: texts (titles, descriptions, examples), new
optional fields, new event types, and new words of a vocabulary that has a word for everything else
(`shared.contracts.vocabularies`).

The comparison is our own: it has to say what broke, where and what to do, and it has to judge our `x-` keywords. It
knows the part of JSON Schema that our models produce; what it does not know it refuses when it differs.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Schema = dict[str, Any]
Break = Literal[
    "topic-removed",
    "removed",
    "renamed",
    "narrowed",
    "widened",
    "newly-required",
    "no-longer-required",
    "meaning-changed",
]

_ADVICE: Mapping[Break, str] = {
    "topic-removed": "keep the topic: its subscribers still read it",
    "removed": "put it back: who reads it cannot know that it is gone",
    "renamed": "keep the old field and fill both",
    "narrowed": "undo it, or events on the topic can no longer be read; what must be stricter is a new optional field",
    "widened": "undo it, or today's subscribers cannot read new events; what must be wider is a new optional field",
    "newly-required": "give it a default: events without it are on the topic for ever",
    "no-longer-required": "keep it required: subscribers count on it",
    "meaning-changed": "undo it: the same event would be understood in two ways",
}
_TEXTS = frozenset({"title", "description", "examples"})
_STRUCTURE = frozenset({"$ref", "$defs", "type", "default", "required", "properties"})
_INSIDE = frozenset({"items", "propertyNames", "patternProperties"})
_WORDS = frozenset({"enum", "x-words", "x-event-types"})
_LOWER_BOUNDS = frozenset({"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"})
_UPPER_BOUNDS = frozenset({"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"})
_RESTRICTIONS = _LOWER_BOUNDS | _UPPER_BOUNDS | {"pattern", "format", "const", "uniqueItems", "additionalProperties"}
_NOTHING = object()


@dataclass(frozen=True, slots=True)
class Violation:
    """A promise of version 1 that the current schema breaks.

    Attributes:
        schema: the name of the schema (`registan.activities.v1`).
        path: the field, with `[]` for the items of a list and `{pattern}` for the values of a dictionary.
        problem: what was done to it.
        detail: what it was and what it is now.
    """

    schema: str
    path: str
    problem: Break
    detail: str

    def __str__(self) -> str:
        return f"{self.schema}: {self.path or 'the whole'} is {self.problem}: {self.detail}; {_ADVICE[self.problem]}"


def violations(name: str, released: Schema, current: Schema | None) -> list[Violation]:
    """All promises of `released` that `current` breaks; none means that it only grew."""
    if current is None:
        return [Violation(name, "", "topic-removed", "no contract describes it any more")]
    return list(_Comparison(name, released, current).nodes(released, current, ""))


@dataclass(frozen=True, slots=True)
class _Comparison:
    """Two schemas side by side, so that the references of each are looked up in its own definitions."""

    name: str
    released: Schema
    current: Schema

    def nodes(self, old: Schema, new: Schema, path: str) -> Iterator[Violation]:
        before, now = _by_type(old, self.released), _by_type(new, self.current)
        for kind in sorted(before.keys() - now.keys()):
            yield self._broken(path, "narrowed", f"it may no longer be {kind}")
        for kind in sorted(now.keys() - before.keys()):
            yield self._broken(path, "widened", f"it may now be {kind}")
        for kind in sorted(before.keys() & now.keys()):
            yield from self._alternatives(before[kind], now[kind], path)
        yield from self._keyword("default", old, new, path)

    def _alternatives(self, old: Schema, new: Schema, path: str) -> Iterator[Violation]:
        yield from self._fields(old, new, path)
        yield from self._required(old, new, path)
        yield from self._contents(old, new, path)
        yield from self._words(old, new, path)
        for keyword in sorted((old.keys() | new.keys()) - _TEXTS - _STRUCTURE - _INSIDE - _WORDS):
            yield from self._keyword(keyword, old, new, path)

    def _fields(self, old: Schema, new: Schema, path: str) -> Iterator[Violation]:
        before, now = old.get("properties", {}), new.get("properties", {})
        added = {field: now[field] for field in now.keys() - before.keys()}
        for field in sorted(before):
            where = f"{path}.{field}".lstrip(".")
            if field in now:
                yield from self.nodes(before[field], now[field], where)
                continue
            twins = [new_field for new_field, schema in added.items() if schema == before[field]]
            if len(twins) == 1:
                yield self._broken(where, "renamed", f"it is called {twins[0]} now")
            else:
                yield self._broken(where, "removed", "no field has this name any more")

    def _required(self, old: Schema, new: Schema, path: str) -> Iterator[Violation]:
        before, now = set(old.get("required", ())), set(new.get("required", ()))
        for field in sorted(now - before):
            yield self._broken(f"{path}.{field}".lstrip("."), "newly-required", "older events may lack it")
        for field in sorted((before - now) & new.get("properties", {}).keys()):
            yield self._broken(f"{path}.{field}".lstrip("."), "no-longer-required", "newer events may lack it")

    def _contents(self, old: Schema, new: Schema, path: str) -> Iterator[Violation]:
        before, now = _inside(old), _inside(new)
        for mark in sorted(before.keys() - now.keys()):
            yield self._broken(path + mark, "widened", "nothing is said of it any more")
        for mark in sorted(now.keys() - before.keys()):
            yield self._broken(path + mark, "narrowed", "nothing was said of it")
        for mark in sorted(before.keys() & now.keys()):
            yield from self.nodes(before[mark], now[mark], path + mark)

    def _words(self, old: Schema, new: Schema, path: str) -> Iterator[Violation]:
        """Words may leave no vocabulary, and join only one that says how to read an unknown word."""
        for keyword in sorted(_WORDS):
            before, now = set(old.get(keyword, ())), set(new.get(keyword, ()))
            if before - now:
                yield self._broken(path, "narrowed", f"it may no longer be {_listed(before - now)}")
            if keyword == "enum" and now - before:
                yield self._broken(path, "widened", f"it may now be {_listed(now - before)}")

    def _keyword(self, keyword: str, old: Schema, new: Schema, path: str) -> Iterator[Violation]:
        before, now = old.get(keyword, _NOTHING), new.get(keyword, _NOTHING)
        if before != now or type(before) is not type(now):
            detail = f"{keyword} was {_shown(before)} and is {_shown(now)}"
            yield self._broken(path, _direction(keyword, before, now), detail)

    def _broken(self, path: str, problem: Break, detail: str) -> Violation:
        return Violation(self.name, path, problem, detail)


def _by_type(node: Schema, root: Schema) -> dict[str, Schema]:
    """The alternatives of a schema by their type; a second one of a type goes by its whole text, so none is lost."""
    if "$ref" in node:
        return _by_type(root["$defs"][node["$ref"].removeprefix("#/$defs/")], root)
    if "anyOf" not in node:
        return {str(node.get("type", "anything")): node}
    alternatives: dict[str, Schema] = {}
    for choice in node["anyOf"]:
        for kind, schema in _by_type(choice, root).items():
            alternatives[kind if kind not in alternatives else json.dumps(schema, sort_keys=True)] = schema
    return alternatives


def _inside(node: Schema) -> dict[str, Schema]:
    """What a list or a dictionary holds, by the mark it has in a path."""
    inside = {"[]": node["items"]} if "items" in node else {}
    if "propertyNames" in node:
        inside["{key}"] = node["propertyNames"]
    return inside | {f"{{{pattern}}}": schema for pattern, schema in node.get("patternProperties", {}).items()}


def _direction(keyword: str, before: Any, now: Any) -> Break:
    """Whether a changed keyword allows less or more than it did."""
    if keyword not in _RESTRICTIONS:
        return "meaning-changed"
    if before is _NOTHING:
        return "narrowed"
    if now is _NOTHING:
        return "widened"
    if keyword in _LOWER_BOUNDS:
        return "narrowed" if now > before else "widened"
    if keyword in _UPPER_BOUNDS:
        return "narrowed" if now < before else "widened"
    return "narrowed"


def _shown(value: Any) -> str:
    return "absent" if value is _NOTHING else repr(value)


def _listed(words: set[Any]) -> str:
    return ", ".join(sorted(map(str, words)))
