"""What `registan status` says of a service, from what the service says of itself."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from deploy.local.ports import LOOPBACK
from deploy.local.readiness import away_from, missing_at
from tests.ports import free_port


@contextmanager
def answering(status: int, **checks: str) -> Iterator[int]:
    class Readyz(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps({"checks": checks}).encode())

        def log_message(self, *_words: object) -> None:
            """Nothing: a test is quiet."""

    server = HTTPServer((LOOPBACK, 0), Readyz)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_service_that_is_ready_may_still_say_what_it_does_without() -> None:
    with answering(200, database="ok", facts="the group is paused") as port:
        assert missing_at(port) == ""
        assert away_from(port) == "facts: the group is paused"


def test_a_service_that_has_all_it_needs_has_nothing_to_say() -> None:
    with answering(200, database="ok", kafka="ok") as port:
        assert away_from(port) == ""


@pytest.mark.parametrize("ask", [missing_at, away_from])
def test_a_service_that_is_not_ready_is_quoted(ask: Callable[[int], str]) -> None:
    with answering(503, database="gone") as port:
        assert "gone" in ask(port)


def test_a_port_where_nobody_listens_is_told_apart() -> None:
    assert "does not answer" in away_from(free_port())
