"""A rolling restart under load behind a proxy loses no request: each process says that it leaves before it does.

haproxy (Debian's) asks `/readyz` and repeats nothing: what a process drops, the reader would see.
"""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx2

from deploy.local.ports import free_port
from shared.clock import SystemClock
from shared.identifiers import new_id
from shared.identity.sessions import COOKIE, SessionSigner
from shared.running import STOP_WITHIN
from tests.conftest import DatabaseUrl
from tests.debian import program
from tests.registry import SECRET
from tests.web import key_files

PROJECT = Path(__file__).parents[2]
REQUESTS = 1000
READERS = 8
DRAIN = 2.0  # ten times what the proxy needs to notice


async def leads_somewhere(address: str) -> None:
    """Until this address answers 200."""
    async with asyncio.timeout(120), httpx2.AsyncClient() as client:
        while True:
            with suppress(httpx2.HTTPError):
                if (await client.get(address)).status_code == 200:
                    return
            await asyncio.sleep(0.1)


class Web:
    """A process of the registry that answers requests."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self.port = free_port()
        self._environment = {**environment, "REGISTAN_REGISTRY_PORT": str(self.port)}
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "deploy.cli", "service", "registry", "--role", "web"]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, cwd=PROJECT, env=self._environment, stdout=log, stderr=log)

    async def ready(self) -> None:
        await leads_somewhere(f"http://127.0.0.1:{self.port}/readyz")

    async def stop(self) -> None:
        assert self._process
        self._process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(self._process.wait, STOP_WITHIN * 3) == 0

    def kill(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()


@contextmanager
def proxy(webs: list[Web], folder: Path) -> Iterator[str]:
    """The address of a haproxy in front of these."""
    port = free_port()
    checked = "check inter 200ms fall 1 rise 1"
    servers = "\n".join(f"    server web{number} 127.0.0.1:{web.port} {checked}" for number, web in enumerate(webs))
    config = folder / "haproxy.cfg"
    config.write_text(f"""
global
    maxconn 200
defaults
    mode http
    retries 0
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    timeout check 5s
frontend readers
    bind 127.0.0.1:{port}
    default_backend registry
backend registry
    option httpchk GET /readyz
{servers}
""")
    command = [str(program("haproxy", "haproxy")), "-db", "-f", str(config)]
    running = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        running.terminate()
        running.wait(30)


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
    webs = [Web(told, tmp_path / f"web{number}.log") for number in range(2)]
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
