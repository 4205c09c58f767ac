"""How much one account or token may change in a minute, so that a program gone wild takes nobody else's time.

A bucket for each that fills as time passes (a token bucket): what was saved up may be spent at once. It lives in the
process that serves, so several processes allow several times as much.
"""

import math
from uuid import UUID

from shared.errors import DomainError

_MOST_KNOWN = 10_000


class TooManyChanges(DomainError):
    """You change more at this moment than one account may: wait for the seconds that Retry-After names."""

    status = 429
    slug = "too-many-changes"

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.headers = {"retry-after": str(math.ceil(seconds))}


class Allowance:
    """What each has left.

    Args:
        per_minute: changes.
    """

    def __init__(self, per_minute: int) -> None:
        self._most = float(per_minute)
        self._per_second = per_minute / 60
        self._left: dict[UUID, tuple[float, float]] = {}  # how much, and when that was

    def spend(self, who: UUID, now: float) -> None:
        """Take one.

        Args:
            now: seconds of a clock that never goes back.

        Raises:
            TooManyChanges: there is none left.
        """
        left, at = self._left.get(who, (self._most, now))
        left = min(self._most, left + (now - at) * self._per_second)
        if left < 1:
            raise TooManyChanges((1 - left) / self._per_second)
        if len(self._left) >= _MOST_KNOWN:
            self._left.clear()
        self._left[who] = (left - 1, now)
