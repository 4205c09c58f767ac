"""What the API answers with: states with their version as ETag, lists with a cursor, and problems as documented.

Errors are problem details (RFC 9457); the domain's error classes are their own documentation, so a route names the
classes it can raise and OpenAPI shows status, type and sentence of each.
"""

from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, TypeAdapter
from starlette.responses import JSONResponse, Response

from services.registry.models import Aggregate
from shared.database.listing import Page
from shared.errors import DomainError, Stale
from shared.identity import NotAllowed
from shared.web.identity import NotSignedIn
from shared.web.problems import MEDIA_TYPE, TYPE_PREFIX

V = TypeVar("V")


class ListOf(BaseModel, Generic[V]):
    """A page of a list."""

    items: list[V]
    next: str | None = None
    """The cursor of the next page: send it as `after`. Absent on the last page."""


class FieldError(BaseModel):
    field: str
    reason: str


class ProblemDetails(BaseModel):
    """What is wrong, and what to do (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str | None = None
    errors: list[FieldError] = []


@dataclass(frozen=True)
class Answer:
    """A response that can be kept, so that a repeated request is answered alike."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        return JSONResponse(self.body, self.status, self.headers)


def state_of(view: type[BaseModel], aggregate: Aggregate, *, status: int = 200, location: str | None = None) -> Answer:
    """An aggregate as `view` shows it, with its version as ETag."""
    headers = {"etag": f'"{aggregate.version}"'}
    if location is not None:
        headers["location"] = location
    return Answer(status, as_json(view, aggregate), headers)


def as_json(view: type[BaseModel], value: object) -> Any:
    return view.model_validate(value, from_attributes=True).model_dump(mode="json")


def all_as_json(view: type[BaseModel], values: object) -> Any:
    adapter: TypeAdapter[Any] = TypeAdapter(list[view])  # type: ignore[valid-type]
    return adapter.dump_python(adapter.validate_python(values, from_attributes=True), mode="json")


def list_of(view: type[BaseModel], page: Page[Any]) -> Answer:
    """A page of a list, each item as `view` shows it."""
    return Answer(200, {"items": all_as_json(view, page.items), "next": page.next})


class Invalid(DomainError):
    """Some fields cannot be accepted as they are: `errors` names each, with the reason and what to do."""

    slug = "invalid"


def problems(*errors: type[DomainError]) -> dict[int | str, dict[str, Any]]:
    """The documentation of what a route refuses, besides what every route does."""
    documented: dict[int | str, dict[str, Any]] = {}
    every: tuple[type[DomainError], ...] = (NotSignedIn, NotAllowed, Invalid, *errors)
    for status in sorted({error.status for error in every}):
        of_status = [error for error in every if error.status == status]
        examples = {error.slug: {"summary": error.title(), "value": _example(error)} for error in of_status}
        documented[status] = {
            "description": "\n\n".join(f"`{error.slug}`: {error.title()}" for error in of_status),
            "content": {MEDIA_TYPE: {"schema": {"$ref": _SCHEMA}, "examples": examples}},
        }
    return documented


_SCHEMA = f"#/components/schemas/{ProblemDetails.__name__}"

ANY_PROBLEM: dict[int | str, dict[str, Any]] = {
    "default": {"model": ProblemDetails, "description": "Any other problem is told in the same way."}
}
"""For the router: what brings the schema of problems into the document."""


def _example(error: type[DomainError]) -> dict[str, Any]:
    return {"type": TYPE_PREFIX + error.slug, "title": error.title(), "status": error.status}


class MatchNeeded(DomainError):
    """Say in If-Match which version you saw (its ETag), or `*` to change whatever is there."""

    status = 428
    slug = "if-match-needed"


CHANGING = (MatchNeeded, Stale)
"""What every change of something that exists can be refused for."""
