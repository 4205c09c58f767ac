"""Serves a service over HTTP until it is told to stop.

The service, not the server, decides what a signal means: runners finish first while pages still answer.
"""

import asyncio
import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from shared.service import Service
from shared.settings import ProcessRole, WrongSettings
from shared.web.application import application

FINISH_WITHIN = 4  # seconds that requests under way have once the server stops


class CannotListen(WrongSettings):
    """The address that the settings name cannot be listened at."""


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(service: Service, role: ProcessRole, stop: asyncio.Event) -> None:
    """Serve until `stop` is set; then let requests under way finish, end live streams, and return.

    Raises:
        CannotListen: the port is taken, or the host is not an address of this machine.
    """
    listener = _listen(service)
    app = application(service, role)
    app.state.stopping = stop
    config = uvicorn.Config(
        app,
        log_config=None,  # one pipeline for all logging
        access_log=False,  # Observation writes it, without the query
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=FINISH_WITHIN,
    )
    server = _Server(config)

    async def exit_when_told() -> None:
        await stop.wait()
        server.should_exit = True

    waiting = asyncio.create_task(exit_when_told())
    try:
        await server.serve(sockets=[listener])
    finally:
        waiting.cancel()
        listener.close()


def _listen(service: Service) -> socket.socket:
    host, port = service.settings.host, service.settings.port
    variable = f"REGISTAN_{service.name.upper()}_PORT"
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            reason = f"port {port} of {host} is used by another process: stop it, or choose another port"
        else:
            reason = f"cannot listen at {host}:{port}: {error.strerror or error}"
        raise CannotListen(f"{variable}: {reason}") from None
