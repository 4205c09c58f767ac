"""The registry's JSON API, version 1: a file a noun, and what all of them answer with in `answers` and `work`."""

from fastapi import APIRouter

from services.registry.http.api import (
    activities,
    attendance,
    history,
    organisations,
    persons,
    programmes,
    registrations,
)

router = APIRouter(prefix="/api/v1")
for part in (programmes, organisations, activities, history, registrations, attendance, persons):
    router.include_router(part.router)
