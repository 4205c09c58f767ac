"""How a request gets its work done: in one transaction, once however often it is repeated, against the version seen.

`Idempotency-Key`: the first request claims the key in its own transaction and keeps its answer there; a repeated one
gets that answer, one that comes meanwhile waits for it. An error keeps nothing, so that the request can be corrected
and sent again with the same key.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header, Request
from pydantic import BaseModel
from sqlalchemy import bindparam, update
from sqlalchemy.dialects.postgresql import insert
from starlette.responses import Response

from services.registry.http.api.answers import Answer, MatchNeeded, state_of
from services.registry.models import AnsweredRequest, PersonKeys
from services.registry.models.errors.request import KeyReused, RowsRefused
from shared.clock import Clock
from shared.database import Database, Session, table_of
from shared.errors import DomainError
from shared.identity import Actor
from shared.web.problems import from_domain
from shared.web.requests import clock_of, service_of

_answered = table_of(AnsweredRequest)

# Executed with every change, so they are built once.
_CLAIM = insert(_answered).on_conflict_do_nothing().returning(_answered.c.key)
_KEEP = update(_answered).where(_answered.c.actor_id == bindparam("of_actor"), _answered.c.key == bindparam("of_key"))

UseCase = Callable[..., Awaitable[Any]]
"""A function of `usecases`: `(session, command, *, actor, clock)`."""


class BadMatch(DomainError):
    """If-Match is one ETag as you got it, in its quotes, or `*`."""

    status = 400
    slug = "bad-if-match"


@dataclass(frozen=True)
class Work:
    """What a route needs of the registry."""

    request: Request
    database: Database
    clock: Clock
    keys: PersonKeys
    idempotency_key: str | None

    def transaction(self) -> AbstractAsyncContextManager[Session]:
        return self.database.transaction()

    async def once(self, actor: Actor, do: Callable[[Session], Awaitable[Answer]]) -> Response:
        """Do something in one transaction, and answer a repeated request as the first one."""
        async with self.transaction() as session:
            if self.idempotency_key is None:
                return (await rows_named(do(session))).response()
            if (known := await self._claim(session, actor)) is not None:
                return known.response()
            answer = await rows_named(do(session))
            await self._keep(session, actor, answer)
        return answer.response()

    async def change(
        self, actor: Actor, use_case: UseCase, command: object, view: type[BaseModel], *, status: int = 200
    ) -> Response:
        """Carry out a command once, and answer with the state it led to; 201 says where what is new is found."""

        async def do(session: Session) -> Answer:
            state = await use_case(session, command, actor=actor, clock=self.clock)
            location = f"{self.request.url.path}/{state.id}" if status == HTTPStatus.CREATED else None
            return state_of(view, state, status=status, location=location)

        return await self.once(actor, do)

    async def _claim(self, session: Session, actor: Actor) -> Answer | None:
        """Claim the key; when it is somebody's already, wait until they are done and give their answer."""
        row: dict[str, Any] = {
            "actor_id": actor.id,
            "key": self.idempotency_key,
            "fingerprint": await self._fingerprint(),
            "created_at": self.clock.now(),
            "headers": {},
        }
        if (await session.execute(_CLAIM, row)).one_or_none() is not None:
            return None
        known = await session.get_one(AnsweredRequest, (actor.id, self.idempotency_key))
        if known.fingerprint != row["fingerprint"]:
            raise KeyReused
        assert known.status is not None, "what is committed was answered"
        return Answer(known.status, known.body, known.headers | {"idempotency-replayed": "true"})

    async def _keep(self, session: Session, actor: Actor, answer: Answer) -> None:
        ours = {"of_actor": actor.id, "of_key": self.idempotency_key}
        await session.execute(_KEEP, ours | {"status": answer.status, "headers": answer.headers, "body": answer.body})

    async def _fingerprint(self) -> str:
        url = self.request.url
        return self.keys.fingerprint(
            f"{self.request.method} {url.path}?{url.query}\n".encode() + await self.request.body()
        )


T = TypeVar("T")


async def rows_named(doing: Awaitable[T]) -> T:
    """What is wrong with the rows of a list, each by its number."""
    try:
        return await doing
    except RowsRefused as error:
        problem = from_domain(error)
        problem.errors = [
            {"field": _row(number, each), "reason": each.detail, "code": each.slug, **each.members}
            for number, each in error.rows
        ]
        raise problem from None


def _row(number: int, error: DomainError) -> str:
    return f"rows.{number}.{error.field}" if error.field else f"rows.{number}"


async def _work(
    request: Request,
    idempotency_key: Annotated[
        str | None,
        Header(
            max_length=200,
            description="A value of your own that is the same when you repeat this request; known for a day.",
        ),
    ] = None,
) -> Work:
    return Work(
        request=request,
        database=service_of(request).database,
        clock=clock_of(request),
        keys=request.app.state.person_keys,
        idempotency_key=idempotency_key,
    )


Once = Annotated[Work, Depends(_work)]
"""For routes that take an `Idempotency-Key`."""


async def _plain(request: Request) -> Work:
    return await _work(request)


Plain = Annotated[Work, Depends(_plain)]
"""For routes that are the same however often they are repeated."""


async def _seen(
    if_match: Annotated[
        str | None, Header(description="The ETag of the version you saw, or `*`.", examples=['"3"'])
    ] = None,
) -> int | None:
    if if_match is None:
        raise MatchNeeded
    return _version(if_match)


async def _seen_if_said(
    if_match: Annotated[
        str | None, Header(description="The ETag of the version you saw; may be left out here.")
    ] = None,
) -> int | None:
    return None if if_match is None else _version(if_match)


def _version(if_match: str) -> int | None:
    if if_match == "*":
        return None
    quoted = len(if_match) > 2 and if_match[0] == if_match[-1] == '"'
    if not quoted or not if_match[1:-1].isascii() or not if_match[1:-1].isdigit() or len(if_match) > 12:
        raise BadMatch(f"'{if_match}' is not; write for example \"3\".")
    return int(if_match[1:-1])


Seen = Annotated[int | None, Depends(_seen)]
"""The version that the sender saw; it must be said."""

SeenIfSaid = Annotated[int | None, Depends(_seen_if_said)]
"""The version that the sender saw, where changes do not get into each other's way."""
