"""`python -m tests.benchmarks [ROW …]`: run benchmarks, print their tables, and leave them in a folder."""

import argparse
import asyncio
import sys
from importlib import import_module
from pathlib import Path

from tests.benchmarks.ground import open_ground
from tests.benchmarks.results import Machine, publish, tables, write

ROWS = ("relay", "projection", "write_cost", "latency", "figures", "rebuild", "imports", "processes", "who_is_who")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of {', '.join(ROWS)}; all when none is named")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--events", type=int, help="how many events, where a row can be asked for fewer")
    parser.add_argument("--folder", type=Path, default=Path("build/benchmarks"), help="where the tables go")
    parser.add_argument("--document", type=Path, help="whose tables are replaced by these")
    asked = parser.parse_args()
    unknown = set(asked.rows) - set(ROWS)
    if unknown:
        parser.error(f"there is no row {', '.join(sorted(unknown))}; there are {', '.join(ROWS)}")
    machine = Machine()
    sizes = {"events": asked.events} if asked.events else {}
    with open_ground() as ground:
        for row in asked.rows or ROWS:
            sys.stderr.write(f"{row} …\n")
            module = import_module(f"tests.benchmarks.{row}")
            result = asyncio.run(module.measure(ground, repetitions=asked.repetitions, **sizes))
            write(asked.folder, machine, [result])
    shown = tables(asked.folder, ROWS)
    if asked.document:
        publish(asked.document, shown)
    sys.stdout.write(shown)


if __name__ == "__main__":
    main()
