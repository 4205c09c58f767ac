"""A span for each statement, where anybody looks at traces: what it does, and never what it says."""

import re
from typing import Any

from opentelemetry.trace import SpanKind, StatusCode, get_current_span
from sqlalchemy import Connection, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.telemetry.traces import tracer

_SPAN = "span"
_CHANGE = re.compile(r"\b(INSERT|UPDATE|DELETE|MERGE)\b")


def trace_statements(engine: AsyncEngine) -> None:
    """Only inside of a span: what runs by itself (a look whether the database is there) is no part of any click."""

    def begin(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        if get_current_span().is_recording():
            operation = _operation_of(statement)
            attributes = {"db.system.name": "postgresql", "db.operation.name": operation}
            connection.info[_SPAN] = tracer.start_span(operation, kind=SpanKind.CLIENT, attributes=attributes)

    def end(connection: Connection, *_: Any) -> None:
        if span := connection.info.pop(_SPAN, None):
            span.end()

    def fail(error: ExceptionContext) -> None:
        if error.connection is not None and not error.connection.invalidated:
            if span := error.connection.info.get(_SPAN):
                span.set_status(StatusCode.ERROR, type(error.original_exception).__qualname__)
            end(error.connection)

    event.listen(engine.sync_engine, "before_cursor_execute", begin)
    event.listen(engine.sync_engine, "after_cursor_execute", end)
    event.listen(engine.sync_engine, "handle_error", fail)


def _operation_of(statement: str) -> str:
    """`SELECT`, `INSERT` …; of a statement that begins with WITH, what it changes."""
    first = next(iter(statement.split(None, 1)), "").upper()
    if first != "WITH":
        return first
    change = _CHANGE.search(statement)
    return change[1] if change else "SELECT"
