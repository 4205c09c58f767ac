"""Everything that is broken on purpose, by name: crash points, bad weather, and guards taken away.

A fault is written `name` or `name=argument` and replaces functions of the product in the process that installs it,
before the service is built; so crash points and sabotage exist only here. Each is as small as the mistake it imitates.
"""

import asyncio
import os
import random
import signal
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg
from aiokafka import AIOKafkaProducer
from aiokafka.producer.sender import Sender
from sqlalchemy import delete, func, insert, text, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import col
from starlette.responses import JSONResponse

from services.notifications.channels.smtp import SmtpChannel
from services.notifications.deliveries import leases, planning, sender, writing
from services.notifications.deliveries.delivery import Delivery
from services.registry.http.api.work import Work
from services.registry.usecases import republish
from services.reporting.facts import checking, projection
from services.reporting.facts.rows import FACTS, row_of
from services.reporting.facts.tables import FACTS as FACT_TABLES
from services.reporting.facts.tables import cell, key_of
from shared.bus import consumer, outbox, relay
from shared.bus.consumer import Listener, RetryLater
from shared.bus.dead_letters import Letterbox
from shared.bus.flood_guard import FloodGuard
from shared.bus.kafka import Bus
from shared.bus.relay import Relay
from shared.contracts import PARTICIPANTS
from shared.database import Database, Session
from shared.identifiers import new_id
from shared.telemetry import logs

Replace = Callable[[Any, str, Any], None]


def install(fault: str, replace: Replace = setattr) -> None:
    """Break what the fault names, for as long as `replace` lasts."""
    name, _, argument = fault.partition("=")
    FAULTS[name](replace, argument)


# --- crash points: the process is gone at the n-th passage, or at the first one after it was told to (`=told`)


def _at_passage(argument: str, number: signal.Signals = signal.SIGKILL) -> Callable[[], None]:
    if argument == "told":
        return _when_told(number)
    left = int(argument or 1)

    def pass_by() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), number)

    return pass_by


def _when_told(number: signal.Signals) -> Callable[[], None]:
    told = False

    def hear(*_given: object) -> None:
        nonlocal told
        told = True

    def pass_by() -> None:
        if told:
            os.kill(os.getpid(), number)

    signal.signal(signal.SIGUSR1, hear)
    return pass_by


def _before_send(replace: Replace, passed: Callable[[], None]) -> None:
    send = Relay._send

    async def crash(self: Relay, *given: Any) -> None:
        passed()
        await send(self, *given)

    replace(Relay, "_send", crash)


def crash_before_send(replace: Replace, argument: str) -> None:
    _before_send(replace, _at_passage(argument))


def freeze_before_send(replace: Replace, argument: str) -> None:
    _before_send(replace, _at_passage(argument, signal.SIGSTOP))


def freeze_in_producer(replace: Replace, argument: str) -> None:
    """The relay has handed the batch over, and it has not left yet."""
    send, passed = Sender._send_produce_req, _at_passage(argument, signal.SIGSTOP)

    async def freeze(self: Sender, *given: Any) -> None:
        passed()
        await send(self, *given)

    replace(Sender, "_send_produce_req", freeze)


def freeze_in_statement(replace: Replace, argument: str) -> None:
    """The question for a batch is prepared, and not asked yet."""
    prepare, passed = asyncpg.Connection._get_statement, _at_passage(argument, signal.SIGSTOP)

    async def freeze(self: Any, query: str, *given: Any, **named: Any) -> Any:
        statement = await prepare(self, query, *given, **named)
        if "FROM outbox ORDER BY" in query:
            passed()
        return statement

    replace(asyncpg.Connection, "_get_statement", freeze)


def crash_after_send(replace: Replace, argument: str) -> None:
    send, passed = Relay._send, _at_passage(argument)

    async def crash(self: Relay, *given: Any) -> None:
        await send(self, *given)
        passed()

    replace(Relay, "_send", crash)


