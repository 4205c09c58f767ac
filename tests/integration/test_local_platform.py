"""`registan up` on a machine that is not kind to it: what is killed comes back, what is taken is named."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil
import pytest

from deploy.local.home import Home
from deploy.local.kafka import Kafka
from deploy.local.ports import DEFAULTS, LOOPBACK
from shared.settings import SERVICES
from tests.conftest import DatabaseUrl
from tests.installation import variables_of_all
from tests.ports import free_port


def _exists(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


whole = pytest.mark.skipif(not all(_exists(f"services.{name}.app") for name in SERVICES), reason="a service is missing")


@dataclass(frozen=True)
class Installation:
    """A home and ports of a test's own."""

    home: Home
    environment: dict[str, str]

    def registan(self, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "deploy.cli", *arguments],
            env=self.environment | more,
            capture_output=True,
            text=True,
            check=False,
        )

    def parts(self) -> dict[str, dict[str, Any]]:
        found = json.loads(self.registan("status", "--json").stdout)["parts"]
        return {part["part"]: part for part in found}

    def kill(self, part: str) -> None:
        os.kill(self.parts()[part]["process"], signal.SIGKILL)


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """In a folder that only its owner may enter, as under root's home: nothing else may be asked of a person."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("REGISTAN_")}
    environment |= {f"REGISTAN_{name.upper()}_PORT": str(free_port()) for name in DEFAULTS}
    tmp_path.chmod(0o700)
    environment["REGISTAN_HOME"] = str(tmp_path / "home")
    installation = Installation(Home(tmp_path / "home"), environment)
    yield installation
    installation.registan("down")
    if (data := tmp_path / "home" / "postgres").is_symlink():
        shutil.rmtree(data.resolve().parent)


def eventually(holds: Callable[[], bool], seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.1)


@whole
def test_everything_starts_comes_back_when_killed_and_leaves_nothing_behind(installation: Installation) -> None:
    first = installation.registan("up", "--detach")
    assert first.returncode == 0, first.stdout + first.stderr
    assert ("The data of PostgreSQL are in" in first.stdout) == (os.geteuid() == 0)
    parts = installation.parts()
    assert {name: part["state"] for name, part in parts.items() if name in SERVICES} == dict.fromkeys(SERVICES, "ready")
    processes = [psutil.Process(part["process"]) for part in parts.values()]

    second = installation.registan("up")
    assert second.returncode == 1
    assert "already runs" in second.stderr

    for part in ("registry", "postgres", "kafka"):
        killed = installation.parts()[part]["process"]
        installation.kill(part)
        eventually(lambda part=part, killed=killed: installation.parts()[part]["process"] not in (killed, None))  # type: ignore[misc]
    eventually(lambda: all(installation.parts()[service]["state"] == "ready" for service in SERVICES))

    frozen = installation.parts()["reporting"]["process"]
    os.kill(frozen, signal.SIGSTOP)
    eventually(lambda: installation.parts()["reporting"]["process"] not in (frozen, None), 120)
    eventually(lambda: installation.parts()["reporting"]["state"] == "ready")

    processes += [psutil.Process(part["process"]) for part in installation.parts().values()]
    assert installation.registan("down").returncode == 0
    assert not [process for process in processes if process.is_running()]
    assert installation.registan("status").returncode == 1


@whole
def test_the_start_after_a_killed_supervisor_heals_what_it_left(installation: Installation) -> None:
    assert installation.registan("up", "--detach").returncode == 0
    before = installation.parts()
    installation.kill("supervisor")
    again = installation.registan("up", "--detach")
    assert again.returncode == 0, again.stdout + again.stderr
    after = installation.parts()
    assert not {part["process"] for part in before.values()} & {part["process"] for part in after.values()}
    assert all(after[service]["state"] == "ready" for service in SERVICES)


@whole
def test_servers_that_the_environment_names_are_used_and_none_is_started(
    installation: Installation, database_url: DatabaseUrl, kafka: Kafka, topic_prefix: str
) -> None:
    urls = {f"REGISTAN_{service.upper()}_DATABASE_URL": database_url(service) for service in SERVICES}
    kafka.allow(topic_prefix)
    done = installation.registan("up", "--detach", **urls, **variables_of_all(kafka, topic_prefix))
    assert done.returncode == 0, done.stdout + done.stderr
    assert {"postgres", "kafka"}.isdisjoint(installation.parts())
    assert not (installation.home.folder / "postgres").exists()


def test_a_port_that_another_program_uses_is_named_in_one_line(installation: Installation) -> None:
    port = int(installation.environment["REGISTAN_REPORTING_PORT"])
    with socket.create_server((LOOPBACK, port)):
        done = installation.registan("up")
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert str(port) in line
    assert f"process {os.getpid()}" in line
    assert "REGISTAN_REPORTING_PORT" in line


def test_a_wrong_password_of_a_given_database_is_one_line(
    installation: Installation, database_url: DatabaseUrl, kafka: Kafka
) -> None:
    urls = {f"REGISTAN_{service.upper()}_DATABASE_URL": database_url(service) for service in SERVICES}
    urls["REGISTAN_REGISTRY_DATABASE_URL"] = urls["REGISTAN_REGISTRY_DATABASE_URL"].replace(":registry@", ":wrong@")
    done = installation.registan("up", **urls, **variables_of_all(kafka, ""))
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert "password authentication failed" in line
    assert "wrong@" not in line


def test_an_address_that_is_none_is_one_line(installation: Installation) -> None:
    done = installation.registan("up", REGISTAN_REGISTRY_DATABASE_URL="registry.db")
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert "REGISTAN_REGISTRY_DATABASE_URL" in line
