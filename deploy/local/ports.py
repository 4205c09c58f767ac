"""Which ports, and who holds them.

Everything listens on the loopback address only. The defaults keep away from what a developer's machine usually runs
(5432, 9092); each can be moved with an environment variable.
"""

import os
import random
import socket
from collections.abc import Mapping
from contextlib import suppress

import psutil

from deploy.local.errors import PlatformError, PortTaken

LOOPBACK = "127.0.0.1"
BELOW_OUTGOING = range(10_000, 19_000)

DEFAULTS: Mapping[str, int] = {
    "registry": 8001,
    "reporting": 8002,
    "notifications": 8003,
    "postgres": 54320,
    "kafka": 19092,
    "mailbox": 8025,
}


class NotAPort(PlatformError):
    """{variable} is {value!r}, but a port is a number from 1 to 65535."""


def variable(name: str) -> str:
    """The environment variable that moves the port of `name`."""
    return f"REGISTAN_{name.upper()}_PORT"


def port_of(name: str, environment: Mapping[str, str] = os.environ) -> int:
    """The port of a part, as chosen by the environment or by default."""
    chosen = environment.get(variable(name), "")
    if not chosen:
        return DEFAULTS[name]
    if not chosen.isdecimal() or not 1 <= int(chosen) <= 65535:
        raise NotAPort(variable=variable(name), value=chosen)
    return int(chosen)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT is free enough to listen on
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port that is free, and still will be when a server listens on it some seconds later.

    The system gives its own range to outgoing connections, so one of those could have taken the port by then.
    """
    return next(port for port in random.sample(BELOW_OUTGOING, len(BELOW_OUTGOING)) if is_free(port))


def holder(port: int) -> psutil.Process | None:
    """The process that listens on a port, where the system lets us know."""
    with suppress(psutil.Error, OSError):
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
                return psutil.Process(connection.pid)
    return None


def describe(process: psutil.Process | None) -> str:
    if process is None:
        return "another program"
    with suppress(psutil.Error):
        return f"{process.name()} (process {process.pid})"
    return f"process {process.pid}"


def require_free(name: str, port: int) -> None:
    """Raise PortTaken, naming port and process, unless the port can be listened on."""
    if not is_free(port):
        raise PortTaken(port=port, name=name, holder=describe(holder(port)), variable=variable(name))
