"""The root of what can be wrong with a request: each error is a class whose docstring is its sentence.

A domain error knows how the web answers it, so that one handler serves all and no table has to be kept in step.
"""

from collections.abc import Mapping
from typing import Any, ClassVar


class DomainError(Exception):
    """What was asked for cannot be done.

    Attributes:
        status: the HTTP status that says it (RFC 9110).
        slug: the type of the problem (RFC 9457), stable for machines.
        field: the field that is at fault, where one is.
        members: what else a program needs to act on it (extension members of RFC 9457).
    """

    status: ClassVar[int] = 422
    slug: ClassVar[str] = "cannot-be-done"

    def __init__(self, detail: str = "", *, field: str | None = None) -> None:
        super().__init__(detail or self.title())
        self.detail = detail or self.title()
        self.field = field
        self.members: Mapping[str, Any] = {}

    @classmethod
    def title(cls) -> str:
        """The first line of the class's docstring."""
        return (cls.__doc__ or cls.__name__).strip().splitlines()[0]


class NotFound(DomainError):
    """There is no such thing, or it is not for you to see."""

    status = 404
    slug = "not-found"


class Stale(DomainError):
    """Somebody changed it after you read it: read it again, then repeat your change."""

    status = 412
    slug = "stale"
