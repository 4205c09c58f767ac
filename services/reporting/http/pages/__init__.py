"""Reporting's pages: the figures of a programme as they change, one figure by itself, and what it counted."""

from fastapi import APIRouter

from services.reporting.http.pages import behind, dashboard, figure

router = APIRouter(include_in_schema=False)
for part in (dashboard, figure, behind):
    router.include_router(part.router)
