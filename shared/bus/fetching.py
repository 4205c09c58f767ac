"""The consumer below FastStream: it loses nothing beside a record that cannot be read.

aiokafka unpacks records while it hands them out. Where one cannot be unpacked (a wrong checksum, a header whose name
is no text, an unknown compression), it raises, forgets what it had in its hands, of other partitions too, and would go
on behind that. So all partitions go back to what is committed, each is tried for itself, and the one that cannot be
read waits with an error in the log, while the others go on.

And it gathers: while records keep coming, those of some hundredths of a second are handed out together.
"""

import asyncio
import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import ConsumerStoppedError, CorruptRecordException, KafkaError, UnsupportedCodecError

log = structlog.get_logger()

_GATHER = 0.05  # seconds; while records keep coming, a transaction for ten of them costs what it costs for one
_MEANWHILE = 20  # milliseconds for Kafka to hand over what has come while these were gathered
_AGAIN = 30.0  # seconds after which a partition that could not be read is tried again
_ANSWERS_WITHIN = 2000  # milliseconds for a partition that is tried alone


class Fetching(AIOKafkaConsumer):  # type: ignore[misc]
    """What is committed must be all that has been dealt with: its user commits before it asks for more."""

    def __init__(self, *topics: str, **settings: Any) -> None:
        super().__init__(*topics, **settings)
        self._waiting: dict[TopicPartition, float] = {}  # until when
        self._keep_coming = False

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int = 0, max_records: int | None = None
    ) -> dict[TopicPartition, Sequence[ConsumerRecord]]:
        """Records: at once after a time of silence, a few together while they keep coming.

        It never answers that there are none: FastStream would sleep over what comes then.
        """
        if self._keep_coming:
            await asyncio.sleep(_GATHER)
        while True:
            self._try_again()
            try:
                found = await super().getmany(*partitions, timeout_ms=timeout_ms, max_records=max_records)
                if found and self._keep_coming:
                    await self._add_what_came_meanwhile(found, partitions, max_records)
            except Exception as error:
                if not _is_unreadable(error):
                    raise
                await self._go_back(max_records)
            else:
                if found:
                    self._keep_coming = 1 < _number(found) < (max_records or math.inf)
                    return found  # type: ignore[no-any-return]

    async def _add_what_came_meanwhile(
        self,
        found: dict[TopicPartition, Sequence[ConsumerRecord]],
        partitions: Sequence[TopicPartition],
        max_records: int | None,
    ) -> None:
        """aiokafka asks for more only when what it holds is taken: what came since then is still with Kafka."""
        left = None if max_records is None else max_records - _number(found)
        if left == 0:
            return
        try:
            later = await super().getmany(*partitions, timeout_ms=_MEANWHILE, max_records=left)
        except KafkaError as error:
            if _is_unreadable(error):
                raise
            return  # what is in hand comes first; the error comes again with the next question
        for partition, records in later.items():
            found[partition] = [*found.get(partition, ()), *records]

    async def _go_back(self, max_records: int | None) -> None:
        """Read again what is not committed, without the partition that cannot be read."""
        begins = await self.beginning_offsets(self.assignment())
        next_up = {partition: await self.committed(partition) or first for partition, first in begins.items()}
        ends = await self.end_offsets(next_up)
        for partition, offset in next_up.items():
            self.seek(partition, offset)
        for partition, offset in next_up.items():
            if offset == ends[partition] or partition in self._waiting:
                continue
            try:
                await super().getmany(partition, timeout_ms=_ANSWERS_WITHIN, max_records=max_records)
            except Exception as error:
                if not _is_unreadable(error):
                    raise
                self.pause(partition)
                self._waiting[partition] = time.monotonic() + _AGAIN
                log.error(
                    "partition_cannot_be_read",
                    group=self._group_id,
                    topic=partition.topic,
                    partition=partition.partition,
                    at_or_after=offset,
                    error=type(error).__name__,
                    again_in_seconds=_AGAIN,
                )
            self.seek(partition, offset)

    def _try_again(self) -> None:
        now, mine = time.monotonic(), self.assignment()
        for partition in [partition for partition, until in self._waiting.items() if until <= now]:
            del self._waiting[partition]
            if partition in mine:
                self.resume(partition)


def _number(records: Mapping[TopicPartition, Sequence[ConsumerRecord]]) -> int:
    return sum(map(len, records.values()))


def _is_unreadable(error: Exception) -> bool:
    if isinstance(error, KafkaError | ConsumerStoppedError):
        return isinstance(error, CorruptRecordException | UnsupportedCodecError)
    return True