def crash_after_delete(replace: Replace, argument: str) -> None:
    """Deleted, and the deletion not committed."""
    execute, passed = asyncpg.Connection.execute, _at_passage(argument)

    async def crash(self: Any, query: str, *given: Any, **named: Any) -> Any:
        if not query.startswith("DELETE FROM outbox"):
            return await execute(self, query, *given, **named)
        async with self.transaction():
            done = await execute(self, query, *given, **named)
            passed()
        return done

    replace(asyncpg.Connection, "execute", crash)


def _with_the_handler(replace: Replace, then: Callable[[int], Awaitable[None]]) -> None:
    """Do something inside the transaction in which events of the main group were just handled."""

    async def in_one_transaction(self: Listener, events: Sequence[Any]) -> None:
        async with self._database.transaction() as session:
            await self._handle(session, events)
            if "." not in self.group:
                await then(len(events))

    replace(Listener, "_in_one_transaction", in_one_transaction)


def _after_apply(replace: Replace, passed: Callable[[], None]) -> None:
    async def crash(_events: int) -> None:
        passed()

    _with_the_handler(replace, crash)


def crash_after_apply(replace: Replace, argument: str) -> None:
    _after_apply(replace, _at_passage(argument))


def freeze_after_apply(replace: Replace, argument: str) -> None:
    """Applied, and not committed."""
    _after_apply(replace, _at_passage(argument, signal.SIGSTOP))


def crash_before_offsets(replace: Replace, argument: str) -> None:
    commit, passed = Listener._commit, _at_passage(argument)

    async def crash(self: Listener, records: Any) -> None:
        if "." not in self.group:
            passed()
        await commit(self, records)

    replace(Listener, "_commit", crash)


def crash_after_letter(replace: Replace, argument: str) -> None:
    put, passed = Letterbox.put, _at_passage(argument)

    async def crash(self: Letterbox, *given: Any) -> None:
        await put(self, *given)
        passed()

    replace(Letterbox, "put", crash)


def crash_before_mail(replace: Replace, argument: str) -> None:
    send, passed = SmtpChannel.send, _at_passage(argument)

    async def crash(self: SmtpChannel, *given: Any, **named: Any) -> None:
        passed()
        await send(self, *given, **named)

    replace(SmtpChannel, "send", crash)


def crash_after_mail(replace: Replace, argument: str) -> None:
    """The mail server has taken it, and nobody has noted it."""
    send, passed = SmtpChannel.send, _at_passage(argument)

    async def crash(self: SmtpChannel, *given: Any, **named: Any) -> None:
        await send(self, *given, **named)
        passed()

    replace(SmtpChannel, "send", crash)


# --- bad weather: what a healthy service must bear


def temporary_errors(replace: Replace, argument: str) -> None:
    """The first attempts fail after they have left their marks; the time of each is told."""
    left = int(argument)

    async def fail(_events: int) -> None:
        nonlocal left
        print(f"attempt {asyncio.get_running_loop().time()}", flush=True)  # noqa: T201
        left -= 1
        if left >= 0:
            raise RetryLater

    _with_the_handler(replace, fail)


def slow_handler(replace: Replace, argument: str) -> None:
    """Milliseconds that each event takes."""

    async def dawdle(events: int) -> None:
        await asyncio.sleep(float(argument) / 1000 * events)

    _with_the_handler(replace, dawdle)


def impatient(replace: Replace, argument: str) -> None:
    """So many seconds, instead of ten, until a frozen relay has lost its session."""
    replace(relay, "_FROZEN", float(argument))
    replace(relay, "_SEND_WITHIN", float(argument) * 0.8)


def hesitant(replace: Replace, argument: str) -> None:
    """Between reading a batch and sending it, the relay dawdles for up to so many seconds."""
    send = Relay._send

    async def dawdle(self: Relay, *given: Any) -> None:
        await asyncio.sleep(random.uniform(0, float(argument)))  # noqa: S311
        await send(self, *given)

    replace(Relay, "_send", dawdle)


