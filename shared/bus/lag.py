"""How far a consumer group is behind: per partition, in records and in seconds."""

import asyncio
import time
from collections.abc import Iterable, Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from shared.contracts import Topic
from shared.telemetry import metrics

EVERY = 5.0  # seconds between measurements


class LagMeter:
    """Sets the two gauges for the partitions that a member of the group holds.

    Args:
        topics: by their name on this installation.
    """

    def __init__(self, group: str, topics: Mapping[str, Topic]) -> None:
        self._group = group
        self._topics = topics
        self._behind_since: dict[TopicPartition, float] = {}

    async def measure(self, consumer: AIOKafkaConsumer) -> None:
        """Compare what is committed with where the partitions end. Kafka being away is left to others to tell."""
        partitions = consumer.assignment()
        try:
            async with asyncio.timeout(EVERY):
                ends = await consumer.end_offsets(partitions)
                committed = {partition: await consumer.committed(partition) or 0 for partition in partitions}
        except (KafkaError, TimeoutError):
            return
        now = time.time()
        for partition in partitions:
            lag = max(ends[partition] - committed[partition], 0)
            if lag:
                since = self._behind_since.setdefault(partition, now)
            else:
                since = now
                self._behind_since.pop(partition, None)
            metrics.consumer_lag.labels(*self._labels(partition)).set(lag)
            metrics.consumer_lag_seconds.labels(*self._labels(partition)).set(now - since)

    def forget(self, partitions: Iterable[TopicPartition]) -> None:
        """Others hold these now, and measure them."""
        for partition in partitions:
            self._behind_since.pop(partition, None)
            for gauge in (metrics.consumer_lag, metrics.consumer_lag_seconds):
                gauge.labels(*self._labels(partition))  # so that there is one to remove
                gauge.remove(*self._labels(partition))

    def _labels(self, partition: TopicPartition) -> tuple[str, str, str]:
        return self._group, self._topics[partition.topic].name, str(partition.partition)
