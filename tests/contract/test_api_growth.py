"""Who wrote a client for the first release can go on using it: paths, parameters, fields and answers only grow.

A service's OpenAPI document is taken apart into sentences. What it *offers* (a path takes a field, an answer has one)
must be offered for ever; what it *demands* of a request may not grow. Texts and the names of schemas and of parts of a
path are free: no request is made of them.

`python -m tests.contract.test_api_growth DOCUMENTS.json` writes the sentences of a release to be kept.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from re import sub
from typing import Any

import pytest

from shared.settings import SERVICES, ServiceName
from tests.web import built

RELEASED = Path(__file__).with_name("openapi_of_the_first_release.json")

WITHDRAWN: dict[str, str] = {}
"""Promises that were taken back, and why that breaks no client."""

Document = dict[str, Any]
Promises = dict[str, list[str]]
"""What an operation `offers` and `demands`, in sentences."""


def promises(document: Document) -> dict[str, Promises]:
    """What each operation of an API offers and demands."""
    made = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            offers = set(_answers(operation, document))
            demands: set[str] = set()
            for needed, sentence in _request(operation, document):
                (demands if needed else offers).add(sentence)
            name = f"{method.upper()} {sub(r'{[^}]*}', '{}', path)}"
            made[name] = {"offers": sorted(offers), "demands": sorted(demands)}
    return made


def _request(operation: Document, root: Document) -> Iterator[tuple[bool, str]]:
    """What a request may carry, and what it must."""
    for each in operation.get("parameters", ()):
        if each["in"] != "path":
            name = f"{each['in']} {each['name'].lower()}"
            for line in _schema(each["schema"], root, name):
                if line.endswith(": null"):
                    continue  # an address carries no null
                yield False, f"takes {line}"
                yield False, f"takes {line.replace('[]', '')}"  # where several values are taken, one is as well
            if each.get("required"):
                yield True, f"needs {name}"
    body = operation.get("requestBody", {})
    if body.get("required"):
        yield True, "needs a body"
    for kind, content in body.get("content", {}).items():
        for line in _schema(content["schema"], root, kind.removeprefix("application/")):
            needed = line.endswith(_ALWAYS)
            yield needed, f"{'needs' if needed else 'takes'} {line.removesuffix(_ALWAYS)}"


def _answers(operation: Document, root: Document) -> Iterator[str]:
    for status, answer in operation["responses"].items():
        yield status
        if status.startswith("2"):  # a problem looks the same everywhere
            for content in answer.get("content", {}).values():
                said = _schema(content.get("schema", {}), root, "answer")
                yield from (f"{status} {line}" for line in said if " = " not in line)  # more words may come


_ALWAYS = " always"


def _schema(schema: Document, root: Document, at: str, within: tuple[str, ...] = ()) -> Iterator[str]:
    """A sentence for each field, at any depth, with its type and its words."""
    if reference := schema.get("$ref"):
        if reference not in within:
            named = root["components"]["schemas"][reference.rpartition("/")[2]]
            yield from _schema(named, root, at, (*within, reference))
        return
    for choice in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        yield from _schema(choice, root, at, within)
    if "type" in schema:
        yield f"{at}: {schema['type']}"
    for word in (*schema.get("enum", ()), *([schema["const"]] if "const" in schema else ())):
        yield f"{at} = {word}"
    for name, field in schema.get("properties", {}).items():
        yield from _schema(field, root, f"{at}.{name}", within)
    for name in schema.get("required", ()):
        yield f"{at}.{name}{_ALWAYS}"
    if "items" in schema:
        yield from _schema(schema["items"], root, f"{at}[]", within)
    if isinstance(schema.get("additionalProperties"), dict):
        yield from _schema(schema["additionalProperties"], root, f"{at}{{}}", within)


def broken(released: Mapping[str, Promises], now: Mapping[str, Promises]) -> list[str]:
    """The promises of a release that are not kept."""
    lost = []
    for name, old in released.items():
        new = now.get(name, {"offers": [], "demands": []})
        lost += [f"no longer: {name} {offer}" for offer in old["offers"] if offer not in set(new["offers"])]
        lost += [f"demanded now: {name} {demand}" for demand in new["demands"] if demand not in old["demands"]]
    return lost


@pytest.fixture(scope="module")
def released() -> Mapping[str, Mapping[str, Promises]]:
    found: Mapping[str, Mapping[str, Promises]] = json.loads(RELEASED.read_text())
    return found


@pytest.mark.parametrize("name", SERVICES)
async def test_what_the_first_release_offered_is_offered_and_no_more_is_demanded(
    name: ServiceName, released: Mapping[str, Mapping[str, Promises]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = built(name, tmp_path, monkeypatch)
    assert broken(released[name], promises(app.openapi())) == [each for each in WITHDRAWN if f" /{name}/" in each]
    await app.state.service.database.close()


def _document(**changes: Any) -> Document:
    field = {"type": "string", "enum": ["a", "b"]}
    operation: Document = {
        "parameters": [{"in": "query", "name": "limit", "schema": {"type": "integer"}}],
        "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
        "responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}},
    }
    thing = {"type": "object", "properties": {"kind": field, "note": {"type": "string"}}, "required": ["kind"]}
    paths = {"/things/{id}": {"post": operation | changes.get("operation", {})}}
    return {"paths": paths, "components": {"schemas": {"Thing": thing | changes.get("thing", {})}}}


BREAKS: dict[str, tuple[Document, str]] = {
    "a parameter is renamed": (
        {"operation": {"parameters": [{"in": "query", "name": "many", "schema": {"type": "integer"}}]}},
        "no longer: POST /things/{} takes query limit: integer",
    ),
    "a parameter is needed": (
        {"operation": {"parameters": [{"in": "query", "name": "limit", "required": True, "schema": {}}]}},
        "demanded now: POST /things/{} needs query limit",
    ),
    "a word is taken away": (
        {"thing": {"properties": {"kind": {"type": "string", "enum": ["a"]}, "note": {"type": "string"}}}},
        "no longer: POST /things/{} takes json.kind = b",
    ),
    "a field is needed": (
        {"thing": {"required": ["kind", "note"]}},
        "demanded now: POST /things/{} needs json.note",
    ),
    "an answer may lack a field": ({"thing": {"required": []}}, "no longer: POST /things/{} 200 answer"),
    "a status is not answered": ({"operation": {"responses": {}}}, "no longer: POST /things/{} 200"),
}


@pytest.mark.parametrize("what", BREAKS)
def test_what_breaks_a_client_is_found(what: str) -> None:
    changes, expected = BREAKS[what]
    found = broken(promises(_document()), promises(_document(**changes)))
    assert any(line.startswith(expected) for line in found), found


def test_growth_and_other_names_break_nothing() -> None:
    grown = _document(
        operation={
            "parameters": [{"in": "query", "name": name, "schema": {"type": "integer"}} for name in ("limit", "new")]
        }
    )
    grown["paths"]["/things/{thing_id}"] = grown["paths"].pop("/things/{id}")
    grown["paths"]["/others"] = {
        "get": {"parameters": [{"in": "query", "name": "q", "required": True, "schema": {}}], "responses": {}}
    }
    assert broken(promises(_document()), promises(grown)) == []


if __name__ == "__main__":
    documents = json.loads(Path(sys.argv[1]).read_text())
    kept = {name: promises(document) for name, document in documents.items()}
    RELEASED.write_text(json.dumps(kept, indent=0, ensure_ascii=False) + "\n")
