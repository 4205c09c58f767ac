"""Pages: Jinja2 templates over one base layout, with what they all need in reach: language, addresses, dates, proof.

A service makes one `Pages` for its folder of templates and renders with it; nothing is rendered in any other way.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, unquote

import jinja2
from fastapi import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from shared.identity import Actor
from shared.identity.sessions import host_only
from shared.settings import ServiceName
from shared.web import formats, language, site
from shared.web.forms import Form
from shared.web.identity import csrf_token
from shared.web.navigation import entries_for
from shared.web.problems import Problem
from shared.web.requests import addresses_of, is_fragment, service_of, session_cookie
from shared.web.words import error_words, role_name

FlashKind = Literal["success", "notice", "error"]
_FLASH = "registan_flash"
_SHARED = Path(__file__).parent / "templates"


def environment(*folders: Path) -> jinja2.Environment:
    """Templates of pages in the language of the moment; an unknown name in one is an error."""
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folders),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    templates.install_gettext_callables(  # type: ignore[attr-defined]
        language.gettext, language.ngettext, newstyle=True, pgettext=language.pgettext
    )
    return templates


class Pages:
    """The pages of one service.

    Args:
        templates: the service's folder of templates.
    """

    def __init__(self, templates: Path = _SHARED) -> None:
        self._environment = environment(templates, _SHARED)
        self._environment.filters.update(formats.FILTERS)
        self._environment.filters |= {"role": role_name, "anchor": _anchor}

    def render(
        self, request: Request, template: str, *, actor: Actor | None = None, status: int = 200, **context: Any
    ) -> Response:
        """A page, or with htmx a part of one, for the person signed in as `actor`."""
        service = service_of(request)
        flash = _read_flash(request) if not is_fragment(request) else None
        page = self._environment.get_template(template).render(
            request=request,
            actor=actor,
            service=service.name,
            language=language.spoken(),
            languages=language.names(),
            navigation=entries_for(request, actor),
            link=lambda name, path="/": link(request, name, path),
            static=lambda file: site.static_address(service, file),
            csrf_token=csrf_token(request.cookies.get(session_cookie(request), "")),
            here=request.url.path + (f"?{request.url.query}" if request.url.query else ""),
            flash=flash,
            **context,
        )
        form = context.get("form")
        response = HTMLResponse(page, status, dict(form.headers) if isinstance(form, Form) else None)
        if flash is not None:
            response.delete_cookie(_flash_cookie(request), httponly=True, samesite="lax", secure=_secure(request))
        return response


def _anchor(name: str) -> str:
    """A field's name as an id: `countries[]` → `countries`, `place.name.en` → `place-name-en`."""
    return name.removesuffix("[]").replace(".", "-")


def link(request: Request, name: ServiceName, path: str = "/") -> str:
    """The address of a page: relative within the service, absolute to a sister service."""
    settings = service_of(request).settings
    return f"{'' if name == settings.name else addresses_of(settings)[name]}/{name}{path}"


def see_other(request: Request, url: str, flash: str | None = None, kind: FlashKind = "success") -> Response:
    """Go to another page after a form was accepted, and say there what was done."""
    if is_fragment(request):
        response = Response(headers={"hx-redirect": url})
    else:
        response = RedirectResponse(url, status_code=303)
    if flash is not None:
        value = quote(json.dumps([kind, flash]))
        response.set_cookie(
            _flash_cookie(request), value, max_age=60, httponly=True, samesite="lax", secure=_secure(request)
        )
    return response


def error_page(request: Request, problem: Problem) -> Response:
    """A problem in words that somebody understands who never heard of HTTP."""
    fragment = is_fragment(request)
    title, words = error_words(problem.status)
    response = _errors().render(
        request,
        "problem_fragment.html" if fragment else "problem.html",
        status=problem.status,
        actor=getattr(request.state, "actor", None),
        title=title,
        words=words,
        detail=problem.sentence,
        problem=problem,
    )
    response.headers.update(problem.headers or {})
    if fragment:
        response.headers.update({"hx-retarget": "#messages", "hx-reswap": "innerHTML"})
    return response


@cache
def _errors() -> Pages:
    return Pages()


def _secure(request: Request) -> bool:
    return service_of(request).settings.secure_cookies


def _flash_cookie(request: Request) -> str:
    return host_only(_FLASH, secure=_secure(request))


def _read_flash(request: Request) -> Mapping[str, str] | None:
    try:
        kind, text = json.loads(unquote(request.cookies[_flash_cookie(request)]))
    except (KeyError, ValueError, TypeError):
        return None
    return {"kind": kind if kind in ("success", "notice", "error") else "notice", "text": str(text)}
