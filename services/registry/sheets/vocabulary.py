"""Words as they are compared: without regard to case, with dashes, underscores and spaces alike."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TypeVar

from shared.plain_text import plain_text

W = TypeVar("W", bound=str)

YES_NO: Mapping[str, tuple[str, ...]] = {"yes": ("да", "true", "1"), "no": ("нет", "false", "0")}


@lru_cache(4096)
def plain(word: str) -> str:
    """A word as it is compared."""
    return " ".join(re.split(r"[\s_\-–—]+", plain_text(word[:200]).casefold().replace("ё", "е"))).strip(" :.*")


def by_word(table: Mapping[W, Iterable[str]]) -> dict[str, W]:
    """What is written → our word."""
    ours = {plain(word): word for word in table}
    return {plain(other): word for word, others in table.items() for other in others} | ours
