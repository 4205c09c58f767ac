"""The feed over HTTP holds what Kafka is given: each event once, in the order of its key, with the same bytes."""

import asyncio
import gzip
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.registry.app import build
from services.registry.feed import numbering
from services.registry.feed.numbering import Numbering, number_waiting
from services.registry.http.feed.reader import Readers, TooManyReaders
from services.registry.models.feed import AddSubscriber
from services.registry.usecases.activities.plan import RecordActivity, record_activity
from services.registry.usecases.subscribers.add import add_subscriber
from services.registry.usecases.subscribers.revoke import revoke_subscriber
from shared.contracts import ACTIVITIES, PUBLIC
from shared.identifiers import new_id
from shared.identity import SYSTEM
from shared.service import Service
from shared.web.server import serve
from tests.conftest import DatabaseUrl
from tests.ports import free_port
from tests.registry import ACTIVITY, Desk, desk, registry_settings

FEED = f"/registry/feed/v1/{ACTIVITIES.name}"


@dataclass
class Feed:
    """A registry that serves, a subscriber of it, and what is recorded there."""

    desk: Desk
    service: Service
    client: httpx2.AsyncClient

    async def subscriber(self, name: str, *topics: str) -> str:
        command = AddSubscriber(
            name=name, contact="canary@example.org", topics=topics or tuple(each.name for each in PUBLIC)
        )
        _subscriber, token = await self.desk.do(add_subscriber, command)
        return f"Bearer {token}"

    async def number(self) -> None:
        await number_waiting(self.desk.database)

    async def read(self, address: str = FEED, **given: Any) -> list[dict[str, Any]]:
        answer = await self.client.get(address, **given)
        assert answer.status_code == 200, answer.text
        return [json.loads(line) for line in answer.text.splitlines()]

    async def published(self) -> dict[tuple[str, str], list[tuple[str, bytes]]]:
        """What Kafka is given, by topic and key: the id and the bytes of each event in its order."""
        told: dict[tuple[str, str], list[tuple[str, bytes]]] = {}
        for each in await self.desk.waiting():
            if each.topic in {topic.name for topic in PUBLIC}:
                told.setdefault((each.topic, each.key), []).append((each.headers["ce_id"], each.value or b""))
        return told


@asynccontextmanager
async def open_feed(folder: Path, database_url: str) -> AsyncIterator[Feed]:
    port, stop = free_port(), asyncio.Event()
    async with desk(database_url) as opened:
        service = build(registry_settings(folder, database_url).model_copy(update={"port": port}))
        tail: Any = service.state["feed_tail"]
        running = [asyncio.create_task(serve(service, "web", stop)), asyncio.create_task(tail.run(stop))]
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            for _ in range(1000):
                with suppress(httpx2.ConnectError):
                    await client.get("/healthz")
                    break
                await asyncio.sleep(0.02)
            made = Feed(opened, service, client)
            client.headers["authorization"] = await made.subscriber("sample")
            await made.number()
            yield made
        stop.set()
        await asyncio.wait_for(asyncio.gather(*running), 60)


@pytest_asyncio.fixture
async def feed(database_url: DatabaseUrl, tmp_path: Path) -> AsyncIterator[Feed]:
    async with open_feed(tmp_path, database_url("registry")) as opened:
        yield opened


async def test_what_commits_late_is_missed_by_no_reader(feed: Feed) -> None:
    """The first to write takes the lower serial number and commits last."""
    async with feed.desk.database.transaction() as session:
        late = await record_activity(
            session, RecordActivity(**ACTIVITY | {"code": "late"}), actor=SYSTEM, clock=feed.desk.clock
        )
        early = await feed.desk.plan(code="early")
        await feed.number()
        seen = await feed.read()
        assert [event["subject"] for event in seen] == [str(early.id)]
    await feed.number()
    then = await feed.read(params={"after": seen[-1]["cursor"]})
    assert [event["subject"] for event in then] == [str(late.id)]


async def test_an_event_is_told_as_on_kafka_to_the_byte(feed: Feed) -> None:
    activity = await feed.desk.plan(title={"en": "Sample — workshop", "ru": "Учебный семинар"})
    await feed.desk.complete(activity)
    await feed.number()
    for topic in PUBLIC:
        answer = await feed.client.get(f"/registry/feed/v1/{topic.name}")
        assert answer.headers["content-type"] == "application/x-ndjson"
        for line in answer.content.splitlines():
            event = json.loads(line)
            (waiting,) = [one for one in await feed.desk.waiting() if one.headers["ce_id"] == event["id"]]
            assert line.endswith(b',"data":' + (waiting.value or b"") + b"}")
            for name, said in waiting.headers.items():
                if name.startswith("ce_"):
                    assert event[name.removeprefix("ce_")] == said


