"""What happened to an activity, from the journal."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.responses import Response

from services.registry.http.api.answers import Answer, ListOf, all_as_json, problems
from services.registry.http.api.work import Plain
from services.registry.journal import history
from services.registry.models import Activity, existing
from services.registry.models.errors.activity import ActivityNotFound
from shared.identity.actors import ActorKind
from shared.web.identity import Viewer

router = APIRouter(tags=["Activities"])


class FieldChange(BaseModel):
    field: str
    before: Any
    after: Any


class HappeningView(BaseModel):
    """One event: who caused it, why, and what it changed."""

    version: int
    type: str
    time: datetime
    actor_id: UUID
    actor_kind: ActorKind
    reason: str | None
    changes: list[FieldChange]


@router.get(
    "/activities/{activity_id}/history",
    summary="What happened to an activity, oldest first",
    response_model=ListOf[HappeningView],
    responses=problems(ActivityNotFound),
)
async def activity_history(
    activity_id: UUID,
    actor: Viewer,
    work: Plain,
    after: Annotated[int, Query(ge=0, le=2**31 - 1, description="`next` of the page before: a version.")] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    async with work.transaction() as session:
        await existing(session, Activity, activity_id)
        found = await history(session, activity_id, after=after, limit=limit + 1)
    items = all_as_json(HappeningView, found[:limit])
    more = str(found[limit - 1].version) if len(found) > limit else None
    return Answer(200, {"items": items, "next": more}).response()
