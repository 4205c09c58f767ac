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
from shared.web.connections import IDLE, Connection, open_enough_files
from shared.web.health import Health

FINISH_WITHIN = 4  # seconds that requests under way have once the server stops
BACKLOG = 100  # connections that wait to be accepted; asyncio tries as many at once, and complains of each that fails


class CannotListen(WrongSettings):
    """The address that the settings name cannot be listened at."""


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(service: Service, role: ProcessRole, stop: asyncio.Event, leaving: asyncio.Event | None = None) -> None:
    """Serve until `stop` is set; then let requests under way finish, end live streams, and return.

    Args:
        leaving: set some time before `stop`; from then on `/readyz` says 503, and each answer ends its connection, so
            that proxies go elsewhere before the port is closed.

    Raises:
        CannotListen: the port is taken, or the host is not an address of this machine.
    """
    listener = _listen(service)
    open_enough_files()
    app = application(service, role)
    app.state.stopping = stop
    health = Health(service, role, leaving)
    app.state.health = health
    proxies = service.settings.trusted_proxies
    config = uvicorn.Config(
        app,
        http=Connection,
        backlog=BACKLOG,
        timeout_keep_alive=IDLE,  # type: ignore[arg-type]  # it is handed to the loop's timer as it is
        proxy_headers=bool(proxies),
        forwarded_allow_ips=list(proxies),
        reset_contextvars=True,  # what one request has set for itself must not reach the next one on its connection
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

    beside = [asyncio.create_task(exit_when_told()), asyncio.create_task(health.run(stop))]
    try:
        await server.serve(sockets=[listener])
    finally:
        for task in beside:
            task.cancel()
        listener.close()


def _listen(service: Service) -> socket.socket:
    host, port = service.settings.host, service.settings.port
    variable = f"REGISTAN_{service.name.upper()}_PORT"
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            reason = f"port {port} of {host} is used by another process: stop it, or choose another port"
        else:
            reason = f"cannot listen at {host}:{port}: {error.strerror or error}"
        raise CannotListen(f"{variable}: {reason}") from None
