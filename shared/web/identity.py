"""Who makes a request, and whether they may: each route says so in its signature (`actor: Editor`).

A browser is known by the session cookie, a machine by `Authorization: Bearer rgt_…`. A request that a browser sends
with the cookie and that changes something must also show that one of our own pages made it: its origin is ours, and it
carries a token that is computed from the cookie, which no other site can read.
"""

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Annotated, ClassVar, TypeVar

from fastapi import Depends, Request
from starlette.datastructures import UploadFile

from shared.database import is_temporary
from shared.database.deadlines import ANSWER_WITHIN, waiting_at_most
from shared.errors import DomainError
from shared.identity import EVERYWHERE, Actor, NotAllowed, Role, access
from shared.identity.sessions import InvalidSession
from shared.web.requests import allowance_of, clock_of, is_ours, service_of, session_cookie, sessions_of

CSRF_HEADER = "x-csrf-token"
CSRF_FIELD = "csrf"
Guard = TypeVar("Guard", bound=Callable[..., object])
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class NotSignedIn(DomainError):
    """You are not signed in, or your session is over: sign in, or send a valid token."""

    status = 401
    slug = "not-signed-in"
    headers: ClassVar = {"www-authenticate": "Bearer"}


class ForeignRequest(DomainError):
    """The request did not come from one of our own pages: reload the page and send the form again."""

    status = 403
    slug = "foreign-request"


def csrf_token(session_cookie: str) -> str:
    """The proof that a form comes from a page made for this session."""
    return hashlib.sha256(b"csrf:" + session_cookie.encode()).hexdigest()


def requires(role: Role, *, programme: str | None = None) -> Callable[[Request], Awaitable[Actor]]:
    """A dependency that lets in people and programs that have the role, and gives them as an `Actor`.

    Args:
        programme: where the role is needed; somewhere, if it is not said and the route asks again with an object.

    Raises:
        NotSignedIn: the request carries no valid sign-in.
        NotAllowed: the role is lower than needed.
        ForeignRequest: a change that none of our own pages asked for.
        TooManyChanges: more than one account may change in a minute.
    """

    async def guard(request: Request) -> Actor:
        with waiting_at_most(ANSWER_WITHIN):  # also where the work itself may take long
            actor = request.state.actor = await _actor_of(request)  # for the header of an error page
        if not actor.may(role, programme=programme):
            where = " in every programme" if programme == EVERYWHERE else ""
            raise NotAllowed(f"This needs the role {role}{where}; yours is {actor.role}.")
        request.state.guard = guard
        if request.method not in _SAFE_METHODS:
            allowance_of(request).spend(actor.id, monotonic())
        return actor

    _guards.add(guard)
    return guard


async def still_allowed(request: Request) -> bool:
    """Whether what let the request in would let it in now: asked by streams, which may be open for hours."""
    guard: Callable[[Request], Awaitable[object]] | None = getattr(request.state, "guard", None)
    if guard is None:
        return True
    try:
        await guard(request)
    except Exception as error:
        if isinstance(error, DomainError) or is_temporary(error):
            return False
        raise
    return True


async def _anyone(request: Request) -> None:
    """Nobody needs to be known; but another site must not post in a visitor's name."""
    _refuse_foreign_origin(request)


_guards: set[object] = {_anyone}

Viewer = Annotated[Actor, Depends(requires("viewer"))]
Coordinator = Annotated[Actor, Depends(requires("coordinator"))]
"""For what a use case asks again about, with the programme and the countries it concerns."""

Editor = Annotated[Actor, Depends(requires("editor"))]
Admin = Annotated[Actor, Depends(requires("admin"))]
Administrator = Annotated[Actor, Depends(requires("admin", programme=EVERYWHERE))]
"""Of the installation: who hands out accounts."""

public = Depends(_anyone)
"""`dependencies=[public]` marks the few routes that are open to anyone."""


def guarding(guard: Guard) -> Guard:
    """Mark a dependency of a service's own as one that decides who may use a route."""
    _guards.add(guard)
    return guard


def is_guard(call: object) -> bool:
    """Whether a dependency decides who may use its route; a test asks this of every route."""
    return call in _guards


async def _actor_of(request: Request) -> Actor:
    database = service_of(request).database
    now = clock_of(request).now()
    if authorization := request.headers.get("authorization"):
        scheme, _, secret = authorization.partition(" ")
        if scheme.lower() == "bearer":
            async with database.reading() as reading:
                if actor := await access.find_token(reading, secret.strip(), now):
                    return actor
        raise NotSignedIn("The token is unknown, revoked or over.")
    cookie = request.cookies.get(session_cookie(request))
    if cookie is None:
        raise NotSignedIn
    try:
        signed = sessions_of(request).read(cookie, now)
    except InvalidSession:
        raise NotSignedIn from None
    async with database.reading() as reading:
        actor = await access.check(reading, signed)
    if actor is None:
        raise NotSignedIn
    if request.method not in _SAFE_METHODS:
        await _refuse_unproven(request, cookie)
        # Between sister services on other ports our own Referrer-Policy makes the browser say "null".
        _refuse_foreign_origin(request, unless="null")
    return actor


def _refuse_foreign_origin(request: Request, unless: str | None = None) -> None:
    origin = request.headers.get("origin")
    if request.method not in _SAFE_METHODS and origin not in (None, unless) and not is_ours(request, origin):
        raise ForeignRequest


async def _refuse_unproven(request: Request, cookie: str) -> None:
    proof: str | UploadFile | None = request.headers.get(CSRF_HEADER)
    if proof is None and "form" in request.headers.get("content-type", ""):
        proof = (await request.form()).get(CSRF_FIELD)  # kept by the request: the route reads it again at no cost
    if not isinstance(proof, str) or not hmac.compare_digest(proof.encode(), csrf_token(cookie).encode()):
        raise ForeignRequest
