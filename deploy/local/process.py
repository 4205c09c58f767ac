"""A process that lives no longer than the one that started it.

PostgreSQL, Kafka and the services all run as such children. On Linux the kernel itself ends a child whose parent
died, even of kill -9; elsewhere the footprint (process number and time of start, so that a reused number is not
mistaken for ours) is what the next start finds and heals by.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from deploy.local.errors import DidNotStart

LONGEST_LOG = 20_000_000  # bytes; a longer one is set aside at the next start, and the one before it dropped
_TETHER = Path(__file__).with_name("tether.py")


@dataclass(frozen=True)
class Footprint:
    """Enough to recognise a process later."""

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> "Footprint":
        return cls(pid, psutil.Process(pid).create_time())

    def process(self) -> psutil.Process | None:
        """The process, if it is still that one and not another under the same number."""
        with suppress(psutil.Error):
            found = psutil.Process(self.pid)
            if abs(found.create_time() - self.started) < 1 and found.status() != psutil.STATUS_ZOMBIE:
                return found
        return None


@dataclass
class Child:
    """One supervised process: what to run, where its words go, how it is asked to stop."""

    name: str
    command: Sequence[str | Path]
    log: Path
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    user: str | None = None
    folder: Path | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    _process: subprocess.Popen[bytes] | None = None
    _said_before: int = 0  # bytes of the log that are from earlier starts

    def start(self) -> None:
        """Start it. From the main thread only: Linux ties the child to the thread that made it."""
        self.log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self.log.exists() and self.log.stat().st_size > LONGEST_LOG:
            self.log.replace(self.log.with_suffix(".old"))
        with self.log.open("ab") as log:
            self._said_before = log.tell()
            self._process = subprocess.Popen(
                tethered(self.command, self.user, self.stop_signal),
                env=dict(self.environment),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches the supervisor alone, which stops all in order
            )

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def footprint(self) -> Footprint | None:
        """None when it never ran or has ended meanwhile."""
        with suppress(psutil.Error):
            return Footprint.of(self._process.pid) if self._process else None
        return None

    @property
    def exit_code(self) -> int | None:
        """None while it runs, or before it was started."""
        return self._process.poll() if self._process else None

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def ask_to_stop(self) -> None:
        if self._process and self.alive:
            self._process.send_signal(self.stop_signal)

    def wait(self, seconds: float) -> bool:
        """Whether it ended within that time."""
        if self._process is None:
            return True
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def stop(self, grace: float = 25) -> bool:
        """Ask, wait, and kill what does not answer. Whether it ended by itself."""
        self.ask_to_stop()
        ended = self.wait(grace)
        if not ended:
            self.kill()
        return ended

    def kill(self) -> None:
        if self._process and self.alive:
            self._process.kill()
            self._process.wait()

    def last_words(self) -> str:
        """What it said last since it was started."""
        return last_words(self.log, self._said_before)

    def wait_until(self, missing: Callable[[], str], seconds: float) -> None:
        """Return once nothing is `missing()` any more.

        Raises:
            DidNotStart: it ended, with its last words, or the time is over, with what is still missing.
        """
        deadline = time.monotonic() + seconds
        while what := missing():
            if not self.alive:
                raise DidNotStart(name=self.name, reason=self.last_words(), log=self.log)
            if time.monotonic() > deadline:
                raise DidNotStart(name=self.name, reason=f"after {seconds:g} s, {what}", log=self.log)
            time.sleep(0.05)


def tethered(command: Sequence[object], user: str | None, sign: signal.Signals) -> list[str]:
    """The command line that runs `command` as `user`, ended by `sign` when this process dies."""
    tether = (sys.executable, "-I", "-S", _TETHER, os.getpid(), int(sign), user or "-")
    return [str(part) for part in (*tether, *command)]


def last_words(log: Path, after: int = 0) -> str:
    """The last line of a log that says something, for an error of one line; only what comes `after` so many bytes."""
    with suppress(OSError):
        lines = log.read_bytes()[after:][-20_000:].decode(errors="replace").splitlines()
        telling = [line for line in lines if any(word in line for word in ("FATAL", "ERROR", "Error", "Exception"))]
        for line in reversed(telling or lines):
            if line.strip():
                return line.strip()[:300].rstrip(".")
    return "it ended without a word"


def end(processes: Iterable[psutil.Process], sign: signal.Signals = signal.SIGTERM, grace: float = 25) -> None:
    """End processes that are not our children: left by a run that was killed."""
    left = list(processes)
    for process in left:
        with suppress(psutil.Error):
            process.send_signal(sign)
    _, stubborn = psutil.wait_procs(left, timeout=grace)
    for process in stubborn:
        with suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(stubborn, timeout=grace)
