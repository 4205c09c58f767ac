"""What runs of an installation, and how it is: a row a process."""

from contextlib import suppress

import psutil
from pydantic import BaseModel
from rich.table import Table

from deploy.local.home import Part, State
from deploy.local.readiness import away_from


class Row(BaseModel):
    """One process; `state` is `ready`, `runs` (for what has no readiness of its own), or what is wrong."""

    part: str
    process: int | None
    port: int | None
    state: str
    memory_bytes: int

    @property
    def well(self) -> bool:
        return self.state in ("ready", "runs")


def rows(state: State) -> list[Row]:
    supervisor = Part(name="supervisor", port=None, footprint=state.supervisor)
    return [_row(part, is_service=part.name in state.environments) for part in (supervisor, *state.parts)]


def table(of: list[Row]) -> Table:
    shown = Table(box=None, pad_edge=False)
    shown.add_column("part")
    for number in ("process", "port", "memory"):
        shown.add_column(number, justify="right")
    shown.add_column("state")
    for row in of:
        memory = f"{row.memory_bytes / 1e6:.0f} MB"
        shown.add_row(row.part, str(row.process or ""), str(row.port or ""), memory, row.state)
    return shown


def _row(part: Part, *, is_service: bool) -> Row:
    process = part.footprint.process() if part.footprint else None
    row = Row(part=part.name, process=None, port=part.port, state="does not run", memory_bytes=0)
    with suppress(psutil.Error):
        if process:
            row.memory_bytes = _memory(process, whole_tree=part.name == "postgres")
            row.process = process.pid
            row.state = (away_from(part.port) or "ready") if is_service and part.port else "runs"
    return row


def _memory(process: psutil.Process, *, whole_tree: bool) -> int:
    """Resident memory; of PostgreSQL with its sessions, counting what they share once where the system can tell."""
    if not whole_tree:
        return int(process.memory_info().rss)
    total = 0
    for one in (process, *process.children(recursive=True)):
        with suppress(psutil.Error):
            full = one.memory_full_info()
            total += getattr(full, "pss", full.uss)
    return total
