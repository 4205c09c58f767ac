"""`registan import activities` as a person types it: what it prints, what it writes, and how it ends."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.conftest import DatabaseUrl
from tests.registry import Desk, desk
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
        return subprocess.run(
            [sys.executable, "-m", "deploy.cli", "import", "activities", *arguments],
            env={**os.environ, **given},
            capture_output=True,
            text=True,
            check=False,
        )

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
    dry = registan(file)
    assert (dry.returncode, dry.stderr) == (0, "")
    assert "Windows-1251" in dry.stdout
    assert "1 row: 1 new. Nothing was written" in dry.stdout
    assert len(await office.journal()) == before
    assert "1 created" in registan(file, "--commit").stdout
    assert len(await office.journal()) == before + 1
    assert "1 unchanged" in registan(file, "--commit").stdout


async def test_rows_with_errors_end_with_1_until_they_are_skipped_or_left_out(
    registan: Registan, office: Desk, tmp_path: Path
) -> None:
    file = on_disk(tmp_path, row(), row(id="sample-2", phase="[99]"))
    before = len(await office.journal())
    refused = registan(file, "--commit")
    assert refused.returncode == 1
    assert "phase: SAMPLE has no phase '[99]'" in refused.stdout
    assert len(await office.journal()) == before
    assert registan(file, "--leave-out-errors").returncode == 0
    skipped = registan(file, "--skip", "sample-2", "--commit", "--json")
    assert skipped.returncode == 0
    assert json.loads(skipped.stdout)["result"]["left_out"] == [3]
    assert registan(file, "--skip", "nobody").returncode == 2


def test_a_file_that_is_no_list_is_one_line_that_says_what_to_do(registan: Registan, tmp_path: Path) -> None:
    path = tmp_path / "letter.pdf"
    path.write_bytes(b"%PDF-1.7")
    done = registan(str(path))
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert line == "registan: It is a PDF. Save the list as CSV (UTF-8) or as an Excel workbook (.xlsx)."
