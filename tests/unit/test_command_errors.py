"""An error of a command is one clear line with the right exit code; a traceback is for defects of ours."""

import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from deploy.errors import sentence
from deploy.local.errors import NotRunning


def registan(*arguments: str, home: Path) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith("REGISTAN_")}
    return subprocess.run(
        [sys.executable, "-m", "deploy.cli", *arguments],
        env={**environment, "REGISTAN_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_wrong_use_ends_with_2(tmp_path: Path) -> None:
    assert registan("service", "library", home=tmp_path).returncode == 2
    assert registan("explode", home=tmp_path).returncode == 2


@pytest.mark.parametrize("command", [("status",), ("migrate",), ("migrate", "registry")])
def test_a_failure_ends_with_1_and_one_line(tmp_path: Path, command: tuple[str, ...]) -> None:
    done = registan(*command, home=tmp_path)
    assert done.returncode == 1
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    assert line.startswith("registan: Nothing runs from")


def test_a_home_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = registan("up", home=tmp_path / "file" / "home")
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert "REGISTAN_HOME" in line


def test_stopping_what_does_not_run_is_no_failure(tmp_path: Path) -> None:
    assert registan("down", home=tmp_path).returncode == 0


def test_errors_of_ours_and_of_the_database_have_a_sentence_and_defects_have_none() -> None:
    assert "make run" in (sentence(NotRunning(home="h")) or "")
    assert sentence(asyncpg.InvalidPasswordError("wrong\npassword")) == "the database refuses: wrong password"
    assert sentence(ConnectionRefusedError(111, "Connection refused"))
    assert sentence(KeyError("registry")) is None
