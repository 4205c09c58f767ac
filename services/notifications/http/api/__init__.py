"""The JSON API of notifications, version 1."""

from fastapi import APIRouter

from services.notifications.http.api import deliveries, notices, persons, sending

router = APIRouter(prefix="/api/v1", generate_unique_id_function=lambda route: str(route.name))
for part in (deliveries, notices, persons, sending):
    router.include_router(part.router)
