"""Reporting's JSON API, version 1."""

from fastapi import APIRouter

from services.reporting.http.api import figures, rules

router = APIRouter(prefix="/api/v1", generate_unique_id_function=lambda route: str(route.name))
for part in (rules, figures):
    router.include_router(part.router)
