"""Identifiers that sort by the time they were made (UUIDv7, RFC 9562 §5.7): an index on them grows at its end."""

from uuid import UUID

import uuid6


def new_id() -> UUID:
    return UUID(int=uuid6.uuid7().int)
