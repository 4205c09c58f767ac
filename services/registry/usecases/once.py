"""Something that is asked for twice is done once, and answered as the first time: through the API and on pages alike.

The first request claims the key in its own transaction and keeps its answer there; one that comes before that is
committed waits for it. An error keeps nothing, so that the request can be corrected and sent again with the same key.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, update
from sqlalchemy.dialects.postgresql import insert

from services.registry.models import AnsweredRequest
from services.registry.models.errors.request import KeyReused
from shared.clock import Clock
from shared.database import Session, table_of
from shared.identity import Actor

_answered = table_of(AnsweredRequest)

# Executed with every change, so they are built once.
_CLAIM = insert(_answered).on_conflict_do_nothing().returning(_answered.c.key)
_KEEP = update(_answered).where(_answered.c.actor_id == bindparam("of_actor"), _answered.c.key == bindparam("of_key"))


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it is kept.

    Attributes:
        repeated: it was given before; nothing was done now.
    """

    status: int
    headers: Mapping[str, str]
    body: Any = field(default=None)
    repeated: bool = False


async def once(
    session: Session, key: str, fingerprint: str, do: Callable[[], Awaitable[Kept]], *, actor: Actor, clock: Clock
) -> Kept:
    """What `do` answers; or what it answered when the actor asked with this key before.

    Raises:
        KeyReused: another request had this key.
        What `do` raises; then nothing was done.
    """
    claim = {"actor_id": actor.id, "key": key, "fingerprint": fingerprint, "created_at": clock.now(), "headers": {}}
    if (await session.execute(_CLAIM, claim)).one_or_none() is None:
        known = await session.get_one(AnsweredRequest, (actor.id, key))
        if known.fingerprint != fingerprint:
            raise KeyReused
        assert known.status is not None, "what is committed was answered"
        return Kept(known.status, known.headers, known.body, repeated=True)
    answer = await do()
    kept = {"status": answer.status, "headers": dict(answer.headers), "body": answer.body}
    await session.execute(_KEEP, {"of_actor": actor.id, "of_key": key, **kept})
    return answer
