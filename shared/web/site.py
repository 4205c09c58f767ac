"""What every service's site has besides its own pages: the way in, its static files, and the choice of language."""

import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, RedirectResponse, Response

from shared.service import Service
from shared.web import language
from shared.web.identity import public
from shared.web.requests import safe_next, service_of


@cache
def static_files(own: Path | None) -> Mapping[str, tuple[Path, str]]:
    """Each file that may be asked for, and the mark of its content: shared ones, htmx, and the service's own.

    A closed list, so that no path can lead anywhere else.
    """
    htmx = Path(str(files("js_lib_htmx"))) / "static" / "htmx" / "htmx.min.js"
    folders = (Path(__file__).parent / "static", *((own,) if own else ()))
    found = [htmx, *(file for folder in folders for file in folder.iterdir() if file.is_file())]
    return {file.name: (file, hashlib.sha256(file.read_bytes()).hexdigest()[:12]) for file in found}


def static_address(service: Service, file: str) -> str:
    """The address of a static file, which changes with its content, so that browsers may keep it for ever."""
    return f"/{service.name}/static/{file}?v={static_files(service.static)[file][1]}"


def router_of(service: Service) -> APIRouter:
    router = APIRouter(dependencies=[public], include_in_schema=False)

    @router.get("/")
    async def way_in() -> Response:
        return RedirectResponse(f"/{service.name}/", status_code=303)

    @router.get(f"/{service.name}/static/{{file}}")
    async def static(request: Request, file: str, v: str = "") -> Response:
        path, mark = static_files(service.static).get(file, (None, ""))
        if path is None:
            raise HTTPException(404)
        caching = "public, max-age=31536000, immutable" if v == mark else "public, max-age=60"
        return FileResponse(path, headers={"cache-control": caching})

    @router.post(f"/{service.name}/language")
    async def choose_language(
        request: Request,
        chosen: Annotated[language.Language, Form(alias="language")],
        next: Annotated[str, Form()] = "",
    ) -> Response:
        response = RedirectResponse(safe_next(request, next, f"/{service.name}/"), status_code=303)
        language.remember(response, chosen, secure=service_of(request).settings.secure_cookies)
        return response

    return router
