"""The accounts of those who sign in: who they are, what they may do where, and what was changed, and who changed it."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import Response

from services.registry.http.pages.frame import Done, handle, names_of, show, transaction
from services.registry.models import existing
from services.registry.models.granted import Rights
from services.registry.models.user import AddUser, User
from services.registry.usecases.accounts.add_user import add_user
from services.registry.usecases.accounts.changes import changes_of
from services.registry.usecases.accounts.disable_user import disable_user
from services.registry.usecases.accounts.enable_user import enable_user
from services.registry.usecases.accounts.find import all_users
from services.registry.usecases.accounts.one_time_link import forget_password, one_time_link
from services.registry.usecases.accounts.set_rights import set_rights
from services.registry.usecases.programmes.find import programmes
from services.registry.words import accounts as account_words
from services.registry.words import vocabulary as words
from shared.contracts.access import Grant
from shared.database import Session
from shared.errors import DomainError
from shared.identity import Actor
from shared.web.forms import Form
from shared.web.identity import Administrator
from shared.web.language import _
from shared.web.requests import clock_of, service_of

router = APIRouter(include_in_schema=False)

ADDRESS = "/registry/accounts"


@router.get("/accounts")
async def account_list(request: Request, actor: Administrator) -> Response:
    async with transaction(request) as session:
        users = await all_users(session)
    return show(request, "accounts/list.html", actor=actor, users=users, said=account_words.rights)


@router.get("/accounts/new")
async def new_page(request: Request, actor: Administrator) -> Response:
    return await _new(request, actor, Form({"role": "viewer"}))


@router.post("/accounts/new")
async def new(request: Request, actor: Administrator) -> Response:
    async def do(session: Session, form: Form) -> Done:
        command = form.parse(AddUser, **_rights(form))
        user = await add_user(session, command, actor=actor, clock=clock_of(request))
        return Done(f"{ADDRESS}/{user.id}", _("The account is added. Make a one-time link for its owner to come in."))

    async def refused(form: Form, error: ValidationError | DomainError) -> Response:
        return await _new(request, actor, form.refused(error))

    return await handle(request, actor, do, refused)


@router.get("/accounts/{account_id}")
async def account_page(request: Request, account_id: UUID, actor: Administrator) -> Response:
    return await _one(request, actor, account_id)


@router.post("/accounts/{account_id}/rights")
async def change_rights(request: Request, account_id: UUID, actor: Administrator) -> Response:
    async def do(session: Session, form: Form) -> Done:
        rights = form.parse(Rights, **_rights(form))
        user = await existing(session, User, account_id, actor=actor)
        await set_rights(session, user.email, rights, actor=actor, clock=clock_of(request))
        return Done(f"{ADDRESS}/{account_id}", _("The account's rights are changed, from the next click on."))

    return await _pressed(request, actor, account_id, do)


@router.post("/accounts/{account_id}/disable")
async def disable(request: Request, account_id: UUID, actor: Administrator) -> Response:
    async def do(session: Session, _form: Form) -> Done:
        user = await existing(session, User, account_id, actor=actor)
        await disable_user(session, user.email, actor=actor, clock=clock_of(request))
        return Done(f"{ADDRESS}/{account_id}", _("The account is disabled, and its sessions are over."))

    return await _pressed(request, actor, account_id, do)


@router.post("/accounts/{account_id}/enable")
async def enable(request: Request, account_id: UUID, actor: Administrator) -> Response:
    async def do(session: Session, _form: Form) -> Done:
        user = await existing(session, User, account_id, actor=actor)
        await enable_user(session, user.email, actor=actor, clock=clock_of(request))
        return Done(f"{ADDRESS}/{account_id}", _("The account is enabled again."))

    return await _pressed(request, actor, account_id, do)


@router.post("/accounts/{account_id}/link")
async def link(request: Request, account_id: UUID, actor: Administrator) -> Response:
    """The link is shown on this answer alone: it is kept nowhere, and an address would put it into histories."""
    await Form.sent(request)
    async with transaction(request) as session:
        user = await existing(session, User, account_id, actor=actor)
        await forget_password(session, user, actor=actor, clock=clock_of(request))
        made = await one_time_link(
            session, user, registry_url=service_of(request).settings.registry_url, clock=clock_of(request)
        )
    return await _one(request, actor, account_id, link=made)


async def _pressed(request: Request, actor: Actor, account_id: UUID, do: Any) -> Response:
    async def refused(form: Form, error: ValidationError | DomainError) -> Response:
        return await _one(request, actor, account_id, form.refused(error))

    return await handle(request, actor, do, refused)


def _rights(form: Form) -> dict[str, Any]:
    """A role keeps only what it is for: countries that were ticked for another role are let go."""
    countries = form.all("countries[]") if form.value("role") == "coordinator" else []
    return {"programmes": list(filter(None, form.all("programmes[]"))), "countries": list(filter(None, countries))}


async def _offered(session: Session, actor: Actor) -> dict[str, Any]:
    known = await programmes(session, actor)
    return {
        "roles": account_words.ROLES,
        "programmes": words.programme_choices(known),
        "countries": words.countries_of(known),
    }


async def _new(request: Request, actor: Actor, form: Form) -> Response:
    async with transaction(request) as session:
        offered = await _offered(session, actor)
    return show(request, "accounts/new.html", actor=actor, status=form.status, form=form, offered=offered)


async def _one(
    request: Request, actor: Actor, account_id: UUID, form: Form | None = None, *, link: str | None = None
) -> Response:
    async with transaction(request) as session:
        user = await existing(session, User, account_id, actor=actor)
        changes = await changes_of(session, user)
        names = await names_of(session, {each.actor_id for each in changes})
        offered = await _offered(session, actor)
    form = form or Form(_values(user.grants))
    response = show(
        request,
        "accounts/one.html",
        actor=actor,
        status=form.status,
        form=form,
        user=user,
        one_time_link=link,
        changes=changes,
        names=names,
        said=account_words.rights,
        acts=account_words.ACTS,
        offered=offered,
    )
    response.headers["cache-control"] = "no-store"
    return response


def _values(grants: tuple[Grant, ...]) -> dict[str, Any]:
    return {
        "role": grants[0].role,
        "programmes[]": [each.programme for each in grants if each.programme],
        "countries[]": grants[0].countries,
    }
