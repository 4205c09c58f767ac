"""What was measured, as people and machines read it: rows of a table, with the goal beside and the machine above."""

import json
import os
import platform
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from tests.marked import rewrite


@dataclass(frozen=True)
class Spread:
    """Several measurements of the same."""

    median: float
    least: float
    most: float
    times: int

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        return cls(statistics.median(values), min(values), max(values), len(values))

    def __str__(self) -> str:
        if self.times == 1:
            return _number(self.median)
        return f"{_number(self.median)} ({_number(self.least)} to {_number(self.most)})"


@dataclass(frozen=True)
class Goal:
    """What was to be reached, and whether it was."""

    what: str
    reached: float
    met: bool

    @classmethod
    def at_least(cls, what: str, reached: float, wanted: float, unit: str = " ×") -> "Goal":
        return cls(f"{what} ≥ {wanted:g}{unit}", reached, reached >= wanted)

    @classmethod
    def at_most(cls, what: str, reached: float, wanted: float, unit: str = "") -> "Goal":
        return cls(f"{what} ≤ {wanted:g}{unit}", reached, reached <= wanted)


@dataclass
class Result:
    """One row of the table of benchmarks.

    Attributes:
        row: its name, by which `make bench ONLY=…` runs it.
        what: one sentence on what was measured, and how.
        unit: of the measurements.
    """

    row: str
    what: str
    unit: str
    measured: Mapping[str, Spread]
    goals: Sequence[Goal] = ()
    notes: Sequence[str] = ()


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown processor"


@dataclass(frozen=True)
class Machine:
    """The facts of the machine that the figures cannot be understood without."""

    processor: str = field(default_factory=_processor)
    cores: int = field(default_factory=lambda: os.cpu_count() or 1)
    memory_gb: int = field(default_factory=lambda: round(psutil.virtual_memory().total / 1e9))
    system: str = field(default_factory=lambda: f"{platform.system()} {platform.release()}")
    python: str = field(default_factory=platform.python_version)
    load_at_start: float = field(default_factory=lambda: round(os.getloadavg()[0], 1))


def write(folder: Path, machine: Machine, results: Iterable[Result]) -> None:
    """Leave each row as a file for machines; rows that were not run this time stay as they were."""
    folder.mkdir(parents=True, exist_ok=True)
    for result in results:
        told = {"measured_on": f"{datetime.now(UTC):%Y-%m-%d}", "machine": asdict(machine), **asdict(result)}
        told["markdown"] = _section(result)
        (folder / f"{result.row}.json").write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n")


def tables(folder: Path, rows: Iterable[str]) -> str:
    """All rows that were ever written to the folder, in this order, as Markdown."""
    files = [file for row in rows if (file := folder / f"{row}.json").exists()]
    return "\n\n".join(_with_machine(json.loads(file.read_text())) for file in files) + "\n"


def publish(document: Path, shown: str) -> None:
    """Put the tables between the two marks of a document."""
    rewrite(document, BEGIN, END, lambda _old: shown)


BEGIN, END = "<!-- tables begin: written by `make bench` -->", "<!-- tables end -->"


def _with_machine(told: Mapping[str, Any]) -> str:
    machine = Machine(**told["machine"])
    return (
        f"{told['markdown']}\n\n<sub>{told['measured_on']}: {machine.processor}, {machine.cores} cores, "
        f"{machine.memory_gb} GB, {machine.system}, Python {machine.python}, load at the start "
        f"{machine.load_at_start}.</sub>"
    )


def _section(result: Result) -> str:
    lines = [f"### {result.row}", "", result.what, "", f"| | {result.unit} |", "|---|--:|"]
    lines += [f"| {name} | {spread} |" for name, spread in result.measured.items()]
    if result.goals:
        lines += ["", "| goal | reached | |", "|---|--:|---|"]
        lines += [f"| {g.what} | {_number(g.reached)} | {'met' if g.met else '**missed**'} |" for g in result.goals]
    if result.notes:
        lines += ["", *(f"- {note}" for note in result.notes)]
    return "\n".join(lines)


def _number(value: float) -> str:
    if abs(value) >= 100:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.3g}"
