"""What happened to one of a noun, from the journal: the same for each noun."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel
from starlette.responses import Response

from services.registry.http.api.answers import Answer, ListOf, all_as_json
from services.registry.http.api.work import Plain
from services.registry.journal import history
from services.registry.models import existing
from services.registry.nouns import NOUNS, Noun
from services.registry.usecases.rights import allow_history
from shared.identity import Actor
from shared.identity.actors import ActorKind
from shared.web.documented import problems
from shared.web.identity import requires

router = APIRouter()


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


def _history_of(noun: Noun) -> Callable[..., Awaitable[Response]]:
    key_type = noun.model.model_fields[noun.topic.key].annotation

    async def get_history(
        key: Annotated[key_type, Path(alias=noun.key)],  # type: ignore[valid-type]
        actor: Annotated[Actor, Depends(requires(noun.readers))],
        work: Plain,
        after: Annotated[int, Query(ge=0, le=2**31 - 1, description="`next` of the page before: a version.")] = 0,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Response:
        async with work.transaction() as session:
            await allow_history(session, actor, await existing(session, noun.model, key, actor=actor))
            found = await history(session, noun, key, actor=actor, after=after, limit=limit + 1)
        items = all_as_json(HappeningView, found[:limit])
        more = str(found[limit - 1].version) if len(found) > limit else None
        return Answer(200, {"items": items, "next": more}).response()

    return get_history


for each in NOUNS:
    router.add_api_route(
        f"/{each.path}/{{{each.key}}}/history",
        _history_of(each),
        name=f"{each.name}_history",
        tags=[each.path.capitalize()],
        summary=f"What happened to {'an' if each.name[0] in 'aeiou' else 'a'} {each.name}, oldest first",
        response_model=ListOf[HappeningView],
        responses=problems(each.model.not_found),
    )
