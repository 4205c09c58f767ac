"""What a service's log holds: each thing that happens, and not the same thing a hundred times a second."""

import json
import logging
from collections.abc import Callable
from contextvars import Context
from typing import Any

import pytest
import structlog

from shared.settings import ServiceName
from shared.telemetry import logs
from shared.telemetry.logs import Repetitions

LogAsService = Callable[[ServiceName], None]


def said(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_what_the_kafka_client_repeats_is_written_once(
    log_as_service: LogAsService, capsys: pytest.CaptureFixture[str]
) -> None:
    log_as_service("reporting")
    client = logging.getLogger("aiokafka.client")
    for node in range(100):
        client.error("Unable connect to node with id %s", node)
        client.error("Unable to update metadata from %s", [node])
    assert [line["event"] for line in said(capsys)] == [
        "Unable connect to node with id 0",
        "Unable to update metadata from [0]",
    ]


def test_every_line_names_the_service_in_whatever_context_it_is_written(
    log_as_service: LogAsService, capsys: pytest.CaptureFixture[str]
) -> None:
    """A consumer works in an empty context, so that no batch outlives its work."""
    log_as_service("reporting")
    structlog.get_logger().info("here")
    Context().run(structlog.get_logger().info, "there")
    Context().run(logging.getLogger("a.library").info, "elsewhere")
    assert [line["service"] for line in said(capsys)] == ["reporting"] * 3


def test_what_was_left_out_is_counted_on_the_next_line(
    log_as_service: LogAsService, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    log_as_service("reporting")
    client = logging.getLogger("aiokafka.client")
    now = 1_800_000_000.0
    monkeypatch.setattr("time.time", lambda: now)
    for _ in range(8):
        client.error("Unable connect to node with id %s", 1)
    now += 31
    client.error("Unable connect to node with id %s", 1)
    now += 31
    client.error("Unable connect to node with id %s", 1)
    assert [line.get("left_out") for line in said(capsys)] == [None, 7, None]


def test_our_own_lines_are_all_written() -> None:
    record = logging.LogRecord("shared.bus.relay", logging.WARNING, "", 0, "kafka_away", None, None)
    repetitions = Repetitions()
    assert all(repetitions.filter(record) for _ in range(10))


def test_a_failure_in_a_terminal_shows_no_local_variables(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    try:
        logs.configure("console", "DEBUG", "reporting")
        structlog.configure(cache_logger_on_first_use=False)
        name = "Canary Person"
        try:
            raise RuntimeError(len(name))
        except RuntimeError:
            logging.getLogger("registan").exception("it failed")
    finally:
        root.handlers, root.level = before
        structlog.reset_defaults()
    said = capsys.readouterr().err
    assert "RuntimeError" in said
    assert "Canary" not in said
