"""What Java learns of Kafka in one run (classes found, checked and linked), kept for the runs after it.

It halves the processor time of a start. Java writes it when the run that was learnt from ends, which then takes some
seconds longer, once. A file belongs to exactly the jars, the Java and the options it was made with, which its name
says; Java checks the same, and its checksum, and starts without it when in doubt (JEP 483, 514).
"""

import hashlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

KEPT = 86_400.0  # seconds that files of other versions, and what a killed run left, stay for those who may use them


@dataclass(frozen=True)
class JavaCache:
    """The file for one Java command line, in a folder that all installations of a user share."""

    folder: Path
    java: Path
    options: Sequence[str]
    jars: Sequence[Path]

    @property
    def known(self) -> bool:
        return self._file.exists()

    def option(self) -> str:
        """What Java is told: to use what was learnt, or to learn."""
        if self.known:
            return f"-XX:AOTCache={self._file}"
        return f"-XX:AOTCacheOutput={self._draft}"

    def keep(self) -> None:
        """Keep what the run that has just ended in order has learnt, if it did; drop what is of no use any more."""
        if self._draft.exists():
            self._draft.replace(self._file)
        for other in self.folder.glob("*kafka-*.aot*"):
            if other != self._file and other.stat().st_mtime < time.time() - KEPT:
                other.unlink(missing_ok=True)

    def forget(self) -> None:
        """Learn again: a start that failed may have failed because of it."""
        self._file.unlink(missing_ok=True)

    @property
    def _file(self) -> Path:
        seen = hashlib.sha256(repr(self.options).encode())
        for path in (self.java, *self.jars):
            found = path.stat()
            seen.update(f"{path} {found.st_size} {found.st_mtime_ns}".encode())
        return self.folder / f"kafka-{seen.hexdigest()[:16]}.aot"

    @property
    def _draft(self) -> Path:
        return self._file.with_name(f".{os.getpid()}-{self._file.name}")
