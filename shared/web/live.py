"""Live streams (server-sent events) that end with the right that opened them, and when the service stops.

So an open page never delays a restart, and shows nothing to somebody who may no longer see it.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import TypeVar

from fastapi import Request

from shared.web.identity import still_allowed

T = TypeVar("T")


class _End:
    """Stands for the end of a source."""


_END = _End()


async def until_stopped(request: Request, source: AsyncIterator[T]) -> AsyncIterator[T]:
    """What `source` yields, until it ends, the service is told to stop, or the reader loses the right to see it.

    The browser connects again by itself, and is then let in or not.
    """
    stopping: asyncio.Event = getattr(request.app.state, "stopping", None) or asyncio.Event()
    stopped = asyncio.create_task(stopping.wait())
    try:
        while True:
            following = asyncio.ensure_future(anext(source, _END))
            await asyncio.wait({following, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if not following.done():
                following.cancel()
                return
            item = following.result()
            if isinstance(item, _End) or not await still_allowed(request):
                return
            yield item
    finally:
        stopped.cancel()
