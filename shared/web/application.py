"""A service as a web application: its routers, and around them what no service should have to think of.

In the role `worker` only health and metrics are served, so that the same image can be probed whatever it does.
"""

from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp

from shared.clock import SystemClock
from shared.identity.sessions import SessionReader
from shared.service import Service
from shared.settings import ProcessRole
from shared.web import documented, health, refusals, site
from shared.web.allowances import Allowance
from shared.web.health import Health
from shared.web.middleware import Capacity, Languages, Observation, Refusals, SecurityHeaders

BODY_LIMIT = 1_000_000
"""Bytes of a request's body; a route that takes files says `max_body_size=UPLOAD_LIMIT`."""

UPLOAD_LIMIT = 20_000_000


class Application(FastAPI):
    """FastAPI, with our middleware outside of its error handling, so that error answers are covered as well."""

    def openapi(self) -> dict[str, Any]:
        if not self.openapi_schema:
            documented.complete(super().openapi())
        return super().openapi()

    def build_middleware_stack(self) -> ASGIApp:
        service: Service = self.state.service
        inner = Languages(Capacity(Refusals(super().build_middleware_stack()), service.settings.requests_at_once))
        return Observation(SecurityHeaders(inner, service.settings), service.name)


def application(service: Service, role: ProcessRole = "all") -> FastAPI:
    """The web application of a service.

    Raises:
        WrongSettings: the key that sessions are checked with cannot be read.
    """
    app = Application(
        title=f"Registan {service.name}",
        openapi_url=f"/{service.name}/api/openapi.json" if role != "worker" else None,
        docs_url=None,  # FastAPI's page loads its scripts from another server
        redoc_url=None,
        redirect_slashes=False,  # it would lead to whatever server the request names as its host
        max_body_size=BODY_LIMIT,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # its spans hold queries, which may hold names
    )
    app.state.service = service
    app.state.role = role
    app.state.clock = SystemClock()
    app.state.allowance = Allowance(service.settings.writes_per_minute)
    app.state.health = Health(service, role)
    app.state.sessions = SessionReader(service.settings.session_public_key_file)
    for name, value in service.state.items():
        setattr(app.state, name, value)
    refusals.install(app)
    app.include_router(health.router)
    if role != "worker":
        app.include_router(site.router_of(service))
        for router in service.http:
            app.include_router(router, prefix=f"/{service.name}")
    return app
