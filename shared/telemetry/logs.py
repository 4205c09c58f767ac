"""Logs: JSON lines in production, readable in a terminal; with trace id, never with a name or an address.

Everything goes to standard error, through one pipeline for our own and the libraries' lines. While Kafka is away its
client would write a hundred lines a second, hours long; of lines that differ in their values only, one in half a minute
is kept, and the next one says how many were left out.
"""

import logging
import sys
from collections import Counter
from collections.abc import MutableMapping
from typing import Any, Literal

import structlog
from opentelemetry import trace
from structlog.typing import Processor, WrappedLogger


def _of(service: str) -> Processor:
    """Every line names its service, in whatever context it is written; a line may name another one itself."""

    def name(_logger: WrappedLogger, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        line.setdefault("service", service)
        return line

    return name


def _trace_id(_logger: WrappedLogger, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    span = trace.get_current_span().get_span_context()
    if span.is_valid:
        line["trace_id"] = f"{span.trace_id:032x}"
    return line


_REPEATS = ("aiokafka", "asyncio")
_MOST_KNOWN = 1000  # sentences
_QUIET_FOR = 30.0  # seconds


class Repetitions(logging.Filter):
    """Leaves out what Kafka's client, and asyncio when files run out, say again and again."""

    def __init__(self) -> None:
        super().__init__()
        self._said_at: dict[tuple[str, str], float] = {}
        self._left_out: Counter[tuple[str, str]] = Counter()

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith(_REPEATS):
            return True
        what = (record.name, str(record.msg))  # before its values are filled in: there are a few dozen of them
        if record.created - self._said_at.get(what, 0.0) < _QUIET_FOR:
            self._left_out[what] += 1
            return False
        if len(self._said_at) > _MOST_KNOWN:
            self._said_at.clear()
        self._said_at[what] = record.created
        if left_out := self._left_out.pop(what, 0):
            record.left_out = left_out
        return True


def configure(format: Literal["json", "console"], level: str, service: str) -> None:
    """Send all logging of this process through one pipeline, for people (`console`) or machines (`json`)."""
    shared: list[Processor] = [
        _of(service),
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        _trace_id,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: list[Any] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if format == "json"
        # Local variables of a failure would show what it was about.
        else [
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
        ]
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
        )
    )
    handler.addFilter(Repetitions())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    logging.getLogger("security").setLevel("INFO")  # whatever level the others have
    for chatty in ("uvicorn.access", "aiokafka", "faststream", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