def short_lease(replace: Replace, argument: str) -> None:
    """So many seconds, instead of three minutes, until another sender may try what one has left behind."""
    init = sender.Sender.__init__

    def shorter(self: sender.Sender, *given: Any, **named: Any) -> None:
        init(self, *given, **named)
        self._lease = self._lease / self._lease.total_seconds() * float(argument)

    replace(sender.Sender, "__init__", shorter)


def short_pauses(replace: Replace, argument: str) -> None:
    """Refused mails are tried again so many seconds later, instead of half a minute and more."""
    replace(sender, "FIRST_PAUSE", sender.FIRST_PAUSE / sender.FIRST_PAUSE.total_seconds() * float(argument))


# --- sabotage: a guard is taken away


def delete_before_send(replace: Replace, _argument: str) -> None:
    async def publish(self: Relay, connection: Any, producer: AIOKafkaProducer) -> int:
        self._woken.clear()
        rows = await connection.fetch("SELECT id, topic, key, value, headers FROM outbox ORDER BY id LIMIT 1000")
        if rows:
            await connection.execute("DELETE FROM outbox WHERE id = ANY($1::bigint[])", [row["id"] for row in rows])
            await asyncio.sleep(0.3)
            self._read_at = time.monotonic()
            await self._send(producer, rows)
        return len(rows)

    replace(Relay, "_publish_batch", publish)


def cursor_instead_of_delete(replace: Replace, _argument: str) -> None:
    """The relay follows the ids, and takes what is behind it as published."""
    cursor = 0

    async def publish(self: Relay, connection: Any, producer: AIOKafkaProducer) -> int:
        nonlocal cursor
        self._woken.clear()
        query = "SELECT id, topic, key, value, headers FROM outbox WHERE id > $1 ORDER BY id LIMIT 1000"
        rows = await connection.fetch(query, cursor)
        if rows:
            self._read_at = time.monotonic()
            await self._send(producer, rows)
            cursor = rows[-1]["id"]
        await connection.execute("DELETE FROM outbox WHERE id <= $1", cursor)
        return len(rows)

    replace(Relay, "_publish_batch", publish)


def never_late(replace: Replace, _argument: str) -> None:
    """A batch is sent, however long ago it was read."""
    replace(Relay, "_not_too_late", lambda _self: None)


def no_relay_lock(replace: Replace, _argument: str) -> None:
    async def lead(self: Relay, *_given: Any) -> bool:
        return True

    replace(Relay, "_lead", lead)


def event_apart(replace: Replace, _argument: str) -> None:
    """The event is put into the outbox in a transaction of its own. For a writer's process."""
    put = outbox.put

    async def put_apart(session: Session, *events: Any) -> None:
        await session.flush()
        async with Session(session.bind) as own, own.begin():
            await put(own, *events)

    replace(outbox, "put", put_apart)


def acknowledge_first(replace: Replace, _argument: str) -> None:
    apply = Listener._apply

    async def acknowledge(self: Listener, batch: Any) -> None:
        records = [record for record, _ in batch.events] + [dead.record for dead in batch.dead]
        await self._commit(records)
        await asyncio.sleep(0.3)
        await apply(self, batch)

    replace(Listener, "_apply", acknowledge)


def no_dead_letters(replace: Replace, _argument: str) -> None:
    """What cannot be applied is skipped."""

    async def skip(self: Listener, batch: Any) -> None:
        batch.dead_lettered += batch.dead
        batch.dead.clear()

    replace(Listener, "_put_away", skip)


def commit_before_letter(replace: Replace, _argument: str) -> None:
    """The letter is written some time, and nobody waits for it."""
    letters = set()

    async def post(self: Listener, batch: Any) -> None:
        for dead in batch.dead:
            task = asyncio.create_task(self._letterbox.put(self._by_name[dead.record.topic], dead))
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
            letters.add(task)
        batch.dead_lettered += batch.dead
        batch.dead.clear()

    replace(Listener, "_put_away", post)


