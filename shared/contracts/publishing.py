"""The generated documents as files of the project, and the baseline of what was released.

They are committed, so that a change of a contract is seen in review as what subscribers will see. `export` writes them,
`findings` says what is wrong with them, and `release` makes the current schemas the promise that later ones must keep.
Each release that adds something is a minor version (1.0, 1.1 …) with its date and what it adds, in `changelog.json`.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal

from shared.contracts import asyncapi
from shared.contracts.compatibility import Schema, Violation, violations
from shared.contracts.growth import additions
from shared.contracts.schemas import rendered, schemas

FOLDER = Path(__file__).parent
SCHEMAS = Path("schemas")
RELEASED = SCHEMAS / "released"
ASYNCAPI = Path("asyncapi.json")
CHANGELOG = Path("changelog.json")
RULES = Path("rules.json")
SUFFIX = ".schema.json"

Change = Literal["created", "updated", "deleted"]


Rules = Mapping[str, Any]
"""The counting rules as a document: a service makes it, and what is shared knows no service."""


@dataclass(frozen=True, slots=True)
class Written:
    """A document that `export` or `release` changed."""

    path: Path
    change: Change


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the contracts.

    Attributes:
        version: `1.2`; the number before the dot is that of the topics.
        date: of its release; none while it is not released.
        added: what it has and the version before had not: schema, kind and name of each.
    """

    version: str
    date: str | None
    added: list[dict[str, str]]


class Incompatible(Exception):
    """The contracts break what was released: mend them, or give what must differ a new topic."""

    def __init__(self, found: list[Violation]) -> None:
        super().__init__("\n".join(map(str, found)))
        self.violations = found


def export(folder: Path = FOLDER, rules: Rules | None = None) -> list[Written]:
    """Write every generated document, remove schemas that describe nothing any more; say what changed."""
    documents = _documents(folder, rules)
    stray = [path for path in _present(folder, SCHEMAS) if path not in documents]
    for path in stray:
        (folder / path).unlink()
    return _write(folder, documents) + [Written(path, "deleted") for path in stray]


def release(folder: Path = FOLDER, on: date | None = None) -> list[Written]:
    """Make the current schemas the baseline that later ones are held against, and a version if they add something.

    Args:
        on: the day of the release; today if it is not said.

    Raises:
        Incompatible: they break the present baseline.
    """
    broken = _violations(folder)
    if broken:
        raise Incompatible(broken)
    day = (on or datetime.now(UTC).date()).isoformat()
    told = [Version(each.version, each.date or day, each.added) for each in changelog(folder)]
    changed = {CHANGELOG: json.dumps([asdict(each) for each in told], indent=2) + "\n"}
    return _write(folder, changed | _schema_files(RELEASED))


def changelog(folder: Path = FOLDER) -> list[Version]:
    """The versions there were, newest first; at the head what is there and not released yet, if anything is."""
    told = [Version(**each) for each in json.loads(_text(folder / CHANGELOG) or "[]")]
    released = {
        path.name.removesuffix(SUFFIX): json.loads((folder / path).read_text()) for path in _present(folder, RELEASED)
    }
    added = [asdict(each) for each in additions(released, schemas())]
    return [Version(f"1.{len(told)}", None, added), *told] if added else told


def findings(folder: Path = FOLDER, rules: Rules | None = None) -> list[str]:
    """What keeps the contracts from being published: documents that are not the generated ones, broken promises."""
    documents = _documents(folder, rules)
    stale = [path for path, text in documents.items() if _text(folder / path) != text]
    stale += [path for path in _present(folder, SCHEMAS) if path not in documents]
    outdated = [f"{path} is not what the models say: run `registan contracts export`" for path in sorted(stale)]
    return outdated + [str(violation) for violation in _violations(folder)]


def _violations(folder: Path) -> list[Violation]:
    current: dict[str, Schema] = schemas()
    return [
        violation
        for path in _present(folder, RELEASED)
        for name in [path.name.removesuffix(SUFFIX)]
        for violation in violations(name, json.loads((folder / path).read_text()), current.get(name))
    ]


def _documents(folder: Path, rules: Rules | None) -> dict[Path, str]:
    counted = {} if rules is None else {RULES: rendered(dict(rules))}
    version = changelog(folder)[0].version
    return _schema_files(SCHEMAS) | {ASYNCAPI: rendered(asyncapi.document(version))} | counted


def _schema_files(place: Path) -> dict[Path, str]:
    return {place / f"{name}{SUFFIX}": rendered(schema) for name, schema in schemas().items()}


def _present(folder: Path, place: Path) -> list[Path]:
    return sorted(path.relative_to(folder) for path in (folder / place).glob(f"*{SUFFIX}"))


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
