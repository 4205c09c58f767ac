"""The home folder: who holds it, what is known of the one that runs, and what is secret in it."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.errors import AlreadyRunning, NotRunning, NotWritable
from deploy.local.home import Home, State, as_service, environment_of
from deploy.local.process import Footprint


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.prepare()
    return home


@pytest.fixture
def running(home: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    """An installation whose supervisor is this very process."""
    monkeypatch.setenv("REGISTAN_HOME", str(home.folder))
    me = Footprint.of(os.getpid())
    home.write(
        State(supervisor=me, environments={"registry": {"REGISTAN_REGISTRY_DATABASE_URL": "postgresql://local"}})
    )
    return home


def test_a_home_is_held_by_one_process_at_a_time(home: Home) -> None:
    with home.held(), pytest.raises(AlreadyRunning), home.held():
        pass
    with home.held():
        pass


def test_a_disk_that_refuses_is_named_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotWritable, match="REGISTAN_HOME"):
        Home(tmp_path / "file" / "home").prepare()


def test_a_command_in_a_second_terminal_gets_the_settings_of_the_running_service(running: Home) -> None:
    assert environment_of(running, "registry")["REGISTAN_REGISTRY_DATABASE_URL"] == "postgresql://local"
    with as_service("registry"):
        assert os.environ["REGISTAN_REGISTRY_DATABASE_URL"] == "postgresql://local"
    assert "REGISTAN_REGISTRY_DATABASE_URL" not in os.environ


def test_a_database_named_in_the_environment_is_taken_as_it_is(running: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTAN_REGISTRY_DATABASE_URL", "postgresql://production")
    with as_service("registry"):
        assert os.environ["REGISTAN_REGISTRY_DATABASE_URL"] == "postgresql://production"


def test_a_running_service_whose_database_was_given_is_known_by_all_its_settings(
    running: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"REGISTAN_REGISTRY_DATABASE_URL": "postgresql://given"}
    told = given | {"REGISTAN_REGISTRY_PORT": "18001"}
    running.write(State(supervisor=Footprint.of(os.getpid()), environments={"registry": told}))
    monkeypatch.setenv("REGISTAN_REGISTRY_DATABASE_URL", "postgresql://given")
    with as_service("registry"):
        assert os.environ["REGISTAN_REGISTRY_PORT"] == "18001"


def test_where_nothing_runs_a_command_says_how_to_start(home: Home) -> None:
    with pytest.raises(NotRunning, match="make run"):
        environment_of(home, "registry")


def test_the_state_of_a_supervisor_that_was_killed_is_not_taken_for_a_running_one(home: Home) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        home.write(State(supervisor=Footprint.of(process.pid)))
        assert home.running()
        process.kill()
        process.wait()
        assert home.running() is None
        assert home.state()


def test_another_process_under_the_same_number_is_not_the_same_process() -> None:
    me = Footprint.of(os.getpid())
    assert me.process()
    assert Footprint(me.pid, me.started - 60).process() is None


def test_secrets_are_made_once_and_are_readable_by_their_owner_only(home: Home) -> None:
    secrets = home.secrets

    def all_of_them() -> list[str]:
        return [
            secrets.password("registry"),
            secrets.session_public_key.read_text(),
            secrets.person_key_secret.read_text(),
        ]

    assert all_of_them() == all_of_them()
    assert {stat.S_IMODE(path.stat().st_mode) for path in secrets.folder.iterdir()} == {0o600}


def test_the_public_key_follows_a_private_key_that_was_replaced(home: Home) -> None:
    before = home.secrets.session_public_key.read_text()
    home.secrets.session_private_key.unlink()
    assert home.secrets.session_public_key.read_text() != before
