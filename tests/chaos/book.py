"""The book of ledgers: the last one of each scenario, as a table in the document that makes the promises.

A run enters its ledgers when it ends; those of scenarios that it did not run stay as they are.
"""

import os
import re
from datetime import UTC, datetime
from pathlib import Path

from tests.chaos.ledger import Ledger
from tests.marked import rewrite

BEGIN, END = "<!-- ledgers begin: written by `make chaos` -->", "<!-- ledgers end -->"
HEAD = """\
| # | scenario | written | published | lost | counted twice | out of order | mails sent | twice | back after | and | \
promises | seed, day |
|---|---|--:|--:|--:|--:|--:|--:|--:|--:|---|---|---|
"""

_entries: dict[str, str] = {}


def note(ledger: Ledger) -> None:
    """Remember the ledger of the test that is running."""
    numbers = re.search(r"test_([\d_]+)_", os.environ["PYTEST_CURRENT_TEST"])
    assert numbers, "a scenario's file is named after its numbers"
    cells = (
        numbers[1].replace("_", "–"),
        ledger.scenario,
        ledger.written or "",
        ledger.published or "",
        ledger.lost,
        ledger.double_counted,
        ledger.out_of_order,
        ledger.mails_sent or "",
        ledger.mails_repeated if ledger.mails_sent else "",
        f"{ledger.recovery:.1f} s" if ledger.recovery else "",
        "; ".join(f"{name}: {value}" for name, value in ledger.notes.items()).replace("|", "/"),
        "**broken**: " + ", ".join(ledger.violations()) if ledger.violations() else "kept",
        f"{ledger.seed}, {datetime.now(UTC):%Y-%m-%d}",
    )
    _entries[ledger.scenario] = f"| {' | '.join(map(str, cells))} |"


def enter(document: Path) -> None:
    """Write what was noted into the table between the two marks."""

    def with_noted(old: str) -> str:
        rows = {row.split(" | ")[1]: row for row in old.splitlines() if re.match(r"\| \d", row)} | _entries
        return HEAD + "\n".join(sorted(rows.values())) + "\n"

    if _entries:
        rewrite(document, BEGIN, END, with_noted)
