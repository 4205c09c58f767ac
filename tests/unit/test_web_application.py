"""What surrounds every service's routes: errors as problems, limits, headers, measurements."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

import httpx2
import pytest
from fastapi import APIRouter, Body, FastAPI, File, UploadFile
from opentelemetry.sdk.trace import TracerProvider
from pydantic import BaseModel, Field
from structlog.testing import capture_logs

from shared.errors import DomainError
from shared.settings import WrongSettings
from shared.web.application import UPLOAD_LIMIT
from shared.web.identity import public
from tests.web import PAGE, SCRAPER, settings_of, site_of, visitor

CANARY = "Canary Person"


class KettleEmpty(DomainError):
    """There is no water in the kettle: fill it."""

    status = 409
    slug = "kettle-empty"


class Tea(BaseModel):
    cups: Annotated[int, Field(ge=1)]
    guest: str


router = APIRouter(dependencies=[public])


@router.post("/api/v1/tea")
async def brew(tea: Tea) -> int:
    if tea.cups > 100:
        raise KettleEmpty(f"{tea.cups} cups need more water than there is.", field="cups")
    if tea.guest == CANARY:
        raise RuntimeError(f"no seat for {tea.guest}")
    return tea.cups


@router.post("/api/v1/any")
async def take(body: Annotated[bytes, Body()]) -> int:
    return len(body)


@router.post("/api/v1/import", max_body_size=UPLOAD_LIMIT)
async def take_file(file: Annotated[UploadFile, File()]) -> int:
    return len(await file.read())


@router.get("/api/v1/broken")
@router.get("/broken")
async def broken() -> int:
    raise RuntimeError(CANARY)


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    return site_of(settings_of("registry", tmp_path), [router])


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    async with visitor(app) as client:
        yield client


def problem(response: httpx2.Response, status: int, slug: str) -> dict[str, object]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    members: dict[str, object] = response.json()
    assert members["type"] == f"urn:registan:problem:{slug}"
    assert members["status"] == status
    assert members["title"]
    return members


async def test_a_domain_error_is_answered_with_its_own_status_sentence_and_field(client: httpx2.AsyncClient) -> None:
    answer = problem(await client.post("/registry/api/v1/tea", json={"cups": 101, "guest": "a"}), 409, "kettle-empty")
    assert answer["title"] == "There is no water in the kettle: fill it."
    assert answer["errors"] == [{"field": "cups", "reason": "101 cups need more water than there is."}]


async def test_each_field_that_is_wrong_is_named_with_its_reason(client: httpx2.AsyncClient) -> None:
    answer = problem(await client.post("/registry/api/v1/tea", json={"cups": 0}), 422, "invalid")
    errors = {error["field"]: error["reason"] for error in answer["errors"]}  # type: ignore[attr-defined]
    assert errors == {"cups": "This is too small: at least 1.", "guest": "This is needed: fill it in."}


async def test_what_is_refused_is_not_quoted_back(client: httpx2.AsyncClient) -> None:
    response = await client.post("/registry/api/v1/tea", json={"cups": CANARY, "guest": "x"})
    problem(response, 422, "invalid")
    assert CANARY not in response.text


@pytest.mark.parametrize(
    ("body", "slug"), [(b'{"cups": ', "not-json"), (b'{"cups": 1, "guest": "\xff"}', "unreadable")]
)
async def test_a_body_that_cannot_be_read_is_a_bad_request(client: httpx2.AsyncClient, body: bytes, slug: str) -> None:
    response = await client.post("/registry/api/v1/tea", content=body, headers={"content-type": "application/json"})
    problem(response, 400, slug)


async def test_an_address_or_a_method_that_is_not_there_is_a_problem_too(client: httpx2.AsyncClient) -> None:
    problem(await client.get("/registry/api/v1/nothing"), 404, "not-found")
    answer = problem(await client.delete("/registry/api/v1/tea"), 405, "method-not-allowed")
    assert answer["detail"] == "Use POST."


@pytest.mark.parametrize(
    ("address", "status"), [("/tea?cups=%00", 400), ("/tea?%00=1", 400), ("/tea?a=1%0000", 400), ("/%00", 404)]
)
@pytest.mark.parametrize("where", ["/registry/api/v1", "/registry"])
async def test_an_address_with_a_null_character_is_refused_without_an_error_in_the_log(
    client: httpx2.AsyncClient, where: str, address: str, status: int
) -> None:
    with capture_logs() as lines:
        answer = await client.get(where + address)
    assert answer.status_code == status
    assert not [line for line in lines if line["log_level"] == "error"]


async def test_an_unforeseen_failure_has_an_id_that_is_in_the_log_and_nothing_of_what_it_was_about(
    client: httpx2.AsyncClient,
) -> None:
    with capture_logs() as lines:
        response = await client.post("/registry/api/v1/tea", json={"cups": 1, "guest": CANARY})
    answer = problem(response, 500, "unexpected")
    (line,) = [line for line in lines if line["event"] == "request_failed"]
    assert line["id"] == answer["id"]
    assert "RuntimeError" in line["error"][0]
    assert CANARY not in response.text
    assert CANARY not in json.dumps(lines, default=str)


async def test_a_database_that_is_away_is_said_to_be_away(tmp_path: Path) -> None:
    away = APIRouter(dependencies=[public])
    app = site_of(settings_of("registry", tmp_path), [away])

    @away.get("/api/v1/row")
    async def row() -> None:
        await app.state.service.database.ping()

    async with visitor(app) as client:
        response = await client.get("/registry/api/v1/row")
    problem(response, 503, "try-again")
    assert response.headers["retry-after"] == "5"


async def test_a_body_over_the_limit_is_refused_before_it_is_read_to_its_end(client: httpx2.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 50_000_000:
            sent += 100_000
            yield b"x" * 100_000

    announced = await client.post("/registry/api/v1/any", content=b"x" * 1_000_001)
    problem(announced, 413, "too-large")
    problem(await client.post("/registry/api/v1/any", content=endless()), 413, "too-large")
    assert sent < 2_000_000


async def test_a_route_that_takes_files_may_take_more(client: httpx2.AsyncClient) -> None:
    fits = await client.post("/registry/api/v1/import", files={"file": ("list.csv", b"x" * 5_000_000)})
    assert fits.json() == 5_000_000
    problem(
        await client.post("/registry/api/v1/import", files={"file": ("a.csv", b"x" * 20_000_001)}), 413, "too-large"
    )


@pytest.mark.parametrize(
    "path", ["/healthz", "/registry/api/v1/nothing", "/registry/broken", "/registry/static/registan.js"]
)
async def test_every_answer_protects_its_reader(client: httpx2.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["connect-src"] == policy["form-action"]  # the sister services, and nobody else
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-content-type-options"] == "nosniff"
    assert "server" not in headers


async def test_forms_may_lead_to_the_sister_services_and_nowhere_else(tmp_path: Path) -> None:
    settings = settings_of("registry", tmp_path, reporting_url="https://figures.example.org/")
    async with visitor(site_of(settings)) as client:
        policy = (await client.get("/healthz")).headers["content-security-policy"]
    assert "form-action 'self' http://127.0.0.1:8001 http://127.0.0.1:8003 https://figures.example.org;" in policy


async def test_https_is_asked_to_stay_only_where_it_is_there(tmp_path: Path) -> None:
    for url, wanted in (("https://registan.example.org", True), ("http://127.0.0.1:8001", False)):
        async with visitor(site_of(settings_of("registry", tmp_path, registry_url=url))) as client:
            assert ("strict-transport-security" in (await client.get("/healthz")).headers) is wanted


async def test_pages_are_kept_by_nobody_and_static_files_for_ever(client: httpx2.AsyncClient) -> None:
    page = await client.get("/registry/nothing", headers=PAGE)
    assert page.headers["cache-control"] == "no-store"
    stylesheet = next(part for part in page.text.split('"') if "registan.css?v=" in part)
    assert "immutable" in (await client.get(stylesheet)).headers["cache-control"]


@pytest.mark.parametrize("name", ["htmx.min.js", "registan.css", "registan.js", "registan.svg"])
async def test_what_pages_need_is_served_from_here(client: httpx2.AsyncClient, name: str) -> None:
    assert (await client.get(f"/registry/static/{name}")).status_code == 200


@pytest.mark.parametrize("name", ["..%2Fpages.py", "%2e%2e/pages.py", "pages.py", "/etc/passwd", "registan.css%00"])
async def test_no_other_file_is_served(client: httpx2.AsyncClient, name: str) -> None:
    assert (await client.get(f"/registry/static/{name}")).status_code == 404


async def test_requests_are_measured_by_the_template_of_their_route(client: httpx2.AsyncClient) -> None:
    await client.get("/registry/static/registan.js?v=secret")
    for path in ("/registry/surprise/17", "/registry/surprise/18"):
        await client.request("INVENTED", path)
    metrics = (await client.get("/metrics", headers=SCRAPER)).text
    assert 'method="GET",route="/registry/static/{file}",service="registry",status="200"' in metrics
    assert "surprise" not in metrics
    assert "INVENTED" not in metrics


async def test_the_log_names_the_path_and_never_the_query(client: httpx2.AsyncClient) -> None:
    with capture_logs() as lines:
        await client.get("/registry/api/v1/nothing?search=Canary+Person")
    (line,) = [line for line in lines if line["event"] == "request"]
    assert line["path"] == "/registry/api/v1/nothing"
    assert "Canary" not in json.dumps(lines, default=str)


async def test_a_request_continues_the_trace_it_came_with(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    from shared.web import middleware

    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(middleware, "tracer", provider.get_tracer("test"))
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    await client.get(
        "/registry/static/registan.js?who=Canary", headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    )
    (span,) = exporter.get_finished_spans()
    assert span.name == "GET /registry/static/{file}"
    assert span.context is not None
    assert f"{span.context.trace_id:032x}" == trace
    assert "Canary" not in span.to_json()


@pytest.mark.parametrize("path", ["/registry/api/v1/tea/", "/registry/broken/", "/healthz/"])
async def test_nobody_is_led_to_a_server_that_the_request_names(client: httpx2.AsyncClient, path: str) -> None:
    answer = await client.get(path, headers={"host": "evil.example"})
    assert answer.status_code == 404
    assert "evil.example" not in answer.text + str(answer.headers)


async def test_a_counter_has_no_second_series_for_the_time_it_was_made(client: httpx2.AsyncClient) -> None:
    assert "_created" not in (await client.get("/metrics", headers=SCRAPER)).text


async def test_alive_and_ready_are_two_questions(app: FastAPI, client: httpx2.AsyncClient) -> None:
    assert (await client.get("/healthz")).status_code == 200
    assert (await client.get("/readyz")).json()["checks"] == {"database": "not yet looked at"}
    await app.state.health.look()
    ready = await client.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["ready"] is False
    assert "refused" in ready.json()["checks"]["database"].lower()


async def test_a_service_whose_key_is_missing_does_not_start(tmp_path: Path) -> None:
    settings = settings_of("registry", tmp_path)
    settings.session_public_key_file.unlink()
    with pytest.raises(WrongSettings, match="cannot be read"):
        site_of(settings)


async def test_the_way_in_leads_to_the_services_main_page(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/")).headers["location"] == "/registry/"


async def test_a_failure_is_explained_on_a_page_in_the_readers_language(client: httpx2.AsyncClient) -> None:
    english = await client.get("/registry/broken", headers=PAGE)
    assert english.status_code == 500
    assert "This is our mistake." in english.text
    russian = await client.get("/registry/broken", headers={**PAGE, "accept-language": "ru-KG"})
    assert 'lang="ru"' in russian.text
    assert "our mistake" not in russian.text
    assert CANARY not in english.text + russian.text


async def test_htmx_gets_a_failure_as_a_message_at_its_place(client: httpx2.AsyncClient) -> None:
    response = await client.get("/registry/broken", headers={"hx-request": "true"})
    assert response.headers["hx-retarget"] == "#messages"
    assert "<html" not in response.text


async def test_the_api_speaks_english_to_every_machine(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/registry/api/v1/tea", json={}, headers={"accept-language": "ru"})
    assert answer.json()["errors"][0]["reason"] == "This is needed: fill it in."
