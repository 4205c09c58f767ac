"""The files of the catalogue: pages in each language, and the documents that programs read.

All links are relative, so that the tree can lie anywhere. A `ce_dataschema` leads to its schema by one rule: replace
`urn:registan:schema:` by the catalogue's address and `schemas/`, and add `.schema.json`.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from shared.contracts import (
    ACTIVITIES,
    ORGANISATIONS,
    OUTPUTS,
    PARTICIPANTS,
    PROGRAMMES,
    PUBLIC,
    Event,
    Topic,
    asyncapi,
    publishing,
)
from shared.contracts.examples import example_events
from shared.contracts.schemas import Schema, draft_07, rendered, schemas
from shared.contracts.topics import PARTITIONS
from shared.web import language
from shared.web.pages import environment

_FOLDER = Path(__file__).parents[1]
_STYLES = Path(language.__file__).parent / "static"
PLACES: Mapping[language.Language, str] = {code: f"{code}/" if at else "" for at, code in enumerate(language.LANGUAGES)}
"""The folder of each language's pages."""


@cache
def site(place: asyncapi.Place) -> Mapping[str, bytes]:
    """Every file of the catalogue by its path."""
    documents = {path: rendered(document).encode() for path, document in _documents(place)}
    assets = {name: (_STYLES / name).read_bytes() for name in ("registan.css", "registan.svg")}
    script = {"contracts.js": (_FOLDER / "static" / "contracts.js").read_bytes()}
    return {**documents, **assets, **script, **dict(_pages(place))}


def _documents(place: asyncapi.Place) -> Iterator[tuple[str, Any]]:
    told = publishing.changelog()
    yield "asyncapi.json", asyncapi.document(told[0].version, place)
    yield "rules.json", _rules()
    yield "changelog.json", [{"version": v.version, "date": v.date, "added": v.added} for v in told]
    for name, schema in schemas().items():
        yield f"schemas/{name}{publishing.SUFFIX}", schema
        yield f"draft-07/{name}{publishing.SUFFIX}", draft_07(schema)


def _pages(place: asyncapi.Place) -> Iterator[tuple[str, bytes]]:
    templates = _environment()
    everywhere = {"place": place, "topics": PUBLIC, "versions": publishing.changelog(), "rules": _rules()["rules"]}
    for spoken, folder in PLACES.items():
        with language.speaking(spoken):
            for path, template, more in _contents():
                others = [(code, _up(folder) + where + path) for code, where in PLACES.items()]
                page = templates.get_template(f"contracts/{template}").render(
                    root=_up(folder), language=spoken, languages=others, names=language.names(), **everywhere, **more
                )
                yield folder + path, page.encode()


def _rules() -> Any:
    return json.loads((publishing.FOLDER / publishing.RULES).read_text(encoding="utf-8"))


def _contents() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each page: its file, its template and what it speaks of."""
    yield "index.html", "index.html", {}
    yield "rules.html", "rules.html", {}
    yield "changelog.html", "changelog.html", {}
    for topic in PUBLIC:
        schema = schemas()[topic.name]
        examples = [_example(event) for event in example_events() if event.topic is topic]
        more = {"topic": topic, "fields": list(_fields(schema, schema, "")), "examples": examples}
        yield f"{topic.name}.html", "topic.html", more | {"promise": asyncapi.PROMISE, "partitions": PARTITIONS}


def _up(folder: str) -> str:
    return "../" if folder else ""


def _example(event: Event) -> dict[str, str]:
    record = event.to_record()
    headers = "\n".join(f"{name}: {raw.decode()}" for name, raw in record.headers)
    value = json.dumps(json.loads(record.value or b"null"), indent=2, ensure_ascii=False)
    return {"type": event.type, "headers": headers, "value": value}


def _fields(node: Schema, root: Schema, path: str) -> Iterator[dict[str, Any]]:
    """Each field, inner ones below their own, as a row of a table."""
    required = node.get("required", ())
    for name, given in node.get("properties", {}).items():
        schema, kind = _resolved(given, root)
        where = f"{path}{name}"
        yield {
            "path": where,
            "kind": kind,
            "required": name in required,
            "says": given.get("description") or schema.get("description", ""),
            "words": schema.get("enum") or schema.get("x-words", ()),
            "otherwise": schema.get("x-otherwise"),
        }
        inner, _kind = _resolved(schema.get("items", schema), root)
        yield from _fields(inner, root, f"{where}{'[]' if 'items' in schema else ''}.")


def _resolved(schema: Schema, root: Schema) -> tuple[Schema, str]:
    """What a field holds where it holds something, and that in a word or two."""
    if "$ref" in schema:
        return _resolved(root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root)
    if "anyOf" in schema:
        some = next(each for each in schema["anyOf"] if each.get("type") != "null")
        return _resolved({**some, **({"description": schema["description"]} if "description" in schema else {})}, root)
    kind = str(schema.get("format") or schema.get("type", ""))
    return schema, f"array of {_resolved(schema['items'], root)[1]}" if "items" in schema else kind


@cache
def _environment() -> jinja2.Environment:
    templates = environment(_FOLDER / "templates")
    templates.globals["summary_of"] = summary_of
    return templates


SUMMARIES: Mapping[str, language.Text] = {
    PROGRAMMES.name: language.lazy("Programmes with their tree of phases and components."),
    ORGANISATIONS.name: language.lazy("Agencies, donors, implementers and partners."),
    ACTIVITIES.name: language.lazy("What a programme plans, holds, moves and cancels."),
    PARTICIPANTS.name: language.lazy("Who takes part in what, under pseudonyms."),
    OUTPUTS.name: language.lazy(
        "Documents and things that activities lead to, from the plan to those they are made for."
    ),
}
"""What each topic tells, as its contract says it, in the reader's language."""


def summary_of(topic: Topic) -> str:
    return str(SUMMARIES[topic.name])
