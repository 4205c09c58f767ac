"""Traces: one click is one trace, to the figure and the mail. Sent only when an OTLP endpoint is configured.

The trace context leaves a transaction in the outbox row, crosses Kafka as the header `traceparent`, and a consumer's
batch links to the spans of the events in it.
"""

import os
from collections.abc import Iterable

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Link
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_propagator = TraceContextTextMapPropagator()
tracer = trace.get_tracer("registan")


def configure(service: str) -> None:
    """Record spans; export them where `OTEL_EXPORTER_OTLP_ENDPOINT` says, or nowhere."""
    provider = TracerProvider(resource=Resource.create({"service.name": f"registan-{service}"}))
    if os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        # Loaded only here: with protobuf and an HTTP client it is one of the larger things a service can load.
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


def current_traceparent() -> str | None:
    """The W3C trace context of this moment, to be written beside an event."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier.get("traceparent")


def links_to(traceparents: Iterable[str | None]) -> list[Link]:
    """Links to the spans that produced a batch; what is not a trace context is left out."""
    links = []
    for traceparent in {t for t in traceparents if t}:
        context = trace.get_current_span(_propagator.extract({"traceparent": traceparent})).get_span_context()
        if context.is_valid:
            links.append(Link(context))
    return links
