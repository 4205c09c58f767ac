"""The drill: everything is lost, the backup is put back, and nobody is told anything twice."""

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from deploy.local.home import Home
from tests.integration.test_local_platform import Installation, eventually, installation

__all__ = ["installation"]

SAMPLE = {
    "name": {"en": "Sample programme"},
    "synthetic": True,
    "languages": ["en"],
    "countries": ["KG"],
    "phases": [{"code": "1", "starts": "2020", "ends": "2030"}],
}
ACTIVITY = {
    "programme": "SAMPLE",
    "phase": "1",
    "kind": "workshop",
    "title": {"en": "Sample workshop"},
    "starts": "2029-03-05",
    "beneficiary_countries": ["KG"],
}


def said(installation: Installation, *words: str) -> str:
    done = installation.registan(*words)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def client(installation: Installation, service: str = "registry") -> httpx2.Client:
    token = said(installation, "tokens", "create", f"test-{time.monotonic_ns()}", "--role", "admin").split()[-1]
    port = installation.environment[f"REGISTAN_{service.upper()}_PORT"]
    headers = {"Authorization": f"Bearer {token}"}
    return httpx2.Client(base_url=f"http://127.0.0.1:{port}/{service}/", headers=headers, timeout=60)


def register_somebody(installation: Installation, email: str) -> None:
    with client(installation) as registry:
        registry.put("api/v1/programmes/SAMPLE", json=SAMPLE)
        activity = registry.post("api/v1/activities", json=ACTIVITY)
        assert activity.status_code == 201, activity.text
        person = {"name": "Sample Person", "email": email}
        path = f"api/v1/activities/{activity.json()['id']}/registrations"
        registered = registry.post(path, json={"person": person})
        assert registered.status_code == 201, registered.text


def figures(installation: Installation) -> list[dict[str, Any]]:
    rules = ("events", "participants", "people")
    found = [json.loads(said(installation, "figures", "--rule", rule, "--json")) for rule in rules]
    return [{name: one[name] for name in ("rule", "value")} for one in found]


def mails(home: Home) -> int:
    return len(list(home.mailbox.glob("*.eml")))


def up(installation: Installation, *options: str) -> None:
    done = installation.registan("up", "--detach", *options)
    assert done.returncode == 0, done.stdout + done.stderr


def until(installation: Installation, holds: Callable[[], bool]) -> None:
    eventually(holds, 120)
    assert installation.registan("verify", "--patience", "60").returncode == 0


def test_all_is_lost_and_put_back_with_the_same_figures_and_no_mail_twice(
    installation: Installation, open_folder: Path
) -> None:
    up(installation, "--empty")
    register_somebody(installation, "one@example.org")
    eventually(lambda: mails(installation.home) == 1, 120)
    before = figures(installation)
    folder = open_folder / "backup"
    said(installation, "backup", str(folder))
    assert not [path for path in (folder, *folder.iterdir()) if path.stat().st_mode & 0o077]
    assert installation.registan("backup", str(folder)).returncode == 1  # an older one is never lost

    said(installation, "down")
    shutil.rmtree(installation.home.folder)
    said(installation, "restore", str(folder))
    up(installation)
    said(installation, "republish", "--whole")
    until(installation, lambda: figures(installation) == before)
    with client(installation, "notifications") as notifications:
        assert notifications.get("api/v1/sending").json()["held"] is True
        let_go = notifications.put("api/v1/sending", json={"held": False})
        assert let_go.status_code == 200, let_go.text
    register_somebody(installation, "two@example.org")
    eventually(lambda: mails(installation.home) >= 1, 120)
    time.sleep(1)  # what was to be sent twice would have been sent before
    assert mails(installation.home) == 1
    assert b"two@example.org" in next(installation.home.mailbox.glob("*.eml")).read_bytes()


def test_a_folder_that_was_there_and_is_gone_ends_the_start(installation: Installation) -> None:
    up(installation, "--empty")
    said(installation, "down")
    shutil.rmtree(installation.home.folder / "kafka")
    refused = installation.registan("up", "--detach")
    assert refused.returncode == 1
    assert "was there and is gone" in refused.stdout + refused.stderr
    assert not (installation.home.folder / "kafka" / "data").exists()
    up(installation, "--without", "kafka")
    said(installation, "down")
    (installation.home.folder / "secrets" / "person-key-secret").unlink()
    refused = installation.registan("up", "--detach")
    assert refused.returncode == 1
    assert "holds another secret" in refused.stdout + refused.stderr
    up(installation, "--without", "person-key-secret")


@pytest.mark.parametrize("missing", ["registry.dump", "person-key-secret"])
def test_half_a_backup_is_refused_and_changes_nothing(
    installation: Installation, open_folder: Path, missing: str
) -> None:
    folder = open_folder / "half"
    folder.mkdir()
    for name in {"registry.dump", "notifications.dump", "person-key-secret"} - {missing}:
        (folder / name).touch()
    refused = installation.registan("restore", str(folder))
    assert refused.returncode == 1
    assert missing in refused.stderr
    assert not (installation.home.folder / "postgres").exists()
