"""What the database refuses, in the words of the domain: for rules that only a unique index can keep in a race."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import IntegrityError

from shared.errors import DomainError


@asynccontextmanager
async def unless_taken(index: str, error: DomainError) -> AsyncIterator[None]:
    """Raises: `error`, when a row that the unique index `index` refuses is written."""
    try:
        yield
    except IntegrityError as refused:
        if index in str(refused.orig):
            raise error from None
        raise
