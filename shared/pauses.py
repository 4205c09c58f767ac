"""Growing pauses between attempts at something that is away: soon at first, and seldom enough to leave it alone."""


class Pauses:
    """Each pause is longer than the one before, up to the longest.

    Args:
        first: seconds.
        longest: seconds.
        growth: how many times as long the next one is.
    """

    def __init__(self, first: float, longest: float, *, growth: float = 2) -> None:
        self._first = first
        self._longest = longest
        self._growth = growth
        self._following = first

    def next(self) -> float:
        """How long to wait now."""
        now = self._following
        self._following = min(now * self._growth, self._longest)
        return now

    def begin_again(self) -> None:
        """It worked: what fails from now on is another failure."""
        self._following = self._first
