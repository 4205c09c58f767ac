"""One click is one trace: through the outbox and Kafka to the figure, and to the mail, as one connected tree.

Real processes send their spans to a small receiver of OTLP over HTTP.
"""

import threading
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from deploy.local.kafka import Kafka
from shared.settings import SERVICES
from tests.databases import Databases
from tests.installation import Installation, installed
from tests.integration.bus import eventually


@dataclass(frozen=True)
class Seen:
    """A span, and the service that sent it."""

    service: str
    name: str
    kind: str
    id: bytes
    parent: bytes
    trace: bytes
    attributes: dict[str, str]


@contextmanager
def receiver(seen: list[Seen]) -> Iterator[str]:
    """The address of an OTLP receiver that keeps what it gets."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["content-length"])))
            for resource in sent.resource_spans:
                (service,) = (a.value.string_value for a in resource.resource.attributes if a.key == "service.name")
                for scope in resource.scope_spans:
                    seen.extend(_read(service.removeprefix("registan-"), span) for span in scope.spans)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _read(service: str, span: Span) -> Seen:
    attributes = {a.key: a.value.string_value or str(a.value.int_value) for a in span.attributes}
    kind = Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_")
    return Seen(service, span.name, kind, span.span_id, span.parent_span_id, span.trace_id, attributes)


@pytest.fixture
def seen() -> list[Seen]:
    return []


@pytest.fixture
async def traced(
    seen: list[Seen], tmp_path: Path, databases: Databases, kafka: Kafka, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Installation]:
    with databases.cloning() as clone, receiver(seen) as address:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "200")
        monkeypatch.setenv("REGISTAN_NOTIFY_SETTLE_SECONDS", "0")
        urls = {service: clone(service) for service in SERVICES}
        with installed(tmp_path / "home", urls, kafka, f"traces-{uuid.uuid4().hex[:8]}.") as running:
            yield running


async def test_one_click_is_one_tree_from_the_request_to_the_figure_and_the_mail(
    traced: Installation, seen: list[Seen]
) -> None:
    first = datetime.now(UTC).date() + timedelta(days=30)
    async with traced.client("registry") as client:
        sample = {
            "name": {"en": "Sample programme"},
            "synthetic": True,
            "languages": ["en", "ru"],
            "countries": ["KG"],
            "phases": [{"code": "1", "starts": "2020", "ends": "2040"}],
        }
        assert (await client.put("api/v1/programmes/SAMPLE", json=sample)).status_code == 200
        activity = {
            "programme": "SAMPLE",
            "phase": "1",
            "kind": "workshop",
            "scope": "national",
            "delivery": "in-person",
            "title": {"en": "Sample workshop"},
            "starts": str(first),
            "beneficiary_countries": ["KG"],
        }
        planned = await client.post("api/v1/activities", json=activity)
        assert planned.status_code == 201, planned.text
        person = {"name": "Sample Person 1", "email": "one@example.org"}
        click = f"{0x4BF92F3577B34DA6A3CE929D0E0E4736:032x}"
        registered = await client.post(
            f"api/v1/activities/{planned.json()['id']}/registrations",
            json={"person": person},
            headers={"traceparent": f"00-{click}-00f067aa0ba902b7-01"},
        )
        assert registered.status_code == 201, registered.text

    def tree() -> list[Seen]:
        return [span for span in list(seen) if span.trace == bytes.fromhex(click)]

    async def complete() -> bool:
        have = {(span.service, span.kind) for span in tree()}
        mailed = any(span.name == "mail" for span in tree())
        return mailed and {("reporting", "CONSUMER"), ("registry", "PRODUCER"), ("registry", "SERVER")} <= have

    await eventually(complete, within=90)
    spans = {span.id: span for span in tree()}
    roots = [span for span in spans.values() if span.parent not in spans]
    assert [(root.service, root.kind) for root in roots] == [("registry", "SERVER")]

    def above(span: Seen) -> list[str]:
        found = []
        while span.parent in spans:
            span = spans[span.parent]
            found.append(f"{span.service} {span.kind}")
        return found

    (mail,) = [span for span in spans.values() if span.name == "mail"]
    assert mail.service == "notifications"
    assert above(mail) == ["notifications CONSUMER", "registry PRODUCER", "registry SERVER"]
    told = [span for span in spans.values() if (span.service, span.kind) == ("reporting", "CONSUMER")]
    assert [above(span) for span in told] == [["registry PRODUCER", "registry SERVER"]] * len(told)
    (figure,) = [span for span in told if span.attributes["messaging.destination.name"] == "registan.participants.v1"]
    assert figure.attributes["messaging.system"] == "kafka"
    assert figure.attributes["messaging.operation.type"] == "process"
    assert figure.attributes["messaging.consumer.group.name"] == "reporting"
    written = {span.name for span in spans.values() if span.parent == figure.id}
    assert "INSERT" in written, written
    asked = {span.name for span in spans.values() if span.parent == roots[0].id and span.kind == "CLIENT"}
    assert {"SELECT", "INSERT"} <= asked
    assert not [span for span in seen if span.name.endswith(("/readyz", "/healthz", "/metrics"))]
    assert "Sample Person" not in repr(seen)
    assert "example.org" not in repr(seen)
