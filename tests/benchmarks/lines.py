"""A file of records, a line each: what contenders are given, without whatever made it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Line:
    """A record as it is handed to a contender: the bytes that go to Kafka, as text."""

    topic: str
    key: str
    value: str
    headers: tuple[tuple[str, str], ...]

    @property
    def size(self) -> int:
        parts = (self.key, self.value, *(part for header in self.headers for part in header))
        return sum(len(part.encode()) for part in parts)


def read_lines(path: Path) -> Iterator[Line]:
    with path.open() as file:
        for topic, key, value, headers in map(json.loads, file):
            yield Line(topic, key, value, tuple((name, text) for name, text in headers))
