"""The release before runs on the schema of this one, while both serve: that is how a new version is rolled out."""

import io
import os
import subprocess
import sys
import tarfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from deploy.local.environment import kafka_variables
from deploy.local.kafka import Kafka
from deploy.local.ports import free_port
from deploy.local.postgres import Postgres
from deploy.local.readiness import missing_at
from deploy.migration import history_of
from shared.database.migrations import migrate_now
from tests.installation import PROJECT
from tests.registry import registry_settings
from tests.releases import load

BEFORE = "3976e0c"  # 0.1.0
NO_LONGER_NEEDED = {"python_calamine": "CalamineError = CalamineSheet = CalamineWorkbook = SheetTypeEnum = Exception\n"}


@pytest.fixture(scope="module")
def release_before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its code, from the history of this clone."""
    archive = subprocess.run(["git", "archive", BEFORE], cwd=PROJECT, capture_output=True, check=False)
    if archive.returncode:
        pytest.skip(f"this copy has no history: {BEFORE}, the release before, cannot be had")
    folder = tmp_path_factory.mktemp("release-before")
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(folder, filter="data")
    for module, text in NO_LONGER_NEEDED.items():  # imported by it, and not what is tested here
        (folder / f"{module}.py").write_text(text)
    return folder


@contextmanager
def serving(code: Path, told: dict[str, str], log: Path) -> Iterator[httpx2.Client]:
    """The registry of some code, and a client with an administrator's token."""
    port = free_port()
    environment = {**told, "REGISTAN_REGISTRY_PORT": str(port), "PYTHONPATH": str(code)}
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "deploy.service", "registry"], cwd=code, env=environment, stdout=sink, stderr=sink
        )
    try:
        deadline = time.monotonic() + 120
        while missing_at(port):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        made = subprocess.run(
            [sys.executable, "-m", "deploy.cli", "tokens", "create", f"t-{uuid.uuid4().hex[:8]}", "--role", "admin"],
            cwd=code,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert made.returncode == 0, made.stderr
        headers = {"Authorization": f"Bearer {made.stdout.split()[-1]}"}
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}/registry/api/v1/", headers=headers, timeout=60) as client:
            yield client
    finally:
        process.terminate()
        process.wait(40)


ACTIVITY = {
    "programme": "SAMPLE",
    "phase": "1",
    "kind": "workshop",
    "title": {"en": "A workshop"},
    "starts": "2026-03-05",
}


def test_the_code_before_and_the_code_now_serve_side_by_side_on_the_schema_of_now(
    release_before: Path, postgres: Postgres, kafka: Kafka, topic_prefix: str, tmp_path: Path
) -> None:
    name = f"registry_{uuid.uuid4().hex[:12]}"
    postgres.run(f"CREATE DATABASE {name} OWNER registry")
    load(postgres, name, "0.1.0", "registry")
    url = postgres.url(name, "registry", "registry").replace("+asyncpg", "")
    migrate_now(url, history_of("registry"))
    settings = registry_settings(tmp_path, url)
    told = {
        **os.environ,
        **kafka_variables(kafka.client("registry", topic_prefix)),
        "REGISTAN_HOME": str(tmp_path / "home"),
        "REGISTAN_REGISTRY_DATABASE_URL": url,
        "REGISTAN_SESSION_PUBLIC_KEY_FILE": str(settings.session_public_key_file),
        "REGISTAN_SESSION_PRIVATE_KEY_FILE": str(settings.session_private_key_file),
        "REGISTAN_PERSON_KEY_SECRET_FILE": str(settings.person_key_secret_file),
    }
    logs = tmp_path / "before.log", tmp_path / "now.log"
    try:
        with serving(release_before, told, logs[0]) as before, serving(PROJECT, told, logs[1]) as now:
            for first, second in ((before, now), (now, before)):
                made = first.post("activities", json=ACTIVITY)
                assert made.status_code == 201, made.text
                key = made.json()["id"]
                person = {"person": {"name": "Sample Person", "email": f"{uuid.uuid4().hex[:6]}@example.org"}}
                for client in (first, second):
                    registered = client.post(f"activities/{key}/registrations", json=person)
                    assert registered.status_code in (201, 409), registered.text
                read = second.get(f"activities/{key}")
                assert read.status_code == 200, read.text
                version = {"If-Match": read.headers["etag"]}
                changed = second.patch(f"activities/{key}", json={"title": {"en": "Changed"}}, headers=version)
                assert changed.status_code == 200, changed.text
                again = first.get(f"activities/{key}")
                assert again.json()["title"]["en"] == "Changed"
                assert first.get("activities").status_code == second.get("activities").status_code == 200
        for log in logs:
            assert "request_failed" not in log.read_text()
    finally:
        postgres.run(f"DROP DATABASE {name} WITH (FORCE)")
