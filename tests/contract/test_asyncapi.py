"""The AsyncAPI document fulfils the specification, points only at what exists, and shows examples that are true."""

import copy
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import jsonschema_rs
import pytest

from shared.contracts import TOPICS
from shared.contracts.asyncapi import document

with warnings.catch_warnings():
    warnings.simplefilter("ignore", UserWarning)  # two of its models have a field called `schema`, as the standard does
    from asyncapi3.models import AsyncAPI3

Document = dict[str, Any]
_DOCUMENT = document("1.0")


def _everything(node: Any) -> Iterator[Document]:
    """Every object of a document, however deep."""
    if isinstance(node, dict):
        yield node
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _everything(inner)


def _at(root: Document, reference: str) -> Any:
    node: Any = root
    for part in reference.removeprefix("#/").split("/"):
        node = node[part]
    return node


def _validate(root: Document) -> None:
    """What the specification asks: its structure, references that lead somewhere, and schemas that are schemas.

    The structure is the specification's own, as strict models; the other two it leaves to tools.
    """
    AsyncAPI3.model_validate(root)
    for node in _everything(root):
        if isinstance(node.get("$ref"), str):
            _at(root, node["$ref"])
    for schema in root["components"]["schemas"].values():
        jsonschema_rs.meta.validate(schema | {"$schema": "http://json-schema.org/draft-07/schema#"})
    for operation in root["operations"].values():
        offered = operation["channel"]["$ref"] + "/messages/"
        if not all(message["$ref"].startswith(offered) for message in operation["messages"]):
            raise ValueError("an operation names a message that its channel does not have")


def test_the_document_fulfils_the_specification() -> None:
    _validate(_DOCUMENT)


_ACTIVITIES_SENT = "registry-sends-activities"
_BROKEN: list[tuple[str, Callable[[Document], object]]] = [
    ("another version", lambda d: d.update(asyncapi="9.0.0")),
    ("no info", lambda d: d.pop("info")),
    ("no title", lambda d: d["info"].pop("title")),
    ("an unknown section", lambda d: d.update(topics={})),
    ("an unknown action", lambda d: d["operations"][_ACTIVITIES_SENT].update(action="publish")),
    ("an operation without channel", lambda d: d["operations"][_ACTIVITIES_SENT].pop("channel")),
    ("a misspelt field of a channel", lambda d: d["channels"]["activities"].update(adress="x")),
    (
        "a misspelt field of a binding",
        lambda d: d["channels"]["activities"]["bindings"]["kafka"].update(partition=1),
    ),
    (
        "a cleanup policy that is no list",
        lambda d: d["channels"]["activities"]["bindings"]["kafka"]["topicConfiguration"].update(
            {"cleanup.policy": "compact"}
        ),
    ),
    ("headers that are no schema", lambda d: d["components"]["messages"]["activity-created"].update(headers=5)),
    ("a schema of an unknown type", lambda d: d["components"]["schemas"]["Activity"].update(type="objekt")),
    (
        "a channel that does not exist",
        lambda d: d["operations"][_ACTIVITIES_SENT].update(channel={"$ref": "#/channels/x"}),
    ),
    (
        "a payload that does not exist",
        lambda d: d["components"]["messages"]["activity-created"].update(payload={"$ref": "#/components/schemas/x"}),
    ),
    (
        "a message of another channel",
        lambda d: d["operations"][_ACTIVITIES_SENT]["messages"].append(
            {"$ref": "#/channels/programmes/messages/programme-defined"}
        ),
    ),
]


@pytest.mark.parametrize("broken", [case[1] for case in _BROKEN], ids=[case[0] for case in _BROKEN])
def test_a_broken_document_is_refused(broken: Callable[[Document], object]) -> None:
    root = copy.deepcopy(_DOCUMENT)
    broken(root)
    with pytest.raises((ValueError, KeyError)):
        _validate(root)


def test_every_topic_is_a_channel_with_all_its_events() -> None:
    channels = {channel["address"]: set(channel["messages"]) for channel in _DOCUMENT["channels"].values()}
    assert channels == {topic.name: set(topic.events) for topic in TOPICS}


def test_only_the_named_services_receive_what_is_private() -> None:
    receivers = {
        topic.name: {
            name.partition("-receives-")[0]
            for name, operation in _DOCUMENT["operations"].items()
            if operation["action"] == "receive" and operation["channel"]["$ref"] == f"#/channels/{topic.noun}"
        }
        for topic in TOPICS
    }
    for topic in TOPICS:
        if topic.audience == "private":
            assert receivers[topic.name] == set(topic.readers)
            assert topic.readers
            assert _DOCUMENT["channels"][topic.noun]["tags"] == [{"name": "private"}]
        else:
            assert receivers[topic.name] == {"anyone"}


def test_each_topic_has_one_writer() -> None:
    senders = [name for name, operation in _DOCUMENT["operations"].items() if operation["action"] == "send"]
    assert sorted(senders) == sorted(f"{topic.writer}-sends-{topic.noun}" for topic in TOPICS)


@pytest.mark.parametrize("name", _DOCUMENT["components"]["messages"])
def test_an_example_fulfils_the_schemas_it_stands_beside(name: str) -> None:
    message = _DOCUMENT["components"]["messages"][name]
    (example,) = message["examples"]
    for part in ("headers", "payload"):
        schema = message[part] | {"components": _DOCUMENT["components"]}
        jsonschema_rs.Draft7Validator(schema, validate_formats=True).validate(example[part])
    wrong = example["headers"] | {"ce_type": "org.registan.something-else"}
    assert not jsonschema_rs.Draft7Validator(message["headers"] | {"components": _DOCUMENT["components"]}).is_valid(
        wrong
    )
