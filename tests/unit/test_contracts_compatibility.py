"""Each way of breaking version 1 is found, named and explained; growing is free."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from shared.contracts.compatibility import Break, Violation, violations

_RELEASED: dict[str, Any] = {
    "$id": "urn:sample",
    "title": "Sample",
    "type": "object",
    "x-audience": "public",
    "x-key": "id",
    "x-event-types": ["sample-made", "sample-changed"],
    "required": ["id", "status"],
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "status": {"type": "string", "enum": ["planned", "held"]},
        "kind": {"type": "string", "x-words": ["workshop", "other"], "x-otherwise": "other", "default": "other"},
        "code": {"type": "string", "minLength": 1, "maxLength": 120, "pattern": "^[a-z]+$"},
        "count": {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "null"}], "default": None},
        "place": {"anyOf": [{"$ref": "#/$defs/Place"}, {"type": "null"}], "default": None},
        "stops": {"type": "array", "items": {"$ref": "#/$defs/Place"}, "default": []},
        "names": {
            "type": "object",
            "patternProperties": {"^[a-z]{2}$": {"type": "string"}},
            "additionalProperties": False,
        },
    },
    "$defs": {
        "Place": {
            "type": "object",
            "required": ["name"],
            "properties": {"name": {"type": "string"}, "country": {"type": "string", "pattern": "^[A-Z]{2}$"}},
        }
    },
}

Change = Callable[[dict[str, Any]], object]


def _found(change: Change) -> list[Violation]:
    current = copy.deepcopy(_RELEASED)
    change(current)
    return violations("sample", _RELEASED, current)


def _field(name: str, **changed: Any) -> Change:
    return lambda schema: schema["properties"][name].update(changed)


def _without(name: str, keyword: str) -> Change:
    return lambda schema: schema["properties"][name].pop(keyword)


def _place(**changed: Any) -> Change:
    return lambda schema: schema["$defs"]["Place"].update(changed)


def _rename(schema: dict[str, Any]) -> None:
    schema["properties"]["identifier_code"] = schema["properties"].pop("code")


def _in_place(schema: dict[str, Any]) -> None:
    schema["$defs"]["Place"]["properties"].pop("country")


_BREAKS: list[tuple[str, Change, Break, str]] = [
    ("a field is gone", lambda s: s["properties"].pop("code"), "removed", "code"),
    ("a field has another name", _rename, "renamed", "code"),
    ("a field inside an object is gone", _in_place, "removed", "place.country"),
    ("a field becomes required", lambda s: s["required"].append("code"), "newly-required", "code"),
    ("a new field is required", lambda s: s["required"].append("new"), "newly-required", "new"),
    (
        "a field inside an object becomes required",
        _place(required=["name", "country"]),
        "newly-required",
        "place.country",
    ),
    ("a field is no longer required", lambda s: s["required"].remove("status"), "no-longer-required", "status"),
    ("a type is another", _field("code", type="integer"), "narrowed", "code"),
    ("a type is lost", _field("count", anyOf=[{"type": "integer", "minimum": 0}]), "narrowed", "count"),
    ("a type joins", _field("code", type=None, anyOf=[{"type": "string"}, {"type": "null"}]), "widened", "code"),
    ("a word is lost", _field("status", enum=["held"]), "narrowed", "status"),
    ("a word joins a closed vocabulary", _field("status", enum=["planned", "held", "moved"]), "widened", "status"),
    ("a word leaves an open vocabulary", _field("kind", **{"x-words": ["other"]}), "narrowed", "kind"),
    ("an open vocabulary has another catch-all", _field("kind", **{"x-otherwise": "rest"}), "meaning-changed", "kind"),
    ("a pattern changes", _field("code", pattern="^[a-y]+$"), "narrowed", "code"),
    ("a pattern joins", _field("id", pattern="^x"), "narrowed", "id"),
    ("a pattern goes", _without("code", "pattern"), "widened", "code"),
    ("a format changes", _field("id", format="uri"), "narrowed", "id"),
    ("a format goes", _without("id", "format"), "widened", "id"),
    ("a lower bound rises", _field("code", minLength=2), "narrowed", "code"),
    ("a lower bound falls", _field("code", minLength=0), "widened", "code"),
    ("an upper bound falls", _field("code", maxLength=100), "narrowed", "code"),
    ("an upper bound rises", _field("code", maxLength=200), "widened", "code"),
    ("an upper bound joins", _field("stops", maxItems=3), "narrowed", "stops"),
    ("items must differ", _field("stops", uniqueItems=True), "narrowed", "stops"),
    ("items are another thing", _field("stops", items={"type": "string"}), "narrowed", "stops[]"),
    ("items may be anything", _without("stops", "items"), "widened", "stops[]"),
    (
        "keys are others",
        _field("names", patternProperties={"^[a-z]{3}$": {"type": "string"}}),
        "narrowed",
        "names{^[a-z]{3}$}",
    ),
    ("absence means something else", _field("kind", default="workshop"), "meaning-changed", "kind"),
    ("absence means nothing any more", _without("kind", "default"), "meaning-changed", "kind"),
    ("unknown fields are forbidden", lambda s: s.update(additionalProperties=False), "narrowed", ""),
    ("an event type is gone", lambda s: s.update({"x-event-types": ["sample-made"]}), "narrowed", ""),
    ("a public topic becomes private", lambda s: s.update({"x-audience": "private"}), "meaning-changed", ""),
    ("the key is another field", lambda s: s.update({"x-key": "code"}), "meaning-changed", ""),
    ("a keyword that the gate does not know", _field("code", contentEncoding="base64"), "meaning-changed", "code"),
    (
        "a second alternative of the same type",
        _field(
            "count", anyOf=[{"type": "integer", "minimum": -9}, {"type": "null"}, {"type": "integer", "minimum": 0}]
        ),
        "widened",
        "count",
    ),
]


@pytest.mark.parametrize(
    ("change", "problem", "path"), [case[1:] for case in _BREAKS], ids=[case[0] for case in _BREAKS]
)
def test_a_change_that_breaks_version_1_is_named(change: Change, problem: Break, path: str) -> None:
    found = _found(change)
    assert (problem, path) in {(violation.problem, violation.path) for violation in found}
    assert all(violation.schema == "sample" for violation in found)


def _renamed_definition(schema: dict[str, Any]) -> None:
    schema["$defs"]["Location"] = schema["$defs"].pop("Place")
    schema["properties"]["place"]["anyOf"][0] = {"$ref": "#/$defs/Location"}
    schema["properties"]["stops"]["items"] = {"$ref": "#/$defs/Location"}


_GROWTH: list[tuple[str, Change]] = [
    ("nothing", lambda s: None),
    ("a new optional field", lambda s: s["properties"].update(series={"type": "string", "default": ""})),
    (
        "a new optional field with a closed vocabulary and required parts",
        lambda s: s["properties"].update(
            venue={"type": "object", "required": ["name"], "properties": {"name": {"enum": ["a"]}}}
        ),
    ),
    (
        "a new optional field inside an object",
        lambda s: s["$defs"]["Place"]["properties"].update(city={"type": "string"}),
    ),
    ("a new word of an open vocabulary", _field("kind", **{"x-words": ["workshop", "webinar", "other"]})),
    ("a new event type", lambda s: s["x-event-types"].append("sample-archived")),
    ("another text", _field("code", description="As the programme calls it.", title="Code", examples=["abc"])),
    ("a definition with another name", _renamed_definition),
    ("another order", lambda s: s.update(required=["status", "id"])),
]


@pytest.mark.parametrize("change", [case[1] for case in _GROWTH], ids=[case[0] for case in _GROWTH])
def test_growing_is_free(change: Change) -> None:
    assert _found(change) == []


def test_a_topic_that_is_gone_is_named() -> None:
    assert [violation.problem for violation in violations("sample", _RELEASED, None)] == ["topic-removed"]


def test_a_violation_says_where_it_is_what_changed_and_what_to_do() -> None:
    (violation,) = _found(_rename)
    assert (
        str(violation) == "sample: code is renamed: it is called identifier_code now; keep the old field and fill both"
    )
    (violation,) = _found(_field("code", maxLength=100))
    assert "code is narrowed: maxLength was 120 and is 100; undo it" in str(violation)
