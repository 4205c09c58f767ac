"""Traces: one click is one trace, to the figure and the mail. Made only when an OTLP endpoint is configured.

The trace context leaves a transaction in the outbox row. The relay's span for each message is its child, and what
crosses Kafka as the header `traceparent`; a consumer's span is the child of that. A batch whose events belong to one
trace is worked on as a part of it; one of several traces has a trace of its own, with links, and each event's span
lies in the trace it came from. A mail keeps the context of the batch it was planned in.

Names and attributes follow OpenTelemetry's conventions for HTTP, messaging and databases. None holds a statement, a
query or anything of a person.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Link, Span, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue

_propagator = TraceContextTextMapPropagator()
tracer = trace.get_tracer("registan")


def configure(service: str) -> None:
    """Record spans; export them where `OTEL_EXPORTER_OTLP_ENDPOINT` says, or nowhere."""
    provider = TracerProvider(resource=Resource.create({"service.name": f"registan-{service}"}))
    if exported():
        # Loaded only here: with protobuf and an HTTP client it is one of the larger things a service can load.
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


def exported() -> bool:
    """Whether anybody looks at traces; a span for each message and statement is made only then."""
    return bool(os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"))


def current_traceparent() -> str | None:
    """The W3C trace context of this moment, to be written beside an event."""
    return _traceparent(trace.get_current_span())


def following(traceparent: str | None) -> Context:
    """The context in which a span is a part of the trace that this comes from."""
    return _propagator.extract({"traceparent": traceparent} if traceparent else {}, context=Context())


def links_to(traceparents: Iterable[str | None]) -> list[Link]:
    """Links to the spans that produced a batch; what is not a trace context is left out."""
    links = []
    for traceparent in sorted({t for t in traceparents if t}):
        context = trace.get_current_span(following(traceparent)).get_span_context()
        if context.is_valid:
            links.append(Link(context))
    return links


def sent(topic: str, traceparent: str) -> str:
    """A span for a message that goes to Kafka now; the context that it takes with it."""
    span = tracer.start_span(
        f"send {topic}",
        context=following(traceparent),
        kind=SpanKind.PRODUCER,
        attributes={
            "messaging.system": "kafka",
            "messaging.operation.type": "send",
            "messaging.operation.name": "send",
            "messaging.destination.name": topic,
        },
    )
    span.end()
    return _traceparent(span) or traceparent


@contextmanager
def processing(group: str, messages: Sequence[tuple[str, int, int, str | None]]) -> Iterator[None]:
    """The work on a batch of messages: topic, partition, offset and trace context of each."""
    if not exported():
        yield
        return
    links = links_to(traceparent for *_, traceparent in messages)
    one_trace = len({link.context.trace_id for link in links}) == 1
    with ExitStack() as spans:
        batch = {
            "messaging.system": "kafka",
            "messaging.operation.type": "process",
            "messaging.operation.name": "process",
            "messaging.consumer.group.name": group,
        }
        if not one_trace:
            many: dict[str, AttributeValue] = {**batch, "messaging.batch.message_count": len(messages)}
            spans.enter_context(
                tracer.start_as_current_span(f"process {group}", Context(), SpanKind.CONSUMER, many, links)
            )
        for number, (topic, partition, offset, traceparent) in enumerate(messages):
            if traceparent is None:
                continue
            span = tracer.start_span(
                f"process {topic}",
                following(traceparent),
                SpanKind.CONSUMER,
                {
                    **batch,
                    "messaging.destination.name": topic,
                    "messaging.destination.partition.id": str(partition),
                    "messaging.kafka.offset": offset,
                },
            )
            # Of one trace, the first one holds what is done for all.
            spans.enter_context(trace.use_span(span, end_on_exit=True) if one_trace and not number else _ending(span))
        yield


@contextmanager
def continuing(name: str, traceparent: str | None) -> Iterator[None]:
    """Later work that belongs to a trace: a mail, for example."""
    if not exported():
        yield
        return
    with tracer.start_as_current_span(name, following(traceparent), SpanKind.CLIENT):
        yield


@contextmanager
def _ending(span: Span) -> Iterator[None]:
    try:
        yield
    finally:
        span.end()


def _traceparent(span: Span) -> str | None:
    carrier: dict[str, str] = {}
    _propagator.inject(carrier, trace.set_span_in_context(span, Context()))
    return carrier.get("traceparent")
