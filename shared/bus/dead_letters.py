"""Dead letters: records that can never be applied, kept with the bytes they came with and the reason.

Each group has a dead-letter topic per topic. A letter is answered by a *settlement*, a record without value that names
the letter's offset: so a letter is never lost, and whether it is open is told by the topic itself.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from aiokafka import AIOKafkaProducer, ConsumerRecord
from aiokafka.errors import KafkaError

from shared.bus.batch import RETRY_FOR, Dead
from shared.bus.kafka import Bus, abort, started
from shared.bus.reader import whole
from shared.bus.topics import dead_letter_topic
from shared.contracts import TOPICS, Topic

Settlement = Literal["retried", "discarded"]
ReceivedHeaders = tuple[tuple[str, bytes | None], ...]

_PREFIX = "registan_dlq_"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record that was given up.

    Attributes:
        letter: its place on the dead-letter topic; `retry` and `discard` take it.
        topic, partition, offset: where it came from, without the installation's prefix.
        reason: a short name of what is wrong with it.
        detail: one sentence.
        stack: where the handler failed; empty when the record could not be read at all.
    """

    letter: int
    topic: str
    group: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: ReceivedHeaders
    reason: str
    detail: str
    stack: str
    at: datetime


class Letterbox:
    """Where a consumer group puts what it gives up. It opens its producer when it is first needed."""

    def __init__(self, bus: Bus, group: str) -> None:
        self._bus = bus
        self._group = group
        self._producer: AIOKafkaProducer | None = None

    async def put(self, topic: Topic, dead: Dead) -> None:
        """Put a record on its dead-letter topic and wait until Kafka has acknowledged it.

        Raises:
            KafkaError: it cannot be written; the caller must not go on.
        """
        record = dead.record
        why = {
            "topic": topic.name,
            "partition": str(record.partition),
            "offset": str(record.offset),
            "group": self._group,
            "reason": dead.reason,
            "detail": dead.detail[:2000],
            "stack": dead.stack[-8000:],
            "at": datetime.now(UTC).isoformat(),
            "tombstone": "yes" if record.value is None else "no",
        }
        try:
            producer = await self._open()
            await producer.send_and_wait(
                self._bus.name(dead_letter_topic(topic.name, self._group)),
                key=record.key,
                value=b"" if record.value is None else record.value,  # a record without value is a settlement
                headers=[*record.headers, *((_PREFIX + name, text.encode()) for name, text in why.items())],
            )
        except KafkaError:
            await self.close()  # a producer that failed once may be stuck with its sequence numbers
            raise

    async def close(self) -> None:
        if self._producer is not None:
            producer, self._producer = self._producer, None
            await abort(producer)  # each letter was waited for

    async def _open(self) -> AIOKafkaProducer:
        if self._producer is None:
            self._producer = self._bus.producer()
            await self._producer.start()
        return self._producer


async def places(bus: Bus) -> list[tuple[str, str]]:
    """Each topic and group of this installation that has a dead-letter topic."""
    suffix = ".dlq"
    async with bus.admin() as admin:
        names = [name.removeprefix(bus.name("")) for name in await admin.list_topics() if name.startswith(bus.name(""))]
    letters = [name.removesuffix(suffix) for name in names if name.endswith(suffix)]
    return sorted(
        (topic.name, name.removeprefix(f"{topic.name}."))
        for name in letters
        for topic in TOPICS
        if name.startswith(f"{topic.name}.")
    )


async def open_letters(bus: Bus, *, topic: str, group: str) -> list[DeadLetter]:
    """The letters that nobody has settled, oldest first.

    Raises:
        KafkaError: the dead-letter topic is missing or Kafka is away.
    """
    letters: dict[int, DeadLetter] = {}
    async for record in whole(bus, dead_letter_topic(topic, group)):
        ours = {
            name.removeprefix(_PREFIX): raw.decode()
            for name, raw in record.headers
            if name.startswith(_PREFIX) and raw is not None
        }
        if "settles" in ours:
            letters.pop(int(ours["settles"]), None)
        elif "offset" in ours:
            letters[record.offset] = _letter(record.offset, record, ours)
    return list(letters.values())


class OnlyItsWriter(Exception):
    """The topic is private: only its writer may write there, or a dead letter could make an administrator."""

    def __init__(self, topic: str) -> None:
        super().__init__(
            f"{topic} is private, so that nobody but the registry may write there: send its present state again with "
            "`registan republish`, and discard the letter"
        )


async def retry(bus: Bus, letter: DeadLetter) -> None:
    """Send the record to its topic again, for the group that gave it up, and settle the letter.

    Raises:
        OnlyItsWriter: it is of a private topic.
    """
    if any(topic.name == letter.topic and topic.audience == "private" for topic in TOPICS):
        raise OnlyItsWriter(letter.topic)
    async with started(bus.producer()) as producer:
        await producer.send_and_wait(
            bus.name(letter.topic),
            key=letter.key,
            value=letter.value,
            headers=[
                *(header for header in letter.headers if header[0] != RETRY_FOR),
                (RETRY_FOR, letter.group.encode()),
            ],
        )
        await _settle(bus, producer, letter, "retried")


async def discard(bus: Bus, letter: DeadLetter) -> None:
    """Settle the letter: it stays on the dead-letter topic and is no longer open."""
    async with started(bus.producer()) as producer:
        await _settle(bus, producer, letter, "discarded")


async def _settle(bus: Bus, producer: AIOKafkaProducer, letter: DeadLetter, how: Settlement) -> None:
    await producer.send_and_wait(
        bus.name(dead_letter_topic(letter.topic, letter.group)),
        key=letter.key,
        value=None,
        headers=[(f"{_PREFIX}settles", str(letter.letter).encode()), (f"{_PREFIX}how", how.encode())],
    )


def _letter(place: int, record: ConsumerRecord, why: dict[str, str]) -> DeadLetter:
    return DeadLetter(
        letter=place,
        topic=why["topic"],
        group=why["group"],
        partition=int(why["partition"]),
        offset=int(why["offset"]),
        key=record.key,
        value=None if why["tombstone"] == "yes" else record.value,
        headers=tuple(header for header in record.headers if not header[0].startswith(_PREFIX)),
        reason=why["reason"],
        detail=why["detail"],
        stack=why["stack"],
        at=datetime.fromisoformat(why["at"]),
    )
