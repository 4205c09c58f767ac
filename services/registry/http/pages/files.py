"""What files of lists have in common: the import reads them, so that what is imported unchanged is no change."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from services.registry.sheets.sheet import LANGUAGES
from shared.exports import Cell

FileColumn = tuple[str, Callable[[Any], Cell]]

USUAL, OTHERS = LANGUAGES[:2], LANGUAGES[2:]
"""The languages whose columns stand first, and those that stand at the end."""


def in_languages(
    name: str, texts: Callable[[Any], Mapping[str, str]], languages: Sequence[str] = LANGUAGES
) -> Iterator[FileColumn]:
    """A text as a column for each language: what stands under no language would be taken for another."""
    for language in languages:
        yield f"{name}_{language}", _in_language(texts, language)


def _in_language(texts: Callable[[Any], Mapping[str, str]], language: str) -> Callable[[Any], Cell]:
    return lambda row: texts(row).get(language)
