"""Steps in the life of a noun: confirm, cancel, withdraw. What each noun can go through is a table (`…/steps.py`), and
the API and the pages serve each row of it.

Most steps are the same work: lock, ask the rule, write down. What has more to do brings a use case of its own.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from services.registry.journal import record
from services.registry.models import Aggregate, Command, locked
from services.registry.models.base import Line
from services.registry.usecases.rights import allow_change
from shared.clock import Clock
from shared.database import Session
from shared.errors import DomainError
from shared.identity import Actor
from shared.web.language import Text

A = TypeVar("A", bound=Aggregate)
C = TypeVar("C", bound=Command)


class Nothing(Command):
    """What a step is given that needs no words: it is one press of a button."""


class Reason(Command):
    """Why, in words meant for those who take part."""

    reason: Line


@dataclass(frozen=True)
class Taking(Generic[C]):
    """A step to be taken.

    Attributes:
        key: of what takes the step.
        given: what the step needs to know.
        seen_version: the version that the person had before their eyes; `None` takes it as it is.
    """

    key: UUID
    given: C
    seen_version: int | None = None


class Take(Protocol):
    """A use case that takes a step."""

    def __call__(
        self, session: Session, command: Taking[Any], /, *, actor: Actor, clock: Clock
    ) -> Awaitable[Aggregate]: ...


@dataclass(frozen=True)
class Step:
    """A row of a noun's life.

    Attributes:
        name: what it is called in an address.
        given: what must be said to take it; a page asks for it.
        take: the use case.
        refuses: what it is refused for, besides what each change is.
        summary: one line for the API's catalogue.
        done: what a page says when it is taken.
        note: more for the catalogue.
    """

    name: str
    given: type[Command]
    take: Take
    refuses: tuple[type[DomainError], ...]
    summary: str
    done: Text
    note: str = ""

    def of(self, key: UUID, seen_version: int | None = None, **given: Any) -> Taking[Any]:
        """The command to take it.

        Raises:
            ValidationError: what it is given is not what it needs.
        """
        return Taking(key, self.given.model_validate(given), seen_version)


def by_rule(
    kind: type[A],
    event: str,
    rule: Callable[[A, Any, datetime], bool | None],
    allowed: Callable[[Session, Actor, A], Awaitable[None]] = allow_change,
    within: Callable[[A], AbstractAsyncContextManager[None]] = lambda _one: nullcontext(),
) -> Take:
    """A use case for a step that changes one aggregate by one rule, and nothing when the rule says `False`.

    It raises what the rule and `allowed` do, `NotFound` and `Stale`; `within` says in words what the database refuses.
    """

    async def take(session: Session, command: Taking[Any], /, *, actor: Actor, clock: Clock) -> A:
        aggregate = await locked(session, kind, command.key, seen=command.seen_version, actor=actor)
        await allowed(session, actor, aggregate)
        if rule(aggregate, command.given, clock.now()) is not False:
            async with within(aggregate):
                await record(session, event, aggregate, actor=actor, reason=getattr(command.given, "reason", None))
        return aggregate

    return take
