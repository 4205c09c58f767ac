"""A child that is started again when it dies, after pauses that grow while it keeps dying.

Whatever hinders a new start (a full disk, no more processes) is told and tried again: only the first start of all may
fail for good, because then a person is waiting for it.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from deploy.local.errors import PlatformError
from deploy.local.process import Child, last_words

LONGEST_PAUSE = 30.0  # seconds
CALM = 60.0  # seconds after which a process that dies is no longer one that keeps dying


@dataclass
class Watched:
    """Looked at a few times a second by the supervisor. `prepare` is done before each new start."""

    child: Child
    prepare: Callable[[], None] = lambda: None
    clock: Callable[[], float] = time.monotonic
    _pause: float = 0.0
    _started: float = field(init=False)
    _again_at: float | None = None

    def __post_init__(self) -> None:
        self._started = self.clock()

    def look(self) -> str:
        """Do what is due; a sentence when there is something to tell."""
        now = self.clock()
        if self.child.alive:
            return ""
        if self._again_at is None:
            self._wait(longer=now - self._started < CALM)
            why = last_words(self.child.log)
            return f"{self.child.name} ended with {self.child.exit_code} ({why}); it starts again in {self._pause:g} s"
        if now < self._again_at:
            return ""
        try:
            self.prepare()
            self.child.start()
        except (OSError, PlatformError) as error:
            self._wait(longer=True)
            return f"{self.child.name} cannot be started again ({error}); it is tried again in {self._pause:g} s"
        self._started, self._again_at = self.clock(), None
        return f"{self.child.name} is started again"

    def _wait(self, *, longer: bool) -> None:
        self._pause = min(self._pause * 2 or 1.0, LONGEST_PAUSE) if longer else 1.0
        self._again_at = self.clock() + self._pause