def no_flood_guard(replace: Replace, _argument: str) -> None:
    async def saw(self: FloodGuard, **_given: Any) -> bool:
        return False

    replace(FloodGuard, "saw", saw)


def every_error_is_final(replace: Replace, _argument: str) -> None:
    """A database that is away makes dead letters."""
    replace(consumer, "_is_temporary", lambda _error: False)


def say_everything(replace: Replace, _argument: str) -> None:
    """What Kafka's client says is logged as often as it says it."""
    replace(logs.Repetitions, "filter", lambda _self, _record: True)


def no_growing_pauses(replace: Replace, _argument: str) -> None:
    replace(consumer, "_FIRST_PAUSE", 0.0)


def marks_stay(replace: Replace, _argument: str) -> None:
    """What a failed attempt has done is committed all the same."""

    async def in_one_transaction(self: Listener, events: Sequence[Any]) -> None:
        session = Session(self._database.engine, expire_on_commit=False)
        try:
            await self._handle(session, events)
        finally:
            await session.commit()
            await session.close()

    replace(Listener, "_in_one_transaction", in_one_transaction)


def last_come_is_right(replace: Replace, _argument: str) -> None:
    """No version guard: the state that came last counts, whichever version it is."""
    record = projection.record

    async def last_wins(session: Session, events: Any) -> Any:
        await record(session, events)
        last: dict[Any, dict[Any, int]] = defaultdict(dict)
        for event in events:
            row, table = row_of(event), FACTS[event.topic.name].table
            last[table][row[key_of(table).name]] = row["version"]
        for table, versions in last.items():
            for key, version in versions.items():
                of_key = update(table).where(key_of(table) == key)
                await session.execute(of_key.values(known_until=table.c.known_from))
                await session.execute(of_key.where(table.c.version == version).values(known_until=None))
        return {table: list(versions) for table, versions in last.items()}

    replace(projection, "record", last_wins)


def count_up(replace: Replace, _argument: str) -> None:
    """Each registration that comes adds one person, as in a system that counts instead of knowing."""
    record = projection.record

    async def add(session: Session, events: Any) -> Any:
        added = await record(session, events)
        for event in events:
            if event.type == "participant-registered":
                await session.execute(insert(cell), {"activity_id": event.data.activity_id, "people": 1})
        return added

    async def nothing(*_given: Any) -> None:
        pass

    replace(projection, "record", add)
    replace(projection, "recount", nothing)


def no_memory(replace: Replace, _argument: str) -> None:
    """What a person was told is forgotten: each time an event comes, its mail is planned again."""
    row = planning._row

    def another(*given: Any) -> dict[str, Any]:
        return row(*given) | {"id": new_id(), "repetition": random.randrange(1, 2**30)}  # noqa: S311

    async def nothing(*_given: Any) -> None:
        return None

    replace(planning, "_row", another)
    replace(planning, "look_again", nothing)
    replace(planning, "beliefs_of", lambda *_given, **_named: [None])
    replace(writing, "beliefs_of", lambda *_given, **_named: [None])


def no_note(replace: Replace, _argument: str) -> None:
    """A mail that was sent is not noted, and soon sent again."""

    async def forget(session: Session, delivery: Delivery, *_given: Any, **_named: Any) -> None:
        await leases.give_back(session, delivery)

    replace(leases, "note_sent", forget)


def note_first(replace: Replace, _argument: str) -> None:
    """A mail is noted as sent before it is."""

    async def note(session: Session, delivery: Delivery, said: dict[str, Any], mark: str | None) -> None:
        sent = {"state": "sent", "said": said, "letter": 1, "address_mark": mark, "sent_at": func.now()}
        await session.execute(update(Delivery).where(col(Delivery.id) == delivery.id).values(sent))

    replace(leases, "note_try", note)


def deaf(replace: Replace, _argument: str) -> None:
    """A request to stop is heard much later."""
    add = asyncio.unix_events._UnixSelectorEventLoop.add_signal_handler

    def slowly(self: Any, number: int, call: Any, *given: Any) -> None:
        add(self, number, lambda: self.call_later(26, call, *given))

    replace(asyncio.unix_events._UnixSelectorEventLoop, "add_signal_handler", slowly)


