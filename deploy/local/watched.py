"""A child that is started again when it dies or hangs, after pauses that grow while it keeps dying.

Whatever hinders a new start (a full disk, no more processes) is told and tried again: only the first start of all may
fail for good, because then a person is waiting for it.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from deploy.local.errors import PlatformError
from deploy.local.process import Child

LONGEST_PAUSE = 30.0  # seconds
ASK_EVERY = 5.0
HUNG = 30.0  # seconds; a machine that is busy takes many for an answer
CALM = 60.0  # seconds after which a process that dies is no longer one that keeps dying


@dataclass
class Watched:
    """Looked at a few times a second by the supervisor. `prepare` is done before each new start.

    One that `answers` not for HUNG seconds is killed: frozen, or busy with one thing for ever, it helps nobody.
    """

    child: Child
    prepare: Callable[[], None] = lambda: None
    answers: Callable[[], bool] = lambda: True
    clock: Callable[[], float] = time.monotonic
    _pause: float = 0.0
    _started: float = field(init=False)
    _asked: float = field(init=False)
    _answered: float = field(init=False)
    _again_at: float | None = None

    def __post_init__(self) -> None:
        self._started = self._asked = self._answered = self.clock()

    def look(self) -> str:
        """Do what is due; a sentence when there is something to tell."""
        now = self.clock()
        if self.child.alive:
            return self._ask(now)
        if self._again_at is None:
            self._wait(longer=now - self._started < CALM)
            why = self.child.last_words()
            return f"{self.child.name} ended with {self.child.exit_code} ({why}); it starts again in {self._pause:g} s"
        if now < self._again_at:
            return ""
        try:
            self.prepare()
            self.child.start()
        except (OSError, PlatformError) as error:
            self._wait(longer=True)
            return f"{self.child.name} cannot be started again ({error}); it is tried again in {self._pause:g} s"
        self._started = self._answered = self.clock()
        self._again_at = None
        return f"{self.child.name} is started again"

    def _ask(self, now: float) -> str:
        if now - self._asked < ASK_EVERY:
            return ""
        if self.answers():
            self._answered = self.clock()
        self._asked = self.clock()
        if self._asked - self._answered < HUNG:
            return ""
        self.child.kill()
        return f"{self.child.name} has not answered for {HUNG:g} s and is killed"

    def _wait(self, *, longer: bool) -> None:
        self._pause = min(self._pause * 2 or 1.0, LONGEST_PAUSE) if longer else 1.0
        self._again_at = self.clock() + self._pause
