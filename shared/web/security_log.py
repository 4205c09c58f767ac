"""The security log: who did what to which person, account or mail, and who was refused; by ids and nothing else.

A route says what it is (`dependencies=[noted("person-read")]`), and a line is written when it has been answered, with
the status that it was answered with. What is refused anywhere is written as well. The lines have a logger and a schema
of their own (`log`, `event`, `who`, `kind`, `about`, `status`, `route`), so that they can be kept apart and for another
time than the others; no setting of the log's level takes them away.
"""

from typing import Any, Literal, get_args
from uuid import UUID

import structlog
from fastapi import Depends, Request
from fastapi.params import Depends as Dependency
from starlette.types import Scope

from shared.identity import Actor

Event = Literal[
    "sign-in",
    "sign-in-by-link",
    "sign-out",
    "password-set",
    "person-read",
    "person-changed",
    "person-erased",
    "person-exported",
    "people-read",
    "people-exported",
    "mail-read",
    "mails-released",
    "mails-cancelled",
    "mails-exported",
    "sending-switched",
    "refused",
]
EVENTS: tuple[Event, ...] = get_args(Event)

_EVENT = "registan.security_event"
_ABOUT = "registan.security_about"
_REFUSALS = (401, 403, 429)

log = structlog.get_logger("security")


def noted(event: Event) -> Dependency:
    """A dependency of routes that belong into the security log."""

    async def note(request: Request) -> None:
        request.scope[_EVENT] = event

    dependency: Dependency = Depends(note)
    return dependency


def about(request: Request, *subjects: UUID | str) -> None:
    """Ids or keys of those it is about, where the address does not say it: who has just signed in, for example."""
    request.scope[_ABOUT] = subjects


def write(scope: Scope, route: str, status: int) -> None:
    """The line of a request that was answered, if it needs one."""
    event: Event | None = scope.get(_EVENT) or ("refused" if status in _REFUSALS else None)
    if event is None:
        return
    actor: Actor | None = scope.get("state", {}).get("actor")
    in_address = (_id(each) for each in scope.get("path_params", {}).values())
    log.info(
        event,
        log="security",
        who=str(actor.id) if actor else None,
        kind=actor.kind if actor else None,
        about=[str(one) for one in (*scope.get(_ABOUT, ()), *in_address) if one is not None],
        status=status,
        route=route,
    )


def _id(value: Any) -> UUID | None:
    """Only what is an id: an address may hold what somebody typed."""
    try:
        return value if isinstance(value, UUID) else UUID(str(value))
    except ValueError:
        return None