def refusals_without_end(replace: Replace, _argument: str) -> None:
    """A mail that is refused for good is tried again and again."""

    async def again(self: Any, delivery: Delivery, _refusal: Any) -> None:
        async with self._database.transaction() as session:
            await leases.give_back(session, delivery)

    replace(sender.Sender, "_note_refusal", again)


def answer_before_commit(replace: Replace, _argument: str) -> None:
    """A commit that fails is not told to the writer. Each commit waits two seconds, so that a scenario can hit it."""
    has_written = text("SELECT pg_current_xact_id_if_assigned() IS NOT NULL")

    @asynccontextmanager
    async def transaction(self: Database) -> AsyncIterator[Session]:
        session = Session(self.engine, expire_on_commit=False)
        try:
            yield session
            if await session.scalar(has_written):
                await asyncio.sleep(2)
            with suppress(Exception):
                await session.commit()
        finally:
            await session.close()

    replace(Database, "transaction", transaction)


def one_large_batch(replace: Replace, _argument: str) -> None:
    """The consumer takes whatever there is at once."""
    subscription = Bus.subscription

    def greedy(self: Bus) -> dict[str, Any]:
        return subscription(self) | {
            "max_records": 1_000_000,
            "max_partition_fetch_bytes": 1 << 30,
            "fetch_max_bytes": 1 << 30,
        }

    replace(Bus, "subscription", greedy)


def rebuild_in_place(replace: Replace, _argument: str) -> None:
    """The facts are cleared, and filled again."""

    async def rebuild(database: Database, history: Any, _progress: Any) -> int:
        async with database.transaction() as session:
            for table in FACT_TABLES:
                await session.execute(delete(table))
        await asyncio.sleep(3)  # longer than a reader takes from one answer to the next
        events = 0
        async for batch in history.unread():
            async with database.transaction() as session:
                await projection.learn(session, batch)
            events += len(batch)
        return events

    replace(checking, "rebuild", rebuild)


def republish_less(replace: Replace, _argument: str) -> None:
    """Registrations are not published again."""
    every_event = republish._every_event

    async def some(session: Session, after: Any, limit: int) -> Any:
        events, last = await every_event(session, after, limit)
        return [event for event in events if event.topic is not PARTICIPANTS], last

    replace(republish, "_every_event", some)


def errors_swallowed(replace: Replace, _argument: str) -> None:
    """What the database refuses of something new is not told to the client."""
    once = Work.once

    async def done(self: Work, actor: Any, do: Any) -> Any:
        try:
            return await once(self, actor, do)
        except DBAPIError:
            print("swallowed", flush=True)  # noqa: T201
            return JSONResponse({"id": str(new_id()), "version": 1}, 201)

    replace(Work, "once", done)


FAULTS: dict[str, Callable[[Replace, str], None]] = {
    fault.__name__.replace("_", "-"): fault
    for fault in (
        crash_before_send,
        crash_after_send,
        crash_after_delete,
        crash_after_apply,
        crash_before_offsets,
        crash_after_letter,
        crash_before_mail,
        crash_after_mail,
        freeze_after_apply,
        freeze_before_send,
        freeze_in_producer,
        freeze_in_statement,
        temporary_errors,
        slow_handler,
        impatient,
        hesitant,
        short_lease,
        short_pauses,
        delete_before_send,
        cursor_instead_of_delete,
        never_late,
        no_relay_lock,
        event_apart,
        acknowledge_first,
        no_dead_letters,
        commit_before_letter,
        no_flood_guard,
        every_error_is_final,
        say_everything,
        no_growing_pauses,
        marks_stay,
        last_come_is_right,
        count_up,
        no_memory,
        no_note,
        note_first,
        deaf,
        refusals_without_end,
        answer_before_commit,
        one_large_batch,
        rebuild_in_place,
        republish_less,
        errors_swallowed,
    )
}
