"""For operations: `/healthz` (the process lives), `/readyz` (it can do its work), `/metrics` (Prometheus).

The first never asks anybody: a process is not restarted because its database is away. The second answers at once with
what a look in the background has found, and how long ago: a prober has little patience, and what hangs must not make
the answer hang. A process that is told to stop says 503 first, while it still serves, so that proxies lead nobody to it
any more. The third shows a scraper with its token everything, and others no number that people can be counted by.
"""

import asyncio
import hmac
import time
from collections.abc import Mapping
from pathlib import Path

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, PlainTextResponse, Response

from shared.service import Check, Service, wait
from shared.settings import ProcessRole
from shared.telemetry import metrics as catalogue
from shared.web.identity import public
from shared.web.requests import service_of

EVERY = 2.0  # seconds between two looks at what is well
_AGAIN = 0.5  # and at what is not
ANSWER_WITHIN = 3.0
_TOO_OLD = 10.0  # seconds; what was found before says nothing of now

router = APIRouter(dependencies=[public], include_in_schema=False)


class Health:
    """What was found last of everything that the process needs, or can do without for a while. A `Runner`.

    Attributes:
        leaving: set when the process is told to stop; from then on it is not ready.
    """

    name = "health"

    def __init__(self, service: Service, role: ProcessRole, leaving: asyncio.Event | None = None) -> None:
        self._service = service.name
        self._needed: Mapping[str, Check] = {"database": service.database.ping, **service.ready}
        self._degrading = service.degrading(role)
        self._found: dict[str, tuple[str, float]] = {}
        self.leaving = leaving or asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Look at each for itself, so that one that hangs hides no other."""
        checks = {**self._needed, **self._degrading}
        await asyncio.gather(*(self._watch(name, check, stop) for name, check in checks.items()))

    async def look(self) -> None:
        """Look at everything once."""
        await asyncio.gather(
            *(self._look_at(name, check) for name, check in {**self._needed, **self._degrading}.items())
        )

    def report(self) -> dict[str, object]:
        """What `/readyz` says."""
        now = time.monotonic()
        ages = {name: now - self._found[name][1] if name in self._found else None for name in self._checks()}
        found = {name: self._judged(name, age) for name, age in ages.items()}
        ready = all(found[name] == "ok" for name in self._needed) and not self.leaving.is_set()
        catalogue.ready.labels(self._service).set(ready)
        return {
            "ready": ready,
            "degraded": any(found[name] != "ok" for name in self._degrading),
            **({"leaving": True} if self.leaving.is_set() else {}),
            "checks": found,
            "seconds_ago": {name: None if age is None else round(age, 1) for name, age in ages.items()},
        }

    def _checks(self) -> list[str]:
        return [*self._needed, *self._degrading]

    def _judged(self, name: str, age: float | None) -> str:
        if age is None:
            return "not yet looked at"
        return self._found[name][0] if age < _TOO_OLD else f"not looked at for {age:.0f} s"

    async def _watch(self, name: str, check: Check, stop: asyncio.Event) -> None:
        while True:
            await self._look_at(name, check)
            if await wait(stop, EVERY if self._found[name][0] == "ok" else _AGAIN):
                return

    async def _look_at(self, name: str, check: Check) -> None:
        self._found[name] = (await _found(check), time.monotonic())


def health_of(request: HTTPConnection) -> Health:
    health: Health = request.app.state.health
    return health


@router.get("/healthz")
async def healthz() -> Response:
    return PlainTextResponse("lives\n")


@router.get("/readyz")
async def readyz(request: Request) -> Response:
    """200 when all that the service needs answers, else 503; either way with what was found of each, and when.

    What it can do without for a while makes it degraded, not unready.
    """
    report = health_of(request).report()
    return JSONResponse(report, 200 if report["ready"] else 503)


async def _found(check: Check) -> str:
    try:
        async with asyncio.timeout(ANSWER_WITHIN):
            await check()
    except TimeoutError:
        return f"no answer within {ANSWER_WITHIN:g} s"
    except Exception as error:
        return f"{type(error).__name__}: {error}".splitlines()[0][:200]
    return "ok"


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """The numbers of the catalogue; those of the pool and of readiness are read at this moment.

    A wrong token is refused, not overlooked: a scraper that shows it would miss half of the numbers without a word.
    """
    service = service_of(request)
    authorization = request.headers.get("authorization")
    if authorization is not None and not _is_token(authorization, service.settings.metrics_token_file):
        return PlainTextResponse(_REFUSED, 401, {"www-authenticate": "Bearer"})
    for state, connections in service.database.connections().items():
        catalogue.database_pool.labels(service.name, state).set(connections)
    health_of(request).report()
    numbers = generate_latest(REGISTRY) + (generate_latest(catalogue.COUNTS) if authorization else b"")
    return Response(numbers, media_type=CONTENT_TYPE_LATEST)


_REFUSED = "This is not the token in the file that REGISTAN_METRICS_TOKEN_FILE names.\n"


def _is_token(authorization: str, file: Path | None) -> bool:
    """Read again each time, so that a token is replaced without a restart."""
    scheme, _, shown = authorization.partition(" ")
    if file is None or scheme.lower() != "bearer":
        return False
    try:
        kept = file.read_bytes().strip()
    except OSError:
        return False
    return bool(kept) and hmac.compare_digest(shown.strip().encode(), kept)
