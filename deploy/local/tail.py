"""The last lines of logs, and those that are added while one looks."""

import time
from collections import deque
from collections.abc import Iterator, Mapping
from pathlib import Path


def last_lines(path: Path, count: int) -> list[str]:
    with path.open(errors="replace") as log:
        return [line.rstrip("\n") for line in deque(log, maxlen=count)]


def follow(logs: Mapping[str, Path]) -> Iterator[tuple[str, str]]:
    """Each line added from now on, with the name of its log; without end."""
    open_logs = {name: path.open(errors="replace") for name, path in logs.items()}
    unfinished = dict.fromkeys(open_logs, "")
    try:
        for log in open_logs.values():
            log.seek(0, 2)
        while True:
            quiet = True
            for name, log in open_logs.items():
                *lines, unfinished[name] = (unfinished[name] + log.read()).split("\n")
                for line in lines:
                    quiet = False
                    yield name, line
            if quiet:
                time.sleep(0.2)
    finally:
        for log in open_logs.values():
            log.close()
