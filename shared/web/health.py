"""For operations: `/healthz` (the process lives), `/readyz` (it can do its work), `/metrics` (Prometheus).

The first never asks anybody: a process is not restarted because its database is away. The second asks everybody at
once, each with a time limit, and names who did not answer.
"""

import asyncio

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import JSONResponse, PlainTextResponse, Response

from shared.service import Check
from shared.telemetry import metrics as catalogue
from shared.web.identity import public
from shared.web.requests import service_of

ANSWER_WITHIN = 3.0  # seconds

router = APIRouter(dependencies=[public], include_in_schema=False)


@router.get("/healthz")
async def healthz() -> Response:
    return PlainTextResponse("lives\n")


@router.get("/readyz")
async def readyz(request: Request) -> Response:
    """200 when all that the service needs answers, else 503; either way with what was found of each.

    What it can do without for a while makes it degraded, not unready.
    """
    service = service_of(request)
    needed = {"database": service.database.ping, **service.ready}
    degrading = service.degrading(request.app.state.role)
    checks = {**needed, **degrading}
    found = dict(zip(checks, await asyncio.gather(*map(_found, checks.values())), strict=True))
    ready = all(found[name] == "ok" for name in needed)
    degraded = any(found[name] != "ok" for name in degrading)
    return JSONResponse({"ready": ready, "degraded": degraded, "checks": found}, 200 if ready else 503)


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
    """All numbers of the catalogue; those of the pool are read at this moment, as nobody else keeps them."""
    service = service_of(request)
    for state, connections in service.database.connections().items():
        catalogue.database_pool.labels(service.name, state).set(connections)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
