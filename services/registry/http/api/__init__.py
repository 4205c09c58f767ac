"""The registry's JSON API, version 1: a file a noun, and what all of them answer with in `answers` and `work`."""

from fastapi import APIRouter

from services.registry.http.api import (
    activities,
    attendance,
    history,
    imports,
    organisations,
    outputs,
    persons,
    programmes,
    public_contacts,
    registrations,
)

router = APIRouter(prefix="/api/v1", generate_unique_id_function=lambda route: str(route.name))
for part in (
    programmes,
    public_contacts,
    organisations,
    activities,
    outputs,
    history,
    registrations,
    attendance,
    persons,
    imports,
):
    router.include_router(part.router)
