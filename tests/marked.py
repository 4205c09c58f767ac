"""Documents with a part that a program writes: what stands between two marks."""

from collections.abc import Callable
from pathlib import Path


def rewrite(document: Path, begin: str, end: str, anew: Callable[[str], str]) -> None:
    """Put what `anew` makes of the part between the marks in its place."""
    before, _, rest = document.read_text(encoding="utf-8").partition(begin)
    old, _, after = rest.partition(end)
    document.write_text(f"{before}{begin}\n\n{anew(old)}\n{end}{after}", encoding="utf-8")
