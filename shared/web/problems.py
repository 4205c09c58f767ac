"""Every error as problem details (RFC 9457) for machines, and as a page in plain words for people.

A domain error brings its own status, type and sentence, so there is no table to keep in step. What nobody foresaw is
answered with an id that stands in the log beside the type and place of the failure; neither answer nor log shows its
message, because messages of databases quote the rows they refused.
"""

import traceback
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from shared.database import is_temporary
from shared.errors import DomainError
from shared.identifiers import new_id
from shared.web.requests import addresses_of, is_fragment, service_of, wants_page
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


def install(app: FastAPI) -> None:
    """Let the application answer all errors this way."""
    app.add_exception_handler(Problem, answer)
    app.add_exception_handler(DomainError, _domain)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, framework_problem)
    app.add_exception_handler(Exception, _unexpected)


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


async def _domain(request: Request, error: Exception) -> Response:
    assert isinstance(error, DomainError)
    return await answer(request, from_domain(error))


async def _validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return await answer(request, from_validation(error))


async def framework_problem(request: Request, error: Exception) -> Response:
    """What the framework itself refuses: 404, 405, 413, and bodies that cannot be read."""
    assert isinstance(error, HTTPException)
    slug, title = _FRAMEWORK.get(error.status_code, ("http-error", HTTPStatus(error.status_code).phrase))
    detail = None
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED and error.headers:
        detail = f"Use {error.headers.get('Allow')}."
    return await answer(request, Problem(error.status_code, slug, title, detail=detail, headers=error.headers))


_FRAMEWORK = {
    400: ("unreadable", "The request cannot be read: send UTF-8, and a body of the type that Content-Type names."),
    404: ("not-found", "There is nothing at this address."),
    405: ("method-not-allowed", "This address does not accept this method."),
    413: ("too-large", "The request is larger than this address accepts: send less at a time."),
    415: ("media-type", "This address does not read this type of content."),
}


async def _unexpected(request: Request, error: Exception) -> Response:
    if isinstance(error, UnicodeError) or _is_unstorable(error):
        return await answer(request, Problem(400, *_FRAMEWORK[400]))
    failure = request.scope[FAILURE_ID] = str(new_id())
    if is_temporary(error):
        title = "The database does not answer just now: try again in a moment."
        problem = Problem(503, "try-again", title, headers={"retry-after": "5"})
    else:
        title = "This is a mistake of ours, and it is in our log: give the id when you tell us of it."
        problem = Problem(500, "unexpected", title)
    problem.id = failure
    return await answer(request, problem)


def _is_unstorable(error: Exception) -> bool:
    """Whether a text cannot be kept by the database (SQLSTATE 22021): in a query as a rule U+0000."""
    return getattr(getattr(error, "orig", None), "sqlstate", None) == "22021"


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


async def answer(request: Request, error: Exception) -> Response:
    """A problem as its reader takes it: as JSON, as a page, or as the way to the sign-in."""
    assert isinstance(error, Problem)
    if not wants_page(request) and not is_fragment(request):
        return JSONResponse(error.as_json(), error.status, dict(error.headers or {}), media_type=MEDIA_TYPE)
    if error.slug == "not-signed-in":
        return _to_sign_in(request)
    from shared.web.pages import error_page  # noqa: PLC0415  pages know problems, problems only how to be shown

    return error_page(request, error)


def _to_sign_in(request: Request) -> Response:
    settings = service_of(request).settings
    addresses = addresses_of(settings)
    target = f"{addresses['registry']}/registry/sign-in"
    if request.method == "GET" and not is_fragment(request):
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        target += "?" + urlencode({"next": addresses[settings.name] + here})
    if is_fragment(request):
        return Response(status_code=401, headers={"hx-redirect": target})
    return RedirectResponse(target, status_code=303)
