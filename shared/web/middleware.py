"""What surrounds every request: headers that protect the reader, a measurement, a span, a log line, a language.

Plain ASGI, because Starlette's `BaseHTTPMiddleware` runs the application in a task of its own and breaks streams. They
lie outside of everything else, so that error answers have the same headers and are measured as well.
"""

from contextlib import AbstractContextManager, nullcontext, suppress
from time import perf_counter
from urllib.parse import urlsplit

import structlog
from opentelemetry import propagate
from opentelemetry.trace import INVALID_SPAN, Span, SpanKind, StatusCode
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.database.deadlines import ANSWER_WITHIN, wait_at_most
from shared.settings import ServiceSettings
from shared.telemetry import metrics
from shared.telemetry.traces import tracer
from shared.web import language, security_log
from shared.web.health import health_of
from shared.web.problems import FAILURE_ID, Problem, describe
from shared.web.refusals import answer, framework_problem
from shared.web.requests import addresses_of

log = structlog.get_logger()

TOO_LARGE = 413
HUNG_UP = 499  # nobody has such a status; proxies write it for a visitor who left before there was an answer
_BUSY = "More is asked for at this moment than can be answered: try again in a moment."
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_LIVE = ("text/event-stream", "application/x-ndjson")  # streams that their own limit counts
_QUIET = ("/healthz", "/readyz", "/metrics")


def security_headers(settings: ServiceSettings) -> dict[str, str]:
    """The same for each answer. Forms may lead to the sister services, because signing in does;
    and pages may ask them for what only they know."""
    origins = {f"{url.scheme}://{url.netloc}" for url in map(urlsplit, addresses_of(settings).values())}
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        f"connect-src 'self' {' '.join(sorted(origins))}; "
        f"form-action 'self' {' '.join(sorted(origins))}; frame-ancestors 'none'; base-uri 'none'"
    )
    headers = {
        "content-security-policy": policy,
        "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff",
        "cross-origin-opener-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=()",
    }
    if settings.secure_cookies:
        headers["strict-transport-security"] = "max-age=31536000"
    return headers


class SecurityHeaders:
    """Adds the protective headers; what says nothing about caching is kept by nobody, for it may be personal."""

    def __init__(self, app: ASGIApp, settings: ServiceSettings) -> None:
        self._app = app
        self._headers = security_headers(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers[name] = value
                headers.setdefault("cache-control", "no-store")
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class Refusals:
    """Refuses an address with the character U+0000, which no text in PostgreSQL holds, before anybody asks with it;
    and turns Starlette's plain refusal of a body that announces too much into the answer that all errors have."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (status := _null_character_in(scope)):
            response = await framework_problem(Request(scope), HTTPException(status))
            await response(scope, receive, send)
            return
        refused = False

        async def send_unless_refused(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start" and message["status"] == TOO_LARGE:
                refused = Headers(raw=message["headers"]).get("content-type", "").startswith("text/plain")
            if not refused:
                await send(message)

        await self._app(scope, receive, send_unless_refused if scope["type"] == "http" else send)
        if refused:
            response = await framework_problem(Request(scope), HTTPException(TOO_LARGE))
            await response(scope, receive, send)


def _null_character_in(scope: Scope) -> int | None:
    """How it is refused: nothing has such a path, and no question such a word."""
    if "\0" in scope["path"]:
        return 404
    return 400 if b"%00" in scope["query_string"] or b"\0" in scope["query_string"] else None


class Capacity:
    """Refuses what comes beyond a number of requests under way, before it costs anything.

    A service that queues instead answers everybody late and then nobody. Health is always answered, and a live stream
    counts only until it begins. A process that leaves asks its visitors to come back on another connection.
    """

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        leaving = health_of(request).leaving
        counts = scope["path"] not in _QUIET

        def done() -> None:
            nonlocal counts
            self._under_way -= counts
            counts = False

        async def send_and_count(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if leaving.is_set():
                    headers["connection"] = "close"
                if headers.get("content-type", "").startswith(_LIVE):
                    done()
            await send(message)

        if counts and self._under_way >= self._most:
            response = await answer(request, Problem(503, "busy", _BUSY, headers={"retry-after": "2"}))
            await response(scope, receive, send)
            return
        self._under_way += counts
        try:
            await self._app(scope, receive, send_and_count)
        finally:
            done()


class Languages:
    """Chooses the language of a page before anything is said in it; the API speaks English to every machine."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and "/api/" not in scope["path"]:
            language.speak(language.preferred(HTTPConnection(scope)))
        await self._app(scope, receive, send)


class Observation:
    """Measures, traces and logs each request, by the template of its route; never with its query or its body."""

    def __init__(self, app: ASGIApp, service: str) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        wait_at_most(ANSWER_WITHIN)
        status = 0
        hung_up = False

        async def send_noting_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = HUNG_UP if hung_up else message["status"]
            await send(message)

        async def receive_noting_end() -> Message:
            nonlocal hung_up
            message = await receive()
            if message["type"] == "http.disconnect" and not status:
                hung_up = True
            return message

        method = scope["method"] if scope["method"] in _METHODS else "other"  # nobody may invent names of metrics
        started = perf_counter()
        with self._span(scope, method) as span:
            try:
                await self._app(scope, receive_noting_end, send_noting_status)
            except Exception as error:
                # The answer is given already, or a stream broke off; the server has nothing to add to it. A visitor who
                # left while sending is no failure of ours.
                if not hung_up:
                    log.error("request_failed", id=scope.get(FAILURE_ID), method=method, error=describe(error))
                    span.set_status(StatusCode.ERROR, type(error).__qualname__)
            finally:
                status = HUNG_UP if hung_up else status
                seconds = perf_counter() - started
                route = route_of(scope)
                metrics.http_requests.labels(self._service, method, route, str(status)).observe(seconds)
                span.update_name(f"{method} {route}")
                span.set_attributes({"http.route": route, "http.response.status_code": status})
                note = log.debug if scope["path"] in _QUIET or "/static/" in route else log.info
                security_log.write(scope, route, status)
                note("request", method=method, path=scope["path"], status=status, ms=round(seconds * 1000, 1))

    @staticmethod
    def _span(scope: Scope, method: str) -> AbstractContextManager[Span]:
        if scope["path"] in _QUIET:  # probes come every second, and are nobody's click
            return nullcontext(INVALID_SPAN)
        parent = propagate.extract(Headers(scope=scope))
        return tracer.start_as_current_span(method, context=parent, kind=SpanKind.SERVER)


def route_of(scope: Scope) -> str:
    """The template of the route that answered (`/registry/activities/{id}`), or `other`.

    A router that is included keeps the path without its prefix; FastAPI puts the whole one into the scope.
    """
    with suppress(KeyError, AttributeError):
        return str(scope["fastapi"]["effective_route_context"].path_format)
    return str(getattr(scope.get("route"), "path", "other"))
