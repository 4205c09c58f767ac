"""What an API refuses, in its OpenAPI document: each error class is its own documentation.

A route names the classes that it can raise (`responses=problems(NoticeNotFound)`), and OpenAPI shows status, type and
sentence of each. What every route can answer with is added to the finished document, so that no service and no route
can forget it.
"""

from typing import Any

from pydantic import BaseModel

from shared.errors import DomainError
from shared.identity import NotAllowed
from shared.web.identity import NotSignedIn
from shared.web.problems import MEDIA_TYPE, TYPE_PREFIX


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
            "content": {MEDIA_TYPE: {"schema": _SCHEMA, "examples": examples}},
        }
    return documented


def complete(document: dict[str, Any]) -> None:
    """Say of every operation what any of them can answer with, instead of what the framework thinks it would."""
    every = {str(status): refusal for status, refusal in problems().items()}
    for operation in (each for operations in document["paths"].values() for each in operations.values()):
        responses = operation["responses"]
        for status, refusal in every.items():
            if MEDIA_TYPE not in responses.get(status, {}).get("content", {}):
                responses[status] = refusal
        responses["default"] = _ANY
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    details = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(details.pop("$defs"))
    schemas[ProblemDetails.__name__] = details


_SCHEMA = {"$ref": f"#/components/schemas/{ProblemDetails.__name__}"}
_ANY = {"description": "Any other problem is told in the same way.", "content": {MEDIA_TYPE: {"schema": _SCHEMA}}}


def _example(error: type[DomainError]) -> dict[str, Any]:
    return {"type": TYPE_PREFIX + error.slug, "title": error.title(), "status": error.status}
