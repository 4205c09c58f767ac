"""The consumer groups of the registry: none. It is where events come from."""

from collections.abc import Mapping, Sequence

from shared.contracts import Topic

GROUPS: Mapping[str, Sequence[Topic]] = {}
