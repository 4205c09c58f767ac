"""The way in and out: by password, by a one-time link, and the page where a password is set."""

from pathlib import Path
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import Response

from services.registry.models.base import locked
from services.registry.models.user import User
from services.registry.usecases.accounts import one_time_link
from services.registry.usecases.accounts.change_password import ChangePassword, change_password
from services.registry.usecases.accounts.end_sessions import end_sessions
from services.registry.usecases.accounts.sign_in import sign_in
from shared.errors import DomainError
from shared.identity import Actor, NotAllowed
from shared.identity.sessions import LIFETIME, SessionSigner
from shared.web import language
from shared.web.forms import Form
from shared.web.identity import Viewer, public
from shared.web.language import _
from shared.web.pages import Pages, see_other
from shared.web.requests import clock_of, safe_next, service_of, session_cookie
from shared.web.security_log import about, noted

router = APIRouter(include_in_schema=False)
pages = Pages(Path(__file__).parents[1] / "templates")

HOME = "/registry/"


@router.get("/sign-in", dependencies=[public])
async def sign_in_page(request: Request, next: str = "") -> Response:
    return pages.render(request, "sign_in/password.html", form=Form({"next": next}))


@router.post("/sign-in", dependencies=[public, noted("sign-in")])
async def sign_in_with_password(request: Request) -> Response:
    form = await Form.sent(request)
    address = request.client.host if request.client else "unknown"
    database, clock = service_of(request).database, clock_of(request)
    try:
        user = await sign_in(database, form.value("email"), form.value("password"), address, clock=clock)
    except DomainError as error:
        form.refused(error)
        return pages.render(request, "sign_in/password.html", status=form.status, form=form)
    return _let_in(request, user, safe_next(request, form.value("next"), HOME))


@router.get("/sign-in/link", dependencies=[public])
async def link_page(request: Request) -> Response:
    return pages.render(request, "sign_in/link.html", form=Form())


@router.post("/sign-in/link", dependencies=[public, noted("sign-in-by-link")])
async def sign_in_by_link(request: Request) -> Response:
    form = await Form.sent(request)
    try:
        async with service_of(request).database.transaction() as session:
            user = await one_time_link.redeem_link(session, form.value("secret"), clock=clock_of(request))
    except DomainError as error:
        form.refused(error)
        return pages.render(request, "sign_in/link.html", status=form.status, form=form)
    return _let_in(request, user, HOME if user.password_hash else "/registry/password")


@router.post("/sign-out", dependencies=[noted("sign-out")])
async def sign_out(request: Request, actor: Viewer) -> Response:
    async with service_of(request).database.transaction() as session:
        await end_sessions(session, _account(actor), clock=clock_of(request))
    response = see_other(request, "/registry/sign-in", _("You are signed out."))
    secure = service_of(request).settings.secure_cookies
    response.delete_cookie(session_cookie(request), httponly=True, samesite="lax", secure=secure)
    return response


@router.get("/password")
async def password_page(request: Request, actor: Viewer) -> Response:
    return await _password_form(request, actor, Form())


@router.post("/password", dependencies=[noted("password-set")])
async def set_password(request: Request, actor: Viewer) -> Response:
    form = await Form.sent(request)
    try:
        command = form.parse(ChangePassword)
        async with service_of(request).database.transaction() as session:
            user = await change_password(session, _account(actor), command, clock=clock_of(request))
    except (ValidationError, DomainError) as error:
        return await _password_form(request, actor, form.refused(error))
    return _let_in(request, user, HOME, _("Your password is set. Other browsers have to sign in again."))


async def _password_form(request: Request, actor: Actor, form: Form) -> Response:
    async with service_of(request).database.transaction() as session:
        user = await locked(session, User, _account(actor), actor=actor)
    return pages.render(
        request,
        "sign_in/change.html",
        actor=actor,
        status=form.status,
        form=form,
        email=user.email,
        has_one=user.password_hash is not None,
    )


def _account(actor: Actor) -> UUID:
    """The account of a person. Raises: NotAllowed, to a machine."""
    if actor.kind != "user":
        raise NotAllowed("A token has no password and no session.")
    return actor.id


def _let_in(request: Request, user: User, url: str, flash: str | None = None) -> Response:
    about(request, user.id)
    signer: SessionSigner = request.app.state.signer
    now = clock_of(request).now()
    session = signer.sign(user.id, user.role, now, version=user.version, others_ended=user.sessions_since)
    response = see_other(request, url, flash)
    secure = service_of(request).settings.secure_cookies
    response.set_cookie(
        session_cookie(request),
        session,
        max_age=int(LIFETIME.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=secure,
    )
    if user.language and language.COOKIE not in request.cookies:
        language.remember(response, user.language, secure=secure)
    return response
