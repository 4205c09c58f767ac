"""Every error as problem details (RFC 9457) for machines, and as a page in plain words for people.

A domain error brings its own status, type and sentence, so there is no table to keep in step. What nobody foresaw is
answered with an id that stands in the log beside the type and place of the failure; neither answer nor log shows its
message, because messages of databases quote the rows they refused.
"""

import traceback
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.exceptions import RequestValidationError

from shared.errors import DomainError
from shared.web.words import reason_of, sentence_of

TYPE_PREFIX = "urn:registan:problem:"
MEDIA_TYPE = "application/problem+json"
FAILURE_ID = "registan.failure_id"
"""Where the request's scope keeps the id of an unforeseen failure, for the log line that is written outside."""


class Problem(Exception):
    """An error of the API that belongs to the request rather than to the domain.

    Args:
        status: the HTTP status.
        slug: the type, stable for machines.
        title: one sentence that is the same for all problems of the type.
        detail: what is wrong this time, and what to do.
        errors: what is wrong with which field.
        headers: response headers that belong to the answer (`Retry-After`).
        members: what else a program needs to act on it (extension members of RFC 9457).
    """

    def __init__(
        self,
        status: int,
        slug: str,
        title: str,
        *,
        detail: str | None = None,
        errors: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail or title)
        self.status = status
        self.slug = slug
        self.title = title
        self.detail = detail
        self.errors = list(errors)
        self.headers = headers
        self.members = members or {}
        self.id: str | None = None
        self.sentence = ""  # what a page adds to its general words, in the reader's language

    def as_json(self) -> dict[str, Any]:
        members = {
            "type": TYPE_PREFIX + self.slug,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "errors": self.errors,
            "id": self.id,
            **self.members,
        }
        return {name: value for name, value in members.items() if value}


def from_domain(error: DomainError) -> Problem:
    field_errors = [{"field": error.field, "reason": error.detail}] if error.field else []
    problem = Problem(
        error.status,
        error.slug,
        error.title(),
        detail=error.detail,
        errors=field_errors,
        headers=getattr(error, "headers", None),
        members=error.members,
    )
    problem.sentence = sentence_of(error)
    return problem


def from_validation(error: RequestValidationError) -> Problem:
    """Each error names the field as the sender wrote it, the reason, and what to do."""
    errors = error.errors()
    if errors and errors[0]["type"] == "json_invalid":
        where = f"at character {errors[0]['loc'][-1]}: {errors[0]['ctx']['error']}"
        return Problem(400, "not-json", "The body is not JSON.", detail=f"It cannot be read {where}.")
    return Problem(
        422,
        "invalid",
        "Some fields cannot be accepted as they are.",
        detail="Correct the fields named in errors, and send the request again.",
        errors=[{"field": _field(e["loc"]), "reason": reason_of(e), "code": e["type"]} for e in errors],
    )


def _field(location: Sequence[int | str]) -> str:
    """`("body", "place", "name", 0)` → `place.name.0`; parameters keep their kind: `query.country`."""
    kind, *path = location
    parts = path if kind == "body" and path else location
    return ".".join(str(part) for part in parts)


def describe(error: BaseException) -> list[str]:
    """Type and place of an exception and of what caused it, without messages and values."""
    lines: list[str] = []
    seen: BaseException | None = error
    while seen is not None:
        frames = traceback.extract_tb(seen.__traceback__)
        ours = [frame for frame in frames if "site-packages" not in frame.filename] or frames[-1:]
        lines.append(type(seen).__qualname__ + "".join(f" < {f.filename}:{f.lineno}" for f in reversed(ours)))
        seen = seen.__cause__ or seen.__context__
    return lines
