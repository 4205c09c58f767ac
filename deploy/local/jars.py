"""Kafka's jars: fetched once per user, and never run unless they are the bytes that the lock names.

`kafka-jars.lock` holds a coordinate and a SHA-256 a line, so a start needs no resolution, only what is missing.
`python -m deploy.local.jars` writes the lock again after a version below is changed. Kafka is resolved alone and the
log binding is added to it: resolved together, the managed versions of log4j's parent would replace those of Kafka.
"""

import hashlib
import os
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from deploy.local.errors import JarUnusable

if TYPE_CHECKING:  # what fetches is loaded when something is missing: once
    from jgo.maven import MavenContext
    from rich.console import Console

KAFKA = "org.apache.kafka:kafka_2.13:4.3.1"
LOG_BINDING = "org.apache.logging.log4j:log4j-slf4j-impl:{log4j}"
LOG_CORE = "org.apache.logging.log4j:log4j-core:"
LOCK = Path(__file__).with_name("kafka-jars.lock")


@dataclass(frozen=True)
class Jar:
    """One line of the lock."""

    coordinate: str
    sha256: str

    @property
    def filename(self) -> str:
        _, artifact, version = self.coordinate.split(":")
        return f"{artifact}-{version}.jar"


def locked() -> list[Jar]:
    return [Jar(*line.split()) for line in LOCK.read_text().splitlines() if line and not line.startswith("#")]


def cache() -> Path:
    """Where jars are kept for every clone of this user; REGISTAN_JARS names another folder."""
    return Path(os.environ.get("REGISTAN_JARS") or platformdirs.user_cache_path("registan") / "jars")


def fetch(jars: Sequence[Jar], folder: Path, console: "Console") -> list[Path]:
    """The paths of all jars, after fetching those that are missing or are not what the lock says.

    Raises:
        JarUnusable: it cannot be fetched, or its bytes are not those of the lock.
    """
    missing = [jar for jar in jars if not _is_whole(folder / jar.filename, jar.sha256)]
    if missing:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        folder.mkdir(parents=True, exist_ok=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with (
            tempfile.TemporaryDirectory(dir=folder, prefix=".arriving-") as arriving,
            ThreadPoolExecutor(max_workers=8) as pool,
            Progress(*columns, console=console) as progress,
        ):
            task = progress.add_task(f"Fetching Kafka, once, into {folder}", total=len(missing))
            context = _context(Path(arriving))
            try:
                for done in as_completed([pool.submit(_fetch, context, jar, folder) for jar in missing]):
                    done.result()
                    progress.advance(task)
            except BaseException:  # Ctrl-C too: what has not begun is not waited for
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    return [folder / jar.filename for jar in jars]


def _fetch(context: "MavenContext", jar: Jar, folder: Path) -> None:
    arrived = _download(context, jar.coordinate)
    if not _is_whole(arrived, jar.sha256):
        raise JarUnusable(coordinate=jar.coordinate, reason="what arrived is not what kafka-jars.lock names")
    arrived.replace(folder / jar.filename)  # whole or not at all, even if another process fetches it at the same time


def _download(context: "MavenContext", coordinate: str) -> Path:
    from requests import RequestException

    try:
        return Path(context.create_dependency(coordinate).artifact.resolve())
    except (RequestException, RuntimeError, OSError) as error:
        reason = f"it cannot be fetched ({type(error).__name__}), the network may be down"
        raise JarUnusable(coordinate=coordinate, reason=reason) from error


def _is_whole(path: Path, sha256: str) -> bool:
    return path.is_file() and _sha256(path) == sha256


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _context(folder: Path) -> "MavenContext":
    from jgo.maven import MavenContext, PythonResolver

    return MavenContext(resolver=PythonResolver(), repo_cache=folder, timeout=60)


def write_lock() -> None:
    """Resolve Kafka again and lock every jar it needs."""
    with tempfile.TemporaryDirectory() as folder:
        context = _context(Path(folder))
        wanted, needed = context.resolver.resolve([context.create_dependency(KAFKA)])
        coordinates = {f"{one.groupId}:{one.artifactId}:{one.version}" for one in (*wanted, *needed)}
        log4j = next(one.removeprefix(LOG_CORE) for one in coordinates if one.startswith(LOG_CORE))
        coordinates.add(LOG_BINDING.format(log4j=log4j))
        lines = [f"{one} {_sha256(_download(context, one))}" for one in sorted(coordinates)]
    LOCK.write_text(
        "# coordinate and SHA-256 of each jar Kafka runs on; written by `make lock`\n" + "\n".join(lines) + "\n"
    )


if __name__ == "__main__":
    write_lock()
