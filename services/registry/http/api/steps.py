"""The steps of a noun's life as routes, each row of its table one: `POST /activities/{activity_id}/cancel`."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import BaseModel
from starlette.responses import Response

from services.registry.http.api import examples
from services.registry.http.api.answers import CHANGING
from services.registry.http.api.work import Once, Seen
from services.registry.models.errors.request import KeyReused
from services.registry.nouns import Noun
from services.registry.usecases.steps import Nothing, Step, Taking
from shared.web.documented import problems
from shared.web.identity import Coordinator


def add_steps(router: APIRouter, noun: Noun, view: type[BaseModel], steps: Sequence[Step]) -> None:
    """Serve the steps; each answers with what the noun has become, as `view`."""
    for step in steps:
        router.add_api_route(
            f"/{noun.path}/{{{noun.key}}}/{step.name}",
            _taken(noun, step, view) if step.given is Nothing else _taken_with_words(noun, step, view),
            methods=["POST"],
            name=f"{step.name.replace('-', '_')}_{noun.name}",
            summary=step.summary,
            description=step.note,
            response_model=view,
            responses=problems(noun.model.not_found, KeyReused, *CHANGING, *step.refuses),
        )


def _taken(noun: Noun, step: Step, view: type[BaseModel]) -> Callable[..., Awaitable[Response]]:
    async def post(key: Annotated[UUID, Path(alias=noun.key)], actor: Coordinator, work: Once, seen: Seen) -> Response:
        return await work.change(actor, step.take, Taking(key, Nothing(), seen), view)

    return post


def _taken_with_words(noun: Noun, step: Step, view: type[BaseModel]) -> Callable[..., Awaitable[Response]]:
    given_type, shown = step.given, examples.of(step.given)

    async def post(
        key: Annotated[UUID, Path(alias=noun.key)],
        given: Annotated[given_type, shown],  # type: ignore[valid-type]
        actor: Coordinator,
        work: Once,
        seen: Seen,
    ) -> Response:
        return await work.change(actor, step.take, Taking(key, given, seen), view)

    return post
