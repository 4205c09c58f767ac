"""Work that makes very many objects at once, and no cyclic garbage: to search for it takes a third of the time."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_USUAL = gc.get_threshold()
_RARE = (100_000, *_USUAL[1:])


@contextmanager
def gc_less_often() -> Iterator[None]:
    """Let Python search for cyclic garbage rarely. Who ends first of several ends it for all, which harms nobody."""
    gc.set_threshold(*_RARE)
    try:
        yield
    finally:
        gc.set_threshold(*_USUAL)
