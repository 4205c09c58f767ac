"""A rolling restart under load behind a proxy loses no request: each process says that it leaves before it does."""

import asyncio
import os
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import httpx2

from shared.clock import SystemClock
from shared.identifiers import new_id
from shared.identity.sessions import COOKIE, SessionSigner
from tests.conftest import DatabaseUrl
from tests.debian import program
from tests.processes import Process, leads_somewhere, proxy
from tests.registry import SECRET
from tests.web import key_files

PROJECT = Path(__file__).parents[2]
REQUESTS = 1000
READERS = 8
DRAIN = 2.0  # ten times what the proxy needs to notice


def environment(folder: Path, database_url: str) -> dict[str, str]:
    private, public = key_files(folder)
    (folder / "person-key-secret").write_bytes(SECRET)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("REGISTAN_")}
    return inherited | {
        "REGISTAN_REGISTRY_DATABASE_URL": database_url,
        "REGISTAN_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "REGISTAN_SESSION_PUBLIC_KEY_FILE": str(public),
        "REGISTAN_SESSION_PRIVATE_KEY_FILE": str(private),
        "REGISTAN_PERSON_KEY_SECRET_FILE": str(folder / "person-key-secret"),
        "REGISTAN_DRAIN_SECONDS": str(DRAIN),
    }


async def test_no_request_is_lost_while_one_process_after_another_is_replaced(
    database_url: DatabaseUrl, tmp_path: Path
) -> None:
    program("haproxy", "haproxy")
    told = environment(tmp_path, database_url("registry"))
    webs = [Process("registry", "web", told, tmp_path / f"web{number}.log") for number in range(2)]
    session = SessionSigner(key_files(tmp_path)[0]).sign(new_id(), "viewer", SystemClock().now())
    answers: Counter[object] = Counter()
    over = asyncio.Event()

    async def read(address: str) -> None:
        """One reader after the other, each on the connection that the proxy keeps for them."""
        headers = {"cookie": f"{COOKIE}={session}"}
        async with httpx2.AsyncClient(base_url=address, headers=headers, timeout=60) as client:
            while not over.is_set() or answers.total() < REQUESTS:
                try:
                    answers[(await client.get("/registry/api/v1/activities")).status_code] += 1
                except httpx2.HTTPError as error:
                    answers[type(error).__name__] += 1

    with ExitStack() as cleanup:
        for web in webs:
            cleanup.callback(web.kill)
            web.start()
        await asyncio.gather(*(web.ready() for web in webs))
        address = cleanup.enter_context(proxy(webs, tmp_path))
        await leads_somewhere(f"{address}/healthz")
        readers = [asyncio.create_task(read(address)) for _ in range(READERS)]
        for web in webs:
            began = time.monotonic()
            await web.stop()
            assert time.monotonic() - began > DRAIN
            web.start()
            await web.ready()
            await asyncio.sleep(1)  # the proxy has seen it
        over.set()
        await asyncio.gather(*readers)
    assert answers.keys() == {200}, answers
    assert answers.total() >= REQUESTS
    for web in webs:
        assert "request_failed" not in web.log.read_text()
