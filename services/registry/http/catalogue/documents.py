"""The catalogue's address: open to everybody, like the contract itself."""

import hashlib
import mimetypes
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from services.registry.http.catalogue.site import PLACES, site
from services.registry.settings import RegistrySettings
from shared.contracts.asyncapi import Place
from shared.errors import NotFound
from shared.web import language
from shared.web.identity import public
from shared.web.requests import service_of

router = APIRouter(dependencies=[public], include_in_schema=False)

ADDRESS = "/registry/contracts/"


class NoSuchDocument(NotFound):
    """The catalogue has no document of this name: see /registry/contracts/ for those there are."""

    slug = "no-such-document"


@router.get("/contracts")
async def way_in() -> Response:
    return RedirectResponse(ADDRESS, status_code=308)


@router.get("/contracts/{path:path}")
async def document(request: Request, path: str) -> Response:
    """A page or a document. Programs of any site may read it, and nobody need ask for it twice."""
    files = site(place_of(request))
    name = path or PLACES[language.preferred(request)] + "index.html"
    name = name + "index.html" if name.endswith("/") else name
    if name not in files:
        raise NoSuchDocument(f"There is no {path} in the catalogue; {ADDRESS} names all that there is.")
    body = files[name]
    mark = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    headers = {
        "etag": mark,
        "cache-control": "public, max-age=300" if path else "no-cache",
        "vary": "accept-language, cookie",
        "access-control-allow-origin": "*",
    }
    if mark in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=_media_type(name), headers=headers)


def place_of(request: Request) -> Place:
    """Where this installation is reached, as subscribers are told."""
    settings = service_of(request).settings
    assert isinstance(settings, RegistrySettings)
    return Place(
        registry=settings.registry_url if urlsplit(settings.registry_url).netloc else None,
        kafka=settings.subscribers_kafka,
        contact=settings.subscribers_contact,
    )


def _media_type(name: str) -> str:
    if name.endswith(".schema.json"):
        return "application/schema+json"
    return mimetypes.guess_type(name)[0] or "application/octet-stream"
