"""Each command leaves a line in the security log, unless it touches nothing of a person, an account or a mail."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import typer
from typer.testing import CliRunner

from deploy.cli import app
from deploy.security_log import QUIET, Noted, keep

ID = "018f0000-0000-7000-8000-000000000001"


def commands(found: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    for name, each in found.commands.items():
        if hasattr(each, "commands"):
            yield from commands(each, (*path, name))
        else:
            yield " ".join((*path, name)), each


def test_every_command_leaves_a_line_but_those_that_are_named() -> None:
    known = dict(commands(typer.main.get_command(app)))
    assert {name for name, each in known.items() if not isinstance(each, Noted)} == QUIET
    for touching in ("backup", "restore", "republish", "step", "users list", "dead-letters show"):
        assert touching in known.keys() - QUIET


def test_a_new_command_leaves_a_line_without_being_told_with_ids_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, group = typer.Typer(), typer.Typer()

    @group.command()
    def read(whom: UUID, name: str) -> None:
        raise typer.Exit(3)

    @made.command()
    def another() -> None: ...

    made.add_typer(group, name="persons")
    keep(made)
    monkeypatch.setenv("REGISTAN_HOME", str(tmp_path))
    for variable in ("REGISTRY", "REPORTING", "NOTIFICATIONS"):
        monkeypatch.delenv(f"REGISTAN_{variable}_DATABASE_URL", raising=False)
    done = CliRunner().invoke(made, ["persons", "read", ID, "Canary Person"], prog_name="registan")
    assert done.exit_code == 3
    line = json.loads(done.stderr)
    assert (line["log"], line["event"], line["about"], line["status"]) == ("security", "command", [ID], 3)
    assert line["route"] == "registan persons read"
    assert "Canary" not in done.stderr

    (tmp_path / "logs").mkdir()
    beside = CliRunner().invoke(made, ["persons", "read", ID, "Canary Person"], prog_name="registan")
    assert beside.stderr == ""
    assert json.loads((tmp_path / "logs" / "commands.log").read_text())["about"] == [ID]