async def test_a_feed_read_through_kills_of_readers_and_of_what_numbers_tells_each_event_once(feed: Feed) -> None:
    chance = random.Random(7)  # noqa: S311

    async def write(number: int) -> None:
        for turn in range(4):
            activity = await feed.desk.plan(code=f"sample-{number}-{turn}")
            await (feed.desk.complete if turn % 2 else feed.desk.cancel)(activity)

    async def number() -> None:
        while True:
            with suppress(TimeoutError, OSError):  # killed, perhaps while it connects
                async with asyncio.timeout(chance.random() / 5):
                    await Numbering(feed.desk.database).run(asyncio.Event())

    async def read(topic: str) -> list[bytes]:
        told: list[bytes] = []
        cursor, over = "", False
        while not over:
            over = all_numbered.is_set()
            breaks_off = chance.randrange(1, 30)
            got = 0
            given = {"after": cursor, "wait": "1"}
            async with feed.client.stream("GET", f"/registry/feed/v1/{topic}", params=given) as answer:
                assert answer.status_code == 200
                async for line in answer.aiter_lines():
                    told.append(line.encode())
                    cursor, got = json.loads(line)["cursor"], got + 1
                    if got == breaks_off:
                        break
            over = over and not got
        return told

    numbering = [asyncio.create_task(number()) for _ in range(2)]
    all_numbered = asyncio.Event()
    reading = asyncio.gather(*(read(topic.name) for topic in PUBLIC))
    await asyncio.gather(*(write(each) for each in range(4)))
    await feed.number()
    all_numbered.set()
    lines = await reading
    for task in numbering:
        task.cancel()
    await asyncio.gather(*numbering, return_exceptions=True)

    told: dict[tuple[str, str], list[tuple[str, bytes]]] = {}
    for topic, of_topic in zip(PUBLIC, lines, strict=True):
        for line in of_topic:
            event, data = json.loads(line), line.split(b',"data":', 1)[1][:-1]
            told.setdefault((topic.name, event["subject"]), []).append((event["id"], data))
    assert told == await feed.published()


async def test_who_is_frozen_while_it_numbers_holds_up_the_others_for_a_moment_only(
    feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numbering, "FROZEN", 1)
    await feed.desk.plan()
    with suppress(DBAPIError):  # the frozen one finds its connection closed
        async with feed.desk.database.transaction() as frozen:
            await frozen.execute(numbering._LOCK, {"frozen": f"{numbering.FROZEN}s"})
            async with asyncio.timeout(60):
                assert await number_waiting(feed.desk.database) > 0


