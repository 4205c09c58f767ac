"""The catalogue: open to everybody, the same as files and over HTTP, and whatever it names can be had."""

import json
import posixpath
from pathlib import Path

import httpx2
import jsonschema_rs
import pytest
from typer.testing import CliRunner

from deploy.cli import app as registan
from services.registry.http.catalogue.site import PLACES, SUMMARIES, site
from shared.contracts import PUBLIC, TOPICS
from shared.contracts.asyncapi import Place
from shared.contracts.examples import example_events
from shared.contracts.schemas import draft_07, schemas
from tests.pages import Page
from tests.web import built, visitor

PLACE = Place("https://registan.example.org", "kafka.example.org:9093", "events@example.org")
PAGES = sorted(name for name in site(PLACE) if name.endswith(".html"))


def _page(name: str) -> Page:
    request = httpx2.Request("GET", f"https://registan.example.org/registry/contracts/{name}")
    return Page(httpx2.Response(200, content=site(PLACE)[name], request=request))


def test_each_public_topic_has_its_page_in_each_language_and_no_private_one_has() -> None:
    for folder in PLACES.values():
        for topic in TOPICS:
            assert (f"{folder}{topic.name}.html" in PAGES) is (topic.audience == "public")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_sound_and_all_its_links_lead_somewhere(name: str) -> None:
    page = _page(name)
    assert page.mistakes == []
    for link in page.links:
        if not link.startswith("#"):
            assert posixpath.normpath(posixpath.join(posixpath.dirname(name), link)) in site(PLACE)


@pytest.mark.parametrize("topic", PUBLIC, ids=lambda topic: topic.name)
def test_the_page_of_a_topic_tells_its_events_its_fields_and_who_answers_for_it(topic) -> None:  # type: ignore[no-untyped-def]
    html = _page(f"{topic.name}.html").html
    assert all(f"org.registan.{event}" in html for event in topic.events)
    assert all(f"<code>{field}</code>" in html for field in topic.state.model_fields)
    assert "events@example.org" in html
    assert str(SUMMARIES[topic.name]) == topic.summary


@pytest.mark.parametrize("event", example_events(), ids=lambda event: event.type)
def test_the_dataschema_of_an_event_leads_to_its_schema_by_the_rule(event) -> None:  # type: ignore[no-untyped-def]
    dataschema = dict(event.to_record().headers)["ce_dataschema"].decode()
    path = dataschema.replace("urn:registan:schema:", "schemas/") + ".schema.json"
    schema = json.loads(site(PLACE)[path])
    assert schema["$id"] == dataschema
    jsonschema_rs.Draft202012Validator(schema).validate(json.loads(event.to_record().value or b""))


@pytest.mark.parametrize("name", schemas())
def test_the_older_dialect_says_the_same_and_has_no_id(name: str) -> None:
    older = draft_07(schemas()[name])
    assert "$id" not in older
    jsonschema_rs.Draft7Validator(older)  # it is a schema of its dialect, and its references lead somewhere
    for event in example_events():
        if event.topic.name == name:
            value = json.loads(event.to_record().value or b"")
            assert jsonschema_rs.Draft7Validator(older).is_valid(value)
            assert not jsonschema_rs.Draft7Validator(older).is_valid(value | {"version": "x"})


def test_the_document_says_where_this_installation_is_reached_and_who_answers() -> None:
    told = json.loads(site(PLACE)["asyncapi.json"])
    assert told["servers"]["kafka"]["host"] == "kafka.example.org:9093"
    assert told["servers"]["feed"]["host"] == "registan.example.org"
    assert told["info"]["contact"] == {"email": "events@example.org"}
    assert told["info"]["version"] == json.loads(site(PLACE)["changelog.json"])[0]["version"]


def test_the_rules_name_the_statuses_they_count() -> None:
    rules = {rule["id"]: rule for rule in json.loads(site(PLACE)["rules.json"])["rules"]}
    assert rules["events.v1"]["counts"] == [
        {"topic": "registan.activities.v1", "where": [{"field": "status", "in": ["held"]}]}
    ]
    assert rules["thematic.v1"]["counts"][0]["where"][1] == {"field": "kind", "not_in": ["steering-group"]}
    assert rules["capacity-building.v1"]["complete"] is False


def test_a_folder_is_written_for_any_web_server_and_one_that_is_full_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    said = CliRunner().invoke(registan, ["contracts", "site", str(folder), "--contact", "events@example.org"])
    assert said.exit_code == 0, said.output
    assert (folder / "ru" / "index.html").read_bytes() == site(Place(contact="events@example.org"))["ru/index.html"]
    again = CliRunner().invoke(registan, ["contracts", "site", str(folder)])
    assert again.exit_code == 1
    assert "not empty" in str(again.exception)


async def test_anybody_reads_it_over_http_and_need_not_ask_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = built("registry", tmp_path, monkeypatch)
    async with visitor(app) as guest:
        moved = await guest.get("/registry/contracts")
        assert (moved.status_code, moved.headers["location"]) == (308, "/registry/contracts/")
        first = await guest.get("/registry/contracts/schemas/registan.activities.v1.schema.json")
        assert first.headers["content-type"] == "application/schema+json"
        assert first.headers["access-control-allow-origin"] == "*"
        again = await guest.get(first.url.path, headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        russian = await guest.get("/registry/contracts/", headers={"accept-language": "ru"})
        assert "События" in russian.text
        english = await guest.get("/registry/contracts/")
        assert english.headers["content-type"].startswith("text/html")
        assert "Events to subscribe to" in english.text
    await app.state.service.database.close()


@pytest.mark.parametrize(
    "path", ["schemas/registan.activities.v7.schema.json", "registan.contacts.v1.html", "../settings.py", "x/"]
)
async def test_what_never_existed_is_answered_with_where_to_look(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = built("registry", tmp_path, monkeypatch)
    async with visitor(app) as guest:
        answer = await guest.get("/registry/contracts/" + path.replace("../", "%2e%2e%2f"))
        assert answer.status_code == 404
        assert "/registry/contracts/ names all that there is" in answer.json()["detail"]
    await app.state.service.database.close()
