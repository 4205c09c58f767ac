"""What comes beyond the capacity is refused at once, so that what is served is served in time."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
from fastapi import APIRouter, Request
from starlette.responses import StreamingResponse

from shared.identifiers import new_id
from shared.web.allowances import Allowance, TooManyChanges
from shared.web.identity import public
from tests.web import PAGE, settings_of, site_of, visitor

router = APIRouter(dependencies=[public])


@router.get("/slow")
async def slow(request: Request) -> str:
    request.app.state.begun.release()
    await request.app.state.go_on.wait()
    return "done"


@router.get("/live")
async def live(request: Request) -> StreamingResponse:
    async def ticks() -> AsyncIterator[str]:
        yield "data: first\n\n"
        request.app.state.begun.release()
        await request.app.state.go_on.wait()

    return StreamingResponse(ticks(), media_type="text/event-stream")


async def test_a_request_too_many_is_told_to_come_back_and_health_is_answered_all_the_same(tmp_path: Path) -> None:
    settings = settings_of("reporting", tmp_path, requests_at_once=2)
    begun, go_on = asyncio.Semaphore(0), asyncio.Event()
    app = site_of(settings, [router], begun=begun, go_on=go_on)
    async with visitor(app) as client:
        streams = []
        for _ in range(3):  # each counts only until it has begun
            streams.append(asyncio.create_task(client.get("/reporting/live")))
            await begun.acquire()
        served = [asyncio.create_task(client.get("/reporting/slow")) for _ in range(2)]
        for _ in served:
            await begun.acquire()
        refused = await client.get("/reporting/slow")
        assert refused.status_code == 503
        assert refused.json()["type"] == "urn:registan:problem:busy"
        assert refused.headers["retry-after"] == "2"
        page = await client.get("/reporting/slow", headers=PAGE)
        assert (page.status_code, "Too many ask at once" in page.text) == (503, True)
        assert (await client.get("/healthz")).status_code == 200
        go_on.set()
        assert {(await one).status_code for one in [*served, *streams]} == {200}
        assert (await client.get("/reporting/slow")).status_code == 200


def test_what_was_spent_comes_back_with_time_and_each_has_their_own() -> None:
    allowance = Allowance(per_minute=60)
    one, other = UUID(int=1), new_id()
    for _ in range(60):
        allowance.spend(one, 100.0)
    with pytest.raises(TooManyChanges) as refused:
        allowance.spend(one, 100.25)
    assert refused.value.headers == {"retry-after": "1"}
    allowance.spend(other, 100.25)
    allowance.spend(one, 101.0)
    with pytest.raises(TooManyChanges):
        allowance.spend(one, 101.0)
