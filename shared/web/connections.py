"""Connections that are never left open for nothing: deadlines for the head and the body of a request, and a limit.

uvicorn waits for ever for a request that was begun. A few hundred begun ones, which anybody can make by hand, would
use up the files that a process may open, and then nobody is answered. A proxy in front has such deadlines as well; this
is for the day on which there is none.
"""

import asyncio
import resource

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_WITHIN = 10.0  # seconds from the connection, or from a request's first byte, to the end of its head
BODY_WITHIN = 30.0  # seconds for a body, and one more for each
SLOWEST = 4_000  # bytes of it: a slow line is welcome, a dripping one is not
IDLE = 75.0  # seconds that a connection is kept for the next request; longer than proxies keep theirs
MOST = 4_000  # connections of one process
_RESERVE = 200  # files that are no connections of visitors: the database, Kafka, logs, what is being served
_WANTED_FILES = 65_536

_BUSY = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_LATE = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


def open_enough_files() -> None:
    """Raise how many files this process may open, as far as the system allows: its soft limit is often 1024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _WANTED_FILES if hard == resource.RLIM_INFINITY else min(_WANTED_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def most_connections() -> int:
    """How many visitors one process has room for, whatever the system allows it."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if soft == resource.RLIM_INFINITY else max(1, min(MOST, soft - _RESERVE))


class Connection(HttpToolsProtocol):
    """One visitor's connection, which is closed when a deadline is over or there are too many."""

    _deadline: asyncio.TimerHandle | None = None
    _until = 0.0  # when the body has to be here, by the loop's clock
    _head_is_here = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > most_connections():
            transport.write(_BUSY)
            transport.close()
        else:
            self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._let_go()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._deadline is None:  # the first byte of the next request
            self._wait_for_head()
        super().data_received(data)

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._let_go()
        self._head_is_here = True
        self._until = self.loop.time() + BODY_WITHIN
        self._deadline = self.loop.call_at(self._until, self._look_at_body)

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        self._until += len(body) / SLOWEST

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._let_go()

    def _wait_for_head(self) -> None:
        self._head_is_here = False
        self._deadline = self.loop.call_later(HEAD_WITHIN, self._close_late)

    def _look_at_body(self) -> None:
        if self.loop.time() < self._until:
            self._deadline = self.loop.call_at(self._until, self._look_at_body)
        else:
            self._close_late()

    def _close_late(self) -> None:
        """Say so if nothing else was said, and end it; the reader of the body is told that the visitor is gone."""
        cycle = self.cycle
        silent = not cycle.response_started if self._head_is_here else cycle is None or cycle.response_complete
        if silent:
            self.transport.write(_LATE)
        self.transport.close()

    def _let_go(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
