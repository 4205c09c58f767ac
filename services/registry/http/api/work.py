"""How a request gets its work done: in one transaction, once however often it is repeated, against the version seen.

A route that takes an `Idempotency-Key` answers a repeated request as the first one: see `usecases/once.py`.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header, Request
from pydantic import BaseModel
from starlette.responses import Response

from services.registry.http.api.answers import Answer, MatchNeeded, state_of
from services.registry.models import PersonKeys
from services.registry.models.errors.request import RowsRefused
from services.registry.usecases.once import Kept, once
from shared.clock import Clock
from shared.database import Database, Session
from shared.errors import DomainError
from shared.identity import Actor
from shared.web.problems import from_domain
from shared.web.requests import clock_of, service_of

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

            async def kept() -> Kept:
                answer = await rows_named(do(session))
                return Kept(answer.status, answer.headers, answer.body)

            fingerprint = await self._fingerprint()
            found = await once(session, self.idempotency_key, fingerprint, kept, actor=actor, clock=self.clock)
        repeated = {"idempotency-replayed": "true"} if found.repeated else {}
        return Answer(found.status, found.body, {**found.headers, **repeated}).response()

    async def change(
        self, actor: Actor, use_case: UseCase, command: object, view: type[BaseModel], *, status: int = 200
    ) -> Response:
        """Carry out a command once, and answer with the state it led to; 201 says where what is new is found."""

        async def do(session: Session) -> Answer:
            state = await use_case(session, command, actor=actor, clock=self.clock)
            location = f"{self.request.url.path}/{state.id}" if status == HTTPStatus.CREATED else None
            return state_of(view, state, status=status, location=location)

        return await self.once(actor, do)

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
