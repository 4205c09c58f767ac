"""`registan up` on a disk that is full for a while: it says so, stays, and goes on by itself when there is room."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.local.ports import DEFAULTS
from shared.settings import SERVICES
from tests.ports import free_port

SIZE = "420m"


@pytest.fixture
def small_disk(open_folder: Path) -> Iterator[Path]:
    """A disk that a file can fill; the test is skipped where nobody may mount one."""
    folder = open_folder / "disk"
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=711", "none", folder], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("a small disk cannot be mounted here: this needs the right to mount")
    yield folder
    subprocess.run(["umount", "-l", folder], check=False)


def test_a_full_disk_ends_nothing_for_good(small_disk: Path, open_folder: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("REGISTAN_")}
    environment |= {f"REGISTAN_{name.upper()}_PORT": str(free_port()) for name in DEFAULTS}
    environment |= {"REGISTAN_HOME": str(small_disk / "home"), "PYTHONUNBUFFERED": "1"}
    registan = [sys.executable, "-m", "deploy.cli"]
    said = open_folder / "said"
    with said.open("wb") as sink:
        supervisor = subprocess.Popen([*registan, "up"], env=environment, stdout=sink, stderr=sink)

    def words() -> str:
        return said.read_text() + f"(it {'runs' if supervisor.poll() is None else 'has ended'})"

    def states() -> dict[str, Any]:
        done = subprocess.run([*registan, "status", "--json"], env=environment, capture_output=True, check=False)
        return {part["part"]: part["state"] for part in json.loads(done.stdout)["parts"]}

    try:
        eventually(lambda: "Registan is ready" in words(), words)
        fill(small_disk / "ballast")
        eventually(lambda: "Kafka cannot be started again" in words(), words)
        assert "No space left on device" in words()
        assert supervisor.poll() is None, words()
        (small_disk / "ballast").unlink()
        eventually(lambda: "Kafka is started again" in words(), words)
        eventually(lambda: [states().get(service) for service in SERVICES] == ["ready"] * 3, words)
    finally:
        supervisor.send_signal(signal.SIGTERM)
        assert supervisor.wait(60) == 0, words()


def fill(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096):  # whatever is given back while the services still write is taken as well
            while True:
                try:
                    file.write(bytes(size))
                except OSError:
                    break


def eventually(holds: Callable[[], bool], words: Callable[[], str], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, words()
        time.sleep(0.2)
