"""How an error is answered: each kind the framework can meet becomes a problem, and a problem what its reader takes."""

from http import HTTPStatus
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from shared.database import is_temporary
from shared.errors import DomainError
from shared.identifiers import new_id
from shared.web.pages import error_page
from shared.web.problems import FAILURE_ID, MEDIA_TYPE, Problem, from_domain, from_validation
from shared.web.requests import addresses_of, is_fragment, service_of, wants_page


def install(app: FastAPI) -> None:
    """Let the application answer all errors this way."""
    app.add_exception_handler(Problem, answer)
    app.add_exception_handler(DomainError, _domain)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, framework_problem)
    app.add_exception_handler(Exception, _unexpected)


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


async def answer(request: Request, error: Exception) -> Response:
    """A problem as its reader takes it: as JSON, as a page, or as the way to the sign-in."""
    assert isinstance(error, Problem)
    if not wants_page(request) and not is_fragment(request):
        return JSONResponse(error.as_json(), error.status, dict(error.headers or {}), media_type=MEDIA_TYPE)
    if error.slug == "not-signed-in":
        return _to_sign_in(request)
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
