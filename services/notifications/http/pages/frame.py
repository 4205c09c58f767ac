"""What the pages of notifications have in common."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from fastapi import Request
from starlette.responses import Response

from services.notifications.http.pages import words
from services.notifications.settings import NotificationsSettings
from shared.database import Session
from shared.identity import EVERYWHERE, Actor
from shared.web.pages import Pages
from shared.web.requests import service_of

START = "/notifications/"

_pages = Pages(Path(__file__).parents[1] / "templates")


def show(request: Request, template: str, *, actor: Actor, **context: Any) -> Response:
    """A page of notifications, with its words."""
    return _pages.render(
        request,
        template,
        actor=actor,
        words=words,
        settings=settings_of(request),
        decides_on_all=actor.may("editor", programme=EVERYWHERE),
        **context,
    )


def settings_of(request: Request) -> NotificationsSettings:
    settings: NotificationsSettings = request.app.state.settings
    return settings


def transaction(request: Request) -> AbstractAsyncContextManager[Session]:
    return service_of(request).database.transaction()
