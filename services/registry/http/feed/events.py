"""`/registry/feed/v1/{topic}`: events behind a cursor, as lines or as a stream, and the latest states as a snapshot.

The answer begins at once and is written page by page, so nobody waits for a place in the process because others read
slowly. A reader whose token is revoked gets no further page.
"""

import zlib
from collections.abc import AsyncIterator
from time import monotonic
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response, StreamingResponse

from services.registry.feed.numbering import Tail
from services.registry.feed.reading import Cursor, Told, end_of, events, place_of, topic_named
from services.registry.http.feed.reader import Reader, Readers, allow
from services.registry.models.feed import Subscriber
from shared.database import Database
from shared.web.live import until_stopped
from shared.web.requests import service_of

router = APIRouter(prefix="/feed", include_in_schema=False)

_LINES = "application/x-ndjson"
_STREAM = "text/event-stream"
_ALIVE = 5.0  # seconds; so long a stream says nothing, and so long a revoked token may go on waiting
_LONGEST_WAIT = 60


@router.get("/{version}/{topic}")
async def read_events(  # noqa: PLR0917
    request: Request,
    reader: Reader,
    version: str,
    topic: str,
    after: Annotated[str | None, Query(description="The cursor of the last event that was read.")] = None,
    wait: Annotated[int, Query(ge=0, le=_LONGEST_WAIT, description="Seconds to wait when there is nothing.")] = 0,
    last_event_id: Annotated[str | None, Header()] = None,
) -> Response:
    """What stands behind a cursor: what there is, with `wait` what comes first, or as server-sent events for ever."""
    database, place, end = await _where(request, reader, version, topic, last_event_id or after)
    if _STREAM in request.headers.get("accept", ""):
        return _answer(request, reader, _as_stream(_for_ever(request, database, place)), _STREAM)
    return _answer(request, reader, _as_lines(_at_most(request, database, place, end, wait)), _LINES)


@router.get("/{version}/{topic}/snapshot")
async def read_snapshot(
    request: Request, reader: Reader, version: str, topic: str, after: Annotated[str | None, Query()] = None
) -> Response:
    """The latest state of each key, in the order of the feed: the last line's cursor is where to go on, and a download
    that broke off goes on behind the last line that came."""
    database, place, end = await _where(request, reader, version, topic, after)
    mark = f'W/"{end}"'
    if mark in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers={"etag": mark})
    answer = _answer(request, reader, _as_lines(events(database, place, end, latest=True)), _LINES)
    answer.headers["etag"] = mark
    return answer


async def _where(
    request: Request, reader: Subscriber, version: str, topic: str, after: str | None
) -> tuple[Database, Cursor, Cursor]:
    named = topic_named(version, topic)
    allow(reader, named)
    database = service_of(request).database
    end = await end_of(database, named)
    return database, place_of(after, end), end


async def _at_most(
    request: Request, database: Database, place: Cursor, end: Cursor, seconds: int
) -> AsyncIterator[list[Told]]:
    """What there is; when there is nothing, what comes within so many seconds."""
    tail: Tail = request.app.state.feed_tail
    until = monotonic() + seconds
    yield []  # the answer begins
    while place == end and (left := until - monotonic()) > 0:
        seen = tail.revision
        end = await end_of(database, place.topic)
        if place == end:
            await tail.news(seen, min(left, _ALIVE))
            yield []  # a look whether the reader may still wait
    async for page in events(database, place, end):
        yield page


async def _for_ever(request: Request, database: Database, place: Cursor) -> AsyncIterator[list[Told]]:
    tail: Tail = request.app.state.feed_tail
    while True:
        yield []  # a sign of life, and a look whether the reader may still wait
        seen = tail.revision
        end = await end_of(database, place.topic)
        if end.epoch != place.epoch:
            return  # the next request is told that its cursor is over
        async for page in events(database, place, end):
            yield page
        place = end
        await tail.news(seen, _ALIVE)


async def _as_lines(pages: AsyncIterator[list[Told]]) -> AsyncIterator[bytes]:
    async for page in pages:
        yield "".join(f"{told.text}\n" for told in page).encode()


async def _as_stream(pages: AsyncIterator[list[Told]]) -> AsyncIterator[bytes]:
    async for page in pages:
        said = "".join(f"id: {told.cursor}\nevent: {told.type}\ndata: {told.text}\n\n" for told in page)
        yield (said or ": alive\n\n").encode()


def _answer(request: Request, reader: Subscriber, parts: AsyncIterator[bytes], media_type: str) -> Response:
    """Raises: TooManyReaders"""
    readers: Readers = request.app.state.feed_readers
    readers.refuse_one_more(reader.id)
    zipped = "gzip" in request.headers.get("accept-encoding", "")

    async def counted() -> AsyncIterator[bytes]:
        with readers.one(reader.id):
            async for part in _zipped(until_stopped(request, parts)) if zipped else until_stopped(request, parts):
                yield part

    headers = {"vary": "accept, accept-encoding", **({"content-encoding": "gzip"} if zipped else {})}
    return StreamingResponse(counted(), media_type=media_type, headers=headers)


async def _zipped(parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Each part can be read as soon as it is there."""
    squeeze = zlib.compressobj(wbits=31)
    async for part in parts:
        yield squeeze.compress(part) + squeeze.flush(zlib.Z_SYNC_FLUSH)
    yield squeeze.flush()
