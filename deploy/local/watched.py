"""A child that is started again when it dies, after pauses that grow while it keeps dying."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

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
            died_at_once = now - self._started < CALM
            self._pause = min(self._pause * 2 or 1.0, LONGEST_PAUSE) if died_at_once else 1.0
            self._again_at = now + self._pause
            why = last_words(self.child.log)
            return f"{self.child.name} ended with {self.child.exit_code} ({why}); it starts again in {self._pause:g} s"
        if now < self._again_at:
            return ""
        self.prepare()
        self.child.start()
        self._started, self._again_at = self.clock(), None
        return f"{self.child.name} is started again"
