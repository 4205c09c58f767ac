"""The registry's pages: a file for each thing that people do. The order matters where addresses are alike."""

from fastapi import APIRouter

from services.registry.http.pages import (
    activity,
    activity_form,
    activity_list,
    activity_steps,
    attendance,
    imports,
    participant_list,
    person,
    programme,
    sign_in,
)

router = APIRouter()
for part in (
    sign_in,
    activity_list,
    activity_form,
    activity,
    participant_list,
    person,
    attendance,
    programme,
    imports,
    activity_steps,  # any other word behind an activity's address
):
    router.include_router(part.router)
