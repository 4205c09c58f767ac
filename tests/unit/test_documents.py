"""What the documents name is there: every linked file, every path, every command and every target of make."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import typer

from deploy.cli import app

PROJECT = Path(__file__).parents[2]
DOCUMENTS = sorted([*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md"), *(PROJECT / "deploy").rglob("*.md")])
FOLDERS = ("services", "shared", "deploy", "tests", "docs", "scripts")
COMMANDS = typer.main.get_command(app)
TARGETS = re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)

each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(PROJECT)))


def code_in(document: Path) -> Iterator[str]:
    """What stands in code: between backticks, and a line at a time where there is a block of it."""
    text = document.read_text(encoding="utf-8")
    for block in re.findall(r"^ *```\w*\n(.*?)^ *```", text, flags=re.MULTILINE | re.DOTALL):
        yield from (line.strip() for line in block.splitlines())
    yield from re.findall(r"`([^`\n]+(?:\n[^`\n]+)?)`", re.sub(r"^ *```.*?^ *```", "", text, flags=re.M | re.S))


@each_document
def test_each_link_leads_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", document.read_text(encoding="utf-8")):
        assert "://" in target or (document.parent / target).exists(), f"nothing is at {target}"


@each_document
def test_each_path_is_there(document: Path) -> None:
    """But for folders with a slash at their end: those may be filled by a command first."""
    for word in (word for code in code_in(document) for word in code.split()):
        if re.fullmatch(rf"({'|'.join(FOLDERS)})/[\w./*-]*[\w*-]", word):
            assert list(PROJECT.glob(word)), f"nothing is at {word}"


@each_document
def test_each_command_and_its_options_exist(document: Path) -> None:
    for code in code_in(document):
        if spoken := re.match(r"(?:\.venv/bin/)?registan ([a-z].*)", " ".join(code.split())):
            assert_command(spoken[1].split("#")[0].split())
        if spoken := re.match(r"make ([a-z-]+)", code):
            assert spoken[1] in TARGETS, f"make knows no {spoken[1]}"


def assert_command(words: list[str]) -> None:
    command: click.Command = COMMANDS  # type: ignore[assignment]  # typer brings a click of its own
    while hasattr(command, "commands") and words:
        assert words[0].rstrip(",") in command.commands, f"registan knows no {words[0]}"
        command = command.commands[words.pop(0).rstrip(",")]
    options = {name for parameter in command.params for name in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= options, f"{command.name} does not take {words}"
