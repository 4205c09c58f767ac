"""`registan import` as a person types it: what it prints, what it writes, and how it ends."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from services.registry.models import Programme
from tests.commands import for_people
from tests.conftest import DatabaseUrl
from tests.registry import TREE, Desk, desk
from tests.spreadsheets import csv_file, row
from tests.web import key_files

Registan = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
async def office(database_url: DatabaseUrl) -> AsyncIterator[Desk]:
    async with desk(database_url("registry")) as made:
        yield made


@pytest.fixture
def registan(office: Desk, tmp_path: Path) -> Registan:
    _private, public = key_files(tmp_path)
    given = {
        "REGISTAN_REGISTRY_DATABASE_URL": office.database.dsn,
        "REGISTAN_REGISTRY_PORT": "8001",
        "REGISTAN_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "REGISTAN_SESSION_PUBLIC_KEY_FILE": str(public),
        "COLUMNS": "200",
    }

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        done = subprocess.run(
            [sys.executable, "-m", "deploy.cli", "import", *arguments],
            env={**os.environ, **given},
            capture_output=True,
            text=True,
            check=False,
        )
        done.stderr = for_people(done.stderr)
        return done

    return run


def on_disk(folder: Path, *rows: dict[str, str]) -> str:
    path = folder / "list.csv"
    path.write_bytes(csv_file(*rows, encoding="cp1251").content)
    return str(path)


async def test_a_dry_run_says_what_would_be_written_and_only_a_commit_writes_it(
    registan: Registan, office: Desk, tmp_path: Path
) -> None:
    file = on_disk(tmp_path, row(title_ru="Семинар"))
    before = len(await office.journal())
    dry = registan("activities", file)
    assert (dry.returncode, dry.stderr) == (0, "")
    assert "Windows-1251" in dry.stdout
    assert "1 row: 1 new. Nothing was written" in dry.stdout
    assert len(await office.journal()) == before
    assert "1 created" in registan("activities", file, "--commit").stdout
    assert len(await office.journal()) == before + 1
    assert "1 unchanged" in registan("activities", file, "--commit").stdout


async def test_rows_with_errors_end_with_1_until_they_are_skipped_or_left_out(
    registan: Registan, office: Desk, tmp_path: Path
) -> None:
    file = on_disk(tmp_path, row(), row(id="sample-2", phase="[99]"))
    before = len(await office.journal())
    refused = registan("activities", file, "--commit")
    assert refused.returncode == 1
    assert "phase: SAMPLE has no phase '[99]'" in refused.stdout
    assert len(await office.journal()) == before
    assert registan("activities", file, "--leave-out-errors").returncode == 0
    skipped = registan("activities", file, "--skip", "sample-2", "--commit", "--json")
    assert skipped.returncode == 0
    assert json.loads(skipped.stdout)["result"]["left_out"] == [3]
    assert registan("activities", file, "--skip", "nobody").returncode == 2


def test_a_file_that_is_no_list_is_one_line_that_says_what_to_do(registan: Registan, tmp_path: Path) -> None:
    path = tmp_path / "letter.pdf"
    path.write_bytes(b"%PDF-1.7")
    done = registan("activities", str(path))
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert line == "registan: It is a PDF. Save the list as CSV (UTF-8) or as an Excel workbook (.xlsx)."


def defined_in(folder: Path, **changes: object) -> str:
    path = folder / "programme.json"
    path.write_text(json.dumps(TREE | changes), encoding="utf-8")
    return str(path)


async def test_a_programme_is_defined_from_a_file_after_a_dry_run(
    registan: Registan, office: Desk, tmp_path: Path
) -> None:
    file = defined_in(tmp_path, code="SAMPLE2", synthetic=True)
    dry = registan("programme", file)
    assert (dry.returncode, dry.stderr) == (0, "")
    assert "phase 1, component 1: new\n" in dry.stdout
    assert dry.stdout.endswith("Nothing was written; --commit writes it.\n")
    assert await office.read(Programme, "SAMPLE2") is None

    assert registan("programme", file, "--commit").stdout.endswith("SAMPLE2 is defined: version 1.\n")
    assert registan("programme", file, "--commit").stdout == "SAMPLE2 is defined like this already.\n"

    longer = defined_in(tmp_path, code="SAMPLE2", donor="Sample donor", phases=[*TREE["phases"], {"code": "2"}])
    assert registan("programme", longer, "--commit").stdout.splitlines() == [
        "donor: nothing → Sample donor",
        "synthetic: True → False",
        "phase 2: new",
        "SAMPLE2 is defined: version 2.",
    ]
    defined = await office.read(Programme, "SAMPLE2")
    assert defined is not None
    assert [phase.code for phase in defined.phases] == ["1", "2"]


async def test_a_file_that_defines_no_programme_is_refused_in_one_line_that_names_its_fields(
    registan: Registan, office: Desk, tmp_path: Path
) -> None:
    await office.plan()
    for changes, named in (
        ({"phases": [{"code": "1", "starts": "soon"}]}, "phases.0.starts: "),
        ({"phases": [{"code": "1"}, {"code": "1"}]}, "two phases have the code 1"),
        ({"dOnor": "x"}, "dOnor: "),
        ({"phases": []}, "Activities belong to 1/"),
    ):
        refused = registan("programme", defined_in(tmp_path, **changes), "--commit")
        assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (1, "", 1)
        assert named in refused.stderr
    (tmp_path / "not.json").write_text("Excel")
    assert "the file: Invalid JSON" in registan("programme", str(tmp_path / "not.json")).stderr
