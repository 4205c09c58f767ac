"""What the API answers with: states with their version as ETag, and lists with a cursor."""

from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, TypeAdapter
from starlette.responses import JSONResponse, Response

from services.registry.models import Aggregate
from shared.errors import DomainError, Stale
from shared.listing import Page

V = TypeVar("V")


class ListOf(BaseModel, Generic[V]):
    """A page of a list."""

    items: list[V]
    next: str | None = None
    """The cursor of the next page: send it as `after`. Absent on the last page."""


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


class MatchNeeded(DomainError):
    """Say in If-Match which version you saw (its ETag), or `*` to change whatever is there."""

    status = 428
    slug = "if-match-needed"


CHANGING = (MatchNeeded, Stale)
"""What every change of something that exists can be refused for."""
