"""The registry's OpenAPI document can be relied on: it is valid, complete, and its examples are what the API takes."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from tests.registry import registry_site
from tests.web import NOWHERE

Operation = tuple[str, str, dict[str, Any]]


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder: Path = tmp_path_factory.mktemp("keys")
    return registry_site(folder, NOWHERE).openapi()


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_it_is_openapi_3_1_and_all_its_references_lead_somewhere(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert named - set(document["components"]["schemas"]) == set()


def test_all_its_schemas_are_json_schemas(document: dict[str, Any]) -> None:
    for schema in document["components"]["schemas"].values():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})


def test_each_operation_has_a_summary_a_group_and_a_name_of_its_own(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(names)) == len(names) > 30
    for path, method, operation in operations(document):
        assert operation.get("summary"), (method, path)
        assert operation.get("tags"), (method, path)


def test_each_operation_says_how_it_refuses(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        refused = {status for status in operation["responses"] if status.startswith("4")}
        assert {"401", "403", "422"} <= refused, (method, path)
        for status in refused:
            assert "application/problem+json" in operation["responses"][status]["content"], (method, path, status)


def test_whoever_changes_what_exists_says_which_version_they_saw(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        headers = {each["name"].lower() for each in operation.get("parameters", []) if each["in"] == "header"}
        of_one_reader = "/imports" in path  # a list that is being examined is of the one who sent it
        if (method == "patch" and not of_one_reader) or "428" in operation["responses"]:
            assert "if-match" in headers, (method, path)
        if method == "post" and "/imports" not in path:  # a file that is sent again is found to be here already
            assert "idempotency-key" in headers, (method, path)


def test_its_examples_are_what_it_takes(document: dict[str, Any]) -> None:
    shown = 0
    for path, method, operation in operations(document):
        for content in operation.get("requestBody", {}).get("content", {}).values():
            for example in content.get("examples", {}).values():
                schema = {**content["schema"], "components": document["components"]}
                jsonschema_rs.validator_for(schema).validate(example["value"])
                shown += 1
        assert path.startswith("/registry/api/v1/"), (method, path)
    assert shown >= 8


def test_no_address_of_the_api_takes_a_name_or_an_address_of_a_person(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        asked = {each["name"] for each in operation.get("parameters", []) if each["in"] in ("query", "path")}
        assert not asked & {"name", "email", "phone", "person"}, (method, path)
