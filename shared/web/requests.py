"""What a request tells about itself, and the parts of the service it was made to; typed, where Starlette has `Any`."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection, Request

from shared.apart import Apart
from shared.clock import Clock
from shared.database.deadlines import WORK_WITHIN, wait_at_most
from shared.errors import DomainError
from shared.identity.sessions import COOKIE, SessionReader, host_only
from shared.service import Service
from shared.settings import ServiceSettings

if TYPE_CHECKING:
    from shared.web.allowances import Allowance

T = TypeVar("T")

_ASKED_EACH = 0.3  # seconds between two looks whether the client is still there


def service_of(request: HTTPConnection) -> Service:
    service: Service = request.app.state.service
    return service


def session_cookie(request: HTTPConnection) -> str:
    """What the session's cookie is called here."""
    return host_only(COOKIE, secure=service_of(request).settings.secure_cookies)


def allowance_of(request: HTTPConnection) -> "Allowance":
    allowance: Allowance = request.app.state.allowance
    return allowance


def clock_of(request: HTTPConnection) -> Clock:
    clock: Clock = request.app.state.clock
    return clock


def sessions_of(request: HTTPConnection) -> SessionReader:
    sessions: SessionReader = request.app.state.sessions
    return sessions


async def takes_long() -> None:
    """A dependency of the few routes whose work is known to take longer than a page may, as accepting a list does."""
    wait_at_most(WORK_WITHIN)


def wants_page(request: HTTPConnection) -> bool:
    """Whether the answer is looked at by a person: everything outside `/api/` that accepts HTML."""
    return "/api/" not in request.url.path and "text/html" in request.headers.get("accept", "")


def is_fragment(request: HTTPConnection) -> bool:
    """Whether htmx asks for a part of a page."""
    return request.headers.get("hx-request") == "true"


def apart_of(request: HTTPConnection) -> Apart:
    """Where this service reads what strangers send."""
    apart: Apart = request.app.state.apart
    return apart


class ClientLeft(DomainError):
    """You have left before the work was done: nothing was kept of it."""

    status = 499
    slug = "client-left"


async def while_connected(request: Request, doing: Coroutine[Any, Any, T]) -> T:
    """Do something as long as the client waits for it.

    Raises: ClientLeft, and what it does.
    """
    work = asyncio.create_task(doing)
    try:
        while not work.done():
            await asyncio.wait((work,), timeout=_ASKED_EACH)
            if not work.done() and await request.is_disconnected():
                raise ClientLeft
        return work.result()
    finally:
        if not work.done():
            work.cancel()
            with suppress(asyncio.CancelledError, DomainError):
                await work


def addresses_of(settings: ServiceSettings) -> dict[str, str]:
    """Where each service is reached, without a slash at the end."""
    return {
        "registry": settings.registry_url.rstrip("/"),
        "reporting": settings.reporting_url.rstrip("/"),
        "notifications": settings.notifications_url.rstrip("/"),
    }


def is_ours(request: HTTPConnection, origin: str) -> bool:
    """Whether an origin (`https://host:port`) is this server's or one of its sister services'.

    A stranger's page cannot choose the Host header of the requests it makes, so that the own origin is known even where
    the settings name another address of the same machine.
    """
    parts = urlsplit(origin)
    if parts.scheme not in ("http", "https"):
        return False
    if parts.netloc == request.headers.get("host"):
        return True
    ours = (urlsplit(address) for address in addresses_of(service_of(request).settings).values())
    return any((parts.scheme, parts.netloc) == (known.scheme, known.netloc) for known in ours)


def safe_next(request: HTTPConnection, wanted: str | None, otherwise: str) -> str:
    """Where to go after signing in: `wanted` if it stays within this installation, else `otherwise`.

    Browsers read `//host` and `/\\host` as another server's address, and drop tabs and line ends while they read.
    """
    if not wanted or any(character <= " " or character == "\\" for character in wanted):
        return otherwise
    if wanted.startswith("/") and not wanted.startswith("//"):
        return wanted
    try:
        parts = urlsplit(wanted)
        return wanted if is_ours(request, f"{parts.scheme}://{parts.netloc}") else otherwise
    except ValueError:
        return otherwise
