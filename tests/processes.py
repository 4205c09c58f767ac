"""Services as processes of their own, and a haproxy (Debian's) in front of them that repeats nothing: what a process
drops, its reader sees."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from deploy.local.ports import free_port
from shared.running import STOP_WITHIN
from shared.settings import ProcessRole, ServiceName
from tests.debian import program

PROJECT = Path(__file__).parents[1]


@dataclass
class Process:
    """A process of a service, which is told `environment` at each start."""

    service: ServiceName
    role: ProcessRole
    environment: Mapping[str, str]
    log: Path
    port: int = field(default_factory=free_port)
    _process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        command = [sys.executable, "-m", "deploy.cli", "service", self.service, "--role", self.role]
        told = {**self.environment, f"REGISTAN_{self.service.upper()}_PORT": str(self.port)}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, cwd=PROJECT, env=told, stdout=log, stderr=log)

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


async def leads_somewhere(address: str) -> None:
    """Until this address answers 200."""
    async with asyncio.timeout(120), httpx2.AsyncClient() as client:
        while True:
            with suppress(httpx2.HTTPError):
                if (await client.get(address)).status_code == 200:
                    return
            await asyncio.sleep(0.1)


@contextmanager
def proxy(webs: Sequence[Process], folder: Path) -> Iterator[str]:
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
