"""What people read, in pages, documents and code, names its subject: no word that turns it into a riddle."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RIDDLES = ("whoever", "whomever", "whom", "whosoever", "anew", "hence", "thereof", "wherein", "heretofore", "aforesaid")
_RIDDLE = re.compile(rf"\b({'|'.join(RIDDLES)})\b", re.IGNORECASE)
_READ = (".py", ".md", ".html", ".po", ".txt", ".toml")


def riddles(text: str) -> list[str]:
    """The lines that use such a word, with their numbers."""
    return [f"{number}: {line.strip()}" for number, line in enumerate(text.splitlines(), 1) if _RIDDLE.search(line)]


@pytest.mark.parametrize("folder", ["services", "shared", "deploy", "docs", "scripts"])
def test_no_sentence_makes_a_riddle_of_its_subject(folder: str) -> None:
    listed = subprocess.run(["git", "ls-files", folder], cwd=ROOT, capture_output=True, text=True, check=True)
    files = [ROOT / name for name in listed.stdout.splitlines() if name.endswith(_READ)]
    assert files
    found = {str(file.relative_to(ROOT)): riddles(file.read_text(encoding="utf-8")) for file in files if file.exists()}
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_such_a_word_is_found_and_part_of_another_is_not() -> None:
    assert riddles("Whoever asks\nthe household\nmade anew") == ["1: Whoever asks", "3: made anew"]
