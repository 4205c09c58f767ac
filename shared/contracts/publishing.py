"""The generated documents as files of the project, and the baseline of what was released.

They are committed, so that a change of a contract is seen in review as what subscribers will see. `export` writes them,
`findings` says what is wrong with them, and `release` makes the current schemas the promise that later ones must keep.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from shared.contracts import asyncapi
from shared.contracts.compatibility import Schema, Violation, violations
from shared.contracts.schemas import rendered, schemas

FOLDER = Path(__file__).parent
SCHEMAS = Path("schemas")
RELEASED = SCHEMAS / "released"
ASYNCAPI = Path("asyncapi.json")
_SUFFIX = ".schema.json"

Change = Literal["created", "updated", "deleted"]


@dataclass(frozen=True, slots=True)
class Written:
    """A document that `export` or `release` changed."""

    path: Path
    change: Change


class Incompatible(Exception):
    """The contracts break what was released: mend them, or give what must differ a new topic."""

    def __init__(self, found: list[Violation]) -> None:
        super().__init__("\n".join(map(str, found)))
        self.violations = found


def export(folder: Path = FOLDER) -> list[Written]:
    """Write every generated document, remove schemas that describe nothing any more; say what changed."""
    documents = _documents()
    stray = [path for path in _present(folder, SCHEMAS) if path not in documents]
    for path in stray:
        (folder / path).unlink()
    return _write(folder, documents) + [Written(path, "deleted") for path in stray]


def release(folder: Path = FOLDER) -> list[Written]:
    """Make the current schemas the baseline that later ones are held against.

    Raises:
        Incompatible: they break the present baseline.
    """
    broken = _violations(folder)
    if broken:
        raise Incompatible(broken)
    return _write(folder, _schema_files(RELEASED))


def findings(folder: Path = FOLDER) -> list[str]:
    """What keeps the contracts from being published: documents that are not the generated ones, broken promises."""
    documents = _documents()
    stale = [path for path, text in documents.items() if _text(folder / path) != text]
    stale += [path for path in _present(folder, SCHEMAS) if path not in documents]
    outdated = [f"{path} is not what the models say: run `registan contracts export`" for path in sorted(stale)]
    return outdated + [str(violation) for violation in _violations(folder)]


def _violations(folder: Path) -> list[Violation]:
    current: dict[str, Schema] = schemas()
    return [
        violation
        for path in _present(folder, RELEASED)
        for name in [path.name.removesuffix(_SUFFIX)]
        for violation in violations(name, json.loads((folder / path).read_text()), current.get(name))
    ]


def _documents() -> dict[Path, str]:
    return _schema_files(SCHEMAS) | {ASYNCAPI: rendered(asyncapi.document())}


def _schema_files(place: Path) -> dict[Path, str]:
    return {place / f"{name}{_SUFFIX}": rendered(schema) for name, schema in schemas().items()}


def _present(folder: Path, place: Path) -> list[Path]:
    return sorted(path.relative_to(folder) for path in (folder / place).glob(f"*{_SUFFIX}"))


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def _write(folder: Path, documents: dict[Path, str]) -> list[Written]:
    written: list[Written] = []
    for path, text in documents.items():
        before = _text(folder / path)
        if before != text:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
            written.append(Written(path, "created" if before is None else "updated"))
    return written
