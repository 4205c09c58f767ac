"""A whole installation as a person starts it: `registan up` in a process of its own, over this run's servers.

It has databases, topics and ports of its own, so several can run side by side; it begins with the programme's real
records, as every first start does.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from deploy.local.environment import kafka_variables
from deploy.local.kafka import Kafka
from deploy.permissions import PRINCIPALS
from shared.settings import SERVICES, ServiceName
from tests.ports import free_port

PROJECT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Installation:
    """One that runs."""

    home: Path
    environment: dict[str, str]
    ports: dict[ServiceName, int]
    kafka: Kafka
    prefix: str
    tokens: dict[str, str] = field(default_factory=dict)

    def command(self, *words: str, stdin: str | None = None) -> str:
        """Run `registan …` in a second terminal; what it prints. Raises with its errors when it fails."""
        done = subprocess.run(
            [sys.executable, "-m", "deploy.cli", *words],
            env=self.environment,
            cwd=PROJECT,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"registan {' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def client(self, service: ServiceName, role: str = "admin") -> httpx2.AsyncClient:
        """A program that uses a service's API with a token of its own."""
        if role not in self.tokens:
            name = f"test-{role}-{os.urandom(4).hex()}"
            self.tokens[role] = self.command("tokens", "create", name, "--role", role).split()[-1]
        return httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{self.ports[service]}/{service}/",
            headers={"Authorization": f"Bearer {self.tokens[role]}"},
            timeout=30,
        )

    def logs(self) -> str:
        return "\n".join(path.read_text(errors="replace") for path in sorted((self.home / "logs").glob("*.log")))

    def mails(self) -> list[bytes]:
        return [path.read_bytes() for path in sorted((self.home / "mailbox").glob("*.eml"))]


def variables_of_all(kafka: Kafka, prefix: str) -> dict[str, str]:
    """What `registan up` is told of a Kafka that runs elsewhere, where each principal has a password of its own."""
    told = {"REGISTAN_KAFKA_BOOTSTRAP_SERVERS": kafka.servers, "REGISTAN_TOPIC_PREFIX": prefix}
    for principal in PRINCIPALS:
        own = kafka_variables(kafka.client(principal, prefix)).items()
        told |= {name.replace("_KAFKA_", f"_{principal.upper()}_KAFKA_"): value for name, value in own}
    return told


@contextmanager
def installed(home: Path, databases: dict[ServiceName, str], kafka: Kafka, prefix: str) -> Iterator[Installation]:
    """Start one, hand it over when it is ready, stop it.

    Raises:
        RuntimeError: it did not become ready; the message holds what it printed.
    """
    ports = {service: free_port() for service in SERVICES}
    with ThreadPoolExecutor(1) as pool:  # the caller may have an event loop of its own
        pool.submit(kafka.allow, prefix).result()
    told = {
        **os.environ,
        "REGISTAN_HOME": str(home),
        **variables_of_all(kafka, prefix),
        "REGISTAN_MAILBOX_PORT": str(free_port()),
        "REGISTAN_LOG_FORMAT": "json",
        **{f"REGISTAN_{service.upper()}_DATABASE_URL": url for service, url in databases.items()},
        **{f"REGISTAN_{service.upper()}_PORT": str(port) for service, port in ports.items()},
    }
    words = [sys.executable, "-m", "deploy.cli"]
    started = subprocess.run(
        [*words, "up", "--detach"], env=told, cwd=PROJECT, capture_output=True, text=True, timeout=180, check=False
    )
    try:
        if started.returncode:
            raise RuntimeError(f"it did not start:\n{started.stdout}{started.stderr}")
        yield Installation(home, told, ports, kafka, prefix)
    finally:
        subprocess.run([*words, "down"], env=told, cwd=PROJECT, capture_output=True, timeout=60, check=False)
