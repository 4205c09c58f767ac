"""No route of any service is open by mistake: each names a role, or says that it is public."""

import ast
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from shared.settings import SERVICES, ServiceName
from shared.web.identity import Viewer, is_guard, public
from tests.web import built, settings_of, site_of

ROOT = Path(__file__).parents[2]
PUBLIC = {
    "/",
    "/healthz",
    "/readyz",
    "/metrics",
    "/{service}/api/openapi.json",
    "/{service}/static/{{file}}",
    "/{service}/language",
    "/registry/contracts",
    "/registry/contracts/{{path:path}}",
    "/registry/sign-in",
    "/registry/sign-in/link",
}
"""What is open to anyone; to add to it is a decision."""


def unguarded(app: FastAPI) -> list[str]:
    """The routes that say nothing about who may use them."""
    return [path for path, guarded, _open in _routes(app) if not guarded]


def open_to_anyone(app: FastAPI) -> set[str]:
    return {path for path, _guarded, is_open in _routes(app) if is_open}


def _routes(app: FastAPI) -> list[tuple[str, bool, bool]]:
    routes = []
    for context in iter_route_contexts(app.routes):
        dependant: Dependant | None = getattr(context, "dependant", None)
        calls = _calls(dependant) if dependant else []
        guards = [call for call in calls if is_guard(call)]
        framework = context.path == app.openapi_url  # made by FastAPI, describes and does nothing
        routes.append((str(context.path), bool(guards) or framework, public.dependency in guards or framework))
    return routes


def _calls(dependant: Dependant) -> list[Any]:
    return [dependant.call, *(call for inner in dependant.dependencies for call in _calls(inner))]


@pytest.mark.parametrize("name", SERVICES)
async def test_every_route_of_a_service_is_guarded_or_public_on_purpose(
    name: ServiceName, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = built(name, tmp_path, monkeypatch)
    assert len(_routes(app)) > 8
    assert unguarded(app) == []
    assert open_to_anyone(app) <= {path.format(service=name) for path in PUBLIC}
    await app.state.service.database.close()


def test_a_route_that_was_forgotten_is_found(tmp_path: Path) -> None:
    outer, inner = APIRouter(prefix="/api"), APIRouter(prefix="/v1")

    @inner.get("/forgotten")
    async def forgotten() -> None: ...

    @inner.get("/guarded")
    async def guarded(actor: Viewer) -> None: ...

    @inner.get("/open", dependencies=[public])
    async def open_() -> None: ...

    outer.include_router(inner)
    app = site_of(settings_of("registry", tmp_path), [outer])
    assert unguarded(app) == ["/registry/api/v1/forgotten"]
    assert "/registry/api/v1/open" in open_to_anyone(app)
    assert "/registry/api/v1/guarded" not in open_to_anyone(app)


@pytest.mark.parametrize("name", SERVICES)
def test_the_doors_ask_no_database_themselves(name: ServiceName) -> None:
    """A door opens the transaction and hands its session on; what is asked of it stands in use cases."""
    asked = [
        f"{file}:{node.lineno}"
        for file in (ROOT / "services" / name / "http").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "session"
    ]
    assert asked == []