async def test_a_snapshot_is_the_latest_state_of_each_and_its_last_line_says_where_to_go_on(feed: Feed) -> None:
    first, second = await feed.desk.plan(code="first"), await feed.desk.plan(code="second")
    await feed.desk.complete(first)
    await feed.number()
    answer = await feed.client.get(f"{FEED}/snapshot", headers={"accept-encoding": "identity"})
    states = [json.loads(line) for line in answer.text.splitlines()]
    assert [(one["subject"], one["sequence"]) for one in states] == [(str(second.id), "1"), (str(first.id), "2")]
    again = await feed.client.get(f"{FEED}/snapshot", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    async with feed.client.stream("GET", f"{FEED}/snapshot", headers={"accept-encoding": "gzip"}) as squeezed:
        raw = b"".join([part async for part in squeezed.aiter_raw()])
    assert gzip.decompress(raw) == answer.content
    assert await feed.read(f"{FEED}/snapshot", params={"after": states[0]["cursor"]}) == states[1:]

    await feed.desk.cancel(second)
    await feed.number()
    changed = await feed.client.get(f"{FEED}/snapshot", headers={"if-none-match": answer.headers["etag"]})
    assert changed.status_code == 200
    assert [event["type"] for event in await feed.read(params={"after": states[-1]["cursor"]})] == [
        "org.registan.activity-cancelled"
    ]


async def test_who_waits_is_told_what_comes_first_and_nothing_when_nothing_comes(feed: Feed) -> None:
    assert await feed.read(params={"wait": "1"}) == []
    waiting = asyncio.create_task(feed.read(params={"wait": "60"}))
    await asyncio.sleep(0.2)
    await feed.desk.plan()
    await feed.number()
    assert [event["type"] for event in await asyncio.wait_for(waiting, 50)] == ["org.registan.activity-created"]


async def test_a_stream_goes_on_behind_the_last_event_and_ends_when_its_token_is_revoked(feed: Feed) -> None:
    await feed.desk.plan(code="first")
    await feed.desk.plan(code="second")
    await feed.number()
    first, second = await feed.read()
    headers = {
        "accept": "text/event-stream",
        "last-event-id": first["cursor"],
        "authorization": await feed.subscriber("other", ACTIVITIES.name),
    }
    async with feed.client.stream("GET", FEED, headers=headers) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.aiter_lines()
        assert await _first(lines, "id: ") == second["cursor"]
        assert json.loads(await _first(lines, "data: ")) == second
        await feed.desk.plan(code="third")
        await feed.number()
        third = json.loads(await _first(lines, "data: "))
        await feed.desk.do(revoke_subscriber, "other")
        await feed.desk.plan(code="fourth")
        await feed.number()
        async with asyncio.timeout(30):
            assert not [line async for line in lines if line.startswith("data: ")]
    refused = await feed.client.get(FEED, headers={**headers, "last-event-id": third["cursor"]})
    assert refused.status_code == 401
    assert refused.json()["detail"] == "The token is unknown or revoked."


async def _first(lines: AsyncIterator[str], begins: str) -> str:
    async with asyncio.timeout(30):
        async for line in lines:
            if line.startswith(begins):
                return line.removeprefix(begins)
    raise AssertionError("the stream ended")


@pytest.mark.parametrize(
    ("address", "after", "status", "says"),
    [
        ("v1/registan.nothing.v1", None, 404, "choose among registan.programmes.v1"),
        ("v1/registan.contacts.v1", None, 404, "no public topic registan.contacts.v1"),
        ("v7/registan.activities.v1", None, 404, "no version v7"),
        ("v1/registan.activities.v1", "outputs.1.0", 400, "no cursor of registan.activities.v1"),
        ("v1/registan.activities.v1", "activities.1.99999", 400, "lies behind the end, which is 'activities.1.1'"),
        ("v1/registan.activities.v1", "activities.1.-1", 400, "was never given out"),
        ("v1/registan.activities.v1", "activities.2.1", 400, "was never given out"),
        ("v1/registan.activities.v1", "activities.1.²", 400, "was never given out"),
        ("v1/registan.activities.v1", "' OR 1=1", 400, "no cursor of"),
        ("v1/registan.activities.v1/snapshot", "activities.1.5", 400, "lies behind the end"),
    ],
)
async def test_a_wrong_topic_or_cursor_is_answered_with_what_is_right(
    feed: Feed, address: str, after: str | None, status: int, says: str
) -> None:
    await feed.desk.plan()
    await feed.number()
    answer = await feed.client.get(f"/registry/feed/{address}", params={"after": after} if after else {})
    assert answer.status_code == status
    assert says in answer.json()["detail"]


async def test_a_cursor_from_before_a_restore_is_over(feed: Feed) -> None:
    await feed.desk.plan()
    await feed.number()
    (event,) = await feed.read()
    async with feed.desk.database.transaction() as session:
        await session.execute(text("UPDATE installation SET epoch = 2"))
    answer = await feed.client.get(FEED, params={"after": event["cursor"]})
    assert answer.status_code == 410
    assert "begin again with the snapshot" in answer.json()["detail"]
    assert [one["cursor"] for one in await feed.read()] == ["activities.2.1"]


async def test_a_token_opens_the_topics_it_was_given_and_nothing_else(feed: Feed) -> None:
    feed.client.headers["authorization"] = await feed.subscriber("narrow", "registan.outputs.v1")
    refused = await feed.client.get(FEED)
    assert refused.status_code == 403
    assert refused.json()["detail"] == "Your token opens registan.outputs.v1, not registan.activities.v1."
    assert (await feed.client.get("/registry/feed/v1/registan.outputs.v1")).status_code == 200
    assert (await feed.client.get("/registry/api/v1/activities")).status_code == 401
    del feed.client.headers["authorization"]
    assert (await feed.client.get(FEED)).status_code == 401


async def test_beyond_the_limit_readers_are_asked_to_come_again_and_a_slow_one_holds_nobody_up(feed: Feed) -> None:
    for number in range(300):
        await feed.desk.plan(code=f"sample-{number}")
    await feed.number()
    feed.service.state["feed_readers"]._most = 2  # type: ignore[attr-defined]
    stream = {"accept": "text/event-stream"}
    async with feed.client.stream("GET", FEED, headers=stream) as one, feed.client.stream("GET", FEED, headers=stream):
        assert one.status_code == 200  # and nobody reads on
        beyond = await feed.client.get(FEED)
        assert beyond.status_code == 503
        assert beyond.json()["type"] == "urn:registan:problem:too-many-readers"
        assert beyond.headers["retry-after"] == "5"
        assert feed.desk.database.connections()["in-use"] == 0
        assert (await feed.client.get("/registry/contracts/")).status_code == 200
    async with asyncio.timeout(30):
        while (await feed.client.get(FEED)).status_code == 503:
            await asyncio.sleep(0.1)


def test_one_token_takes_no_more_than_its_part() -> None:
    readers = Readers(most=4, each=1)
    greedy, other = (new_id() for _ in range(2))
    with readers.one(greedy):
        with pytest.raises(TooManyReaders):
            readers.refuse_one_more(greedy)
        readers.refuse_one_more(other)
    readers.refuse_one_more(greedy)


async def test_nothing_personal_is_on_the_feed(feed: Feed) -> None:
    activity = await feed.desk.plan()
    registration = await feed.desk.register(activity, "Canary Person", email="canary@example.org")
    await feed.desk.complete(activity)
    await feed.desk.erase(registration)
    await feed.number()
    for topic in PUBLIC:
        for address in (f"/registry/feed/v1/{topic.name}", f"/registry/feed/v1/{topic.name}/snapshot"):
            assert "canary" not in (await feed.client.get(address)).text.lower()
