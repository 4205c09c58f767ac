"""What is committed for subscribers is what the models say, keeps what was released, and agrees with the reader."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from typer.testing import CliRunner

from deploy.commands.contracts import app
from services.reporting.rules.document import document
from shared.contracts import TOPICS, Event, publishing
from shared.contracts.envelope import MalformedRecord, read
from shared.contracts.examples import example_events
from shared.contracts.schemas import headers_schema, schemas, topic_schema
from tests.strategies import histories

_VALIDATORS = {
    topic.name: jsonschema_rs.Draft202012Validator(topic_schema(topic), validate_formats=True) for topic in TOPICS
}
_HEADERS = jsonschema_rs.Draft202012Validator(headers_schema(), validate_formats=True)


def _value(event: Event) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(event.to_record().value or b"")
    return value


def test_the_committed_documents_are_generated_and_break_no_promise() -> None:
    assert publishing.findings(rules=document()) == []


def test_every_topic_was_released_with_a_schema() -> None:
    released = {path.name for path in (publishing.FOLDER / publishing.RELEASED).iterdir()}
    assert released >= {f"{topic.name}.schema.json" for topic in TOPICS}


@pytest.mark.parametrize("schema", schemas().values(), ids=schemas())
def test_a_schema_is_a_schema_of_its_dialect_and_says_what_it_is(schema: dict[str, Any]) -> None:
    jsonschema_rs.meta.validate(schema)
    assert schema["title"]
    assert schema["description"]
    assert schema["required"] == sorted(set(schema["required"]), key=schema["required"].index)


@pytest.mark.parametrize("event", example_events(), ids=lambda event: event.type)
def test_a_schema_is_found_by_the_dataschema_of_an_event(event: Event) -> None:
    headers = dict(event.to_record().headers)
    assert topic_schema(event.topic)["$id"] == headers["ce_dataschema"].decode()


@given(histories())
def test_what_can_be_published_fulfils_its_schema(history: tuple[Event, ...]) -> None:
    for event in history:
        _VALIDATORS[event.topic.name].validate(_value(event))
        _HEADERS.validate({name: raw.decode() for name, raw in event.to_record().headers})


_WRONG: tuple[Any, ...] = (None, True, -1, 1.5, "", "x" * 200, "not a word", [], ["x"], {}, {"x": 1})


@pytest.mark.parametrize("event", example_events(), ids=lambda event: event.type)
def test_what_a_schema_refuses_the_reader_refuses_too(event: Event) -> None:
    """Field by field, with values of every wrong kind; the reader may be stricter, never laxer."""
    record, validator = event.to_record(), _VALIDATORS[event.topic.name]
    refused = 0
    for field in _value(event):
        for wrong in _WRONG:
            value = _value(event) | {field: wrong}
            if not validator.is_valid(value):
                refused += 1
                with pytest.raises(MalformedRecord):
                    read(event.topic, record.key, json.dumps(value).encode(), record.headers)
    assert refused > len(_WRONG)


def test_a_schema_takes_fields_it_does_not_know() -> None:
    for event in example_events():
        assert _VALIDATORS[event.topic.name].is_valid(_value(event) | {"a_field_of_tomorrow": 1})


class TestCommand:
    """`registan contracts`, on a folder of its own."""

    @pytest.fixture
    def folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        for name in ("export", "release", "findings"):
            original = getattr(publishing, name)
            monkeypatch.setattr(publishing, name, partial(original, tmp_path))
        return tmp_path

    @staticmethod
    def _run(*command: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, command)
        return result.exit_code, result.output

    def test_export_says_what_it_wrote_and_then_that_nothing_changed(self, folder: Path) -> None:
        code, said = self._run("export")
        assert code == 0
        assert "created schemas/registan.activities.v1.schema.json" in said
        assert "created asyncapi.json" in said
        assert self._run("export") == (0, "Nothing changed.\n")

    def test_export_removes_a_schema_that_describes_nothing(self, folder: Path) -> None:
        self._run("export")
        (folder / "schemas" / "registan.gone.v1.schema.json").write_text("{}")
        assert self._run("export") == (0, "deleted schemas/registan.gone.v1.schema.json\n")

    def test_check_passes_what_was_exported_and_released(self, folder: Path) -> None:
        self._run("export")
        self._run("release")
        assert self._run("check")[0] == 0

    def test_check_fails_on_a_document_that_was_edited_by_hand_and_says_what_to_do(self, folder: Path) -> None:
        self._run("export")
        (folder / "asyncapi.json").write_text("{}")
        code, said = self._run("check")
        assert code == 1
        assert "asyncapi.json is not what the models say: run `registan contracts export`" in said

    def test_a_machine_is_told_the_same_in_json(self, folder: Path) -> None:
        assert {"path": "asyncapi.json", "change": "created"} in json.loads(self._run("export", "--json")[1])
        (folder / "asyncapi.json").unlink()
        code, said = self._run("check", "--json")
        assert code == 1
        assert json.loads(said) == ["asyncapi.json is not what the models say: run `registan contracts export`"]

    def test_check_and_release_refuse_what_breaks_a_promise(self, folder: Path) -> None:
        self._run("export")
        self._run("release")
        released = folder / "schemas" / "released" / "registan.activities.v1.schema.json"
        promise = json.loads(released.read_text())
        promise["properties"]["budget"] = {"type": "integer"}
        released.write_text(json.dumps(promise))
        for command in ("check", "release"):
            code, said = self._run(command)
            assert code == 1
            assert "registan.activities.v1: budget is removed" in said
        assert json.loads(released.read_text()) == promise
