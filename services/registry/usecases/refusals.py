"""What the database refuses, in the words of the domain: for rules that only a unique index can keep in a race."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import IntegrityError

from services.registry.models import Activity
from services.registry.models.errors.activity import CodeTaken


@asynccontextmanager
async def unless_code_taken(activity: Activity) -> AsyncIterator[None]:
    """Raises: CodeTaken, when the code is another activity's."""
    taken = CodeTaken(f"{activity.programme} has an activity '{activity.code}'.", field="code")
    try:
        yield
    except IntegrityError as error:
        if "uq_activity_programme_code" in str(error.orig):
            raise taken from None
        raise
