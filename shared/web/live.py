"""Live streams (server-sent events) that end when the service stops, so that an open page never delays a restart."""

import asyncio
from collections.abc import AsyncIterator
from typing import TypeVar

from fastapi import Request

T = TypeVar("T")


class _End:
    """Stands for the end of a source."""


_END = _End()


async def until_stopped(request: Request, source: AsyncIterator[T]) -> AsyncIterator[T]:
    """What `source` yields, until it ends or the service is told to stop. The browser connects again by itself."""
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
            if isinstance(item, _End):
                return
            yield item
    finally:
        stopped.cancel()
