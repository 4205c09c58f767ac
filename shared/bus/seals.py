"""Signed records: on some topics it matters more who has written a record than who may write to Kafka.

The relay signs when it sends, so that what waits in an outbox is signed by the key of the day; a listener puts away
what is not genuine. What is signed, and by which key, is decided elsewhere (`shared/identity/access.py`).
"""

from collections.abc import Callable, Mapping

SEAL = "registan_seal"
"""The header that carries the signature."""

Seals = Mapping[str, Callable[[bytes, bytes | None], bytes]]
"""By the topic's name, without prefix: what signs a record's key and value."""

Genuine = Callable[[bytes, bytes | None, bytes], bool]
"""Whether key and value were signed with this signature."""
