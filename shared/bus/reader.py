"""Reading a topic without belonging to a group: whole, up to where it ends now, or from now on as it grows."""

from collections.abc import AsyncIterator, Mapping

from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError

from shared.bus.kafka import Bus, KafkaAway


async def whole(bus: Bus, topic: str, *, since: Mapping[int, int] | None = None) -> AsyncIterator[ConsumerRecord]:
    """Each record of a topic, from its beginning to where it ended when the reading began.

    Args:
        since: offsets by partition to begin with, for a reader that has read what lies before.

    Raises:
        KafkaAway: Kafka does not answer.
        UnknownTopicOrPartitionError: there is no such topic.
    """
    async for record in _read(bus, topic, follow=False, since=since):
        yield record


async def tail(bus: Bus, topic: str, *, from_beginning: bool = False) -> AsyncIterator[ConsumerRecord]:
    """Records as they come, for ever."""
    async for record in _read(bus, topic, follow=True, from_beginning=from_beginning):
        yield record


async def _read(
    bus: Bus, topic: str, *, follow: bool, from_beginning: bool = True, since: Mapping[int, int] | None = None
) -> AsyncIterator[ConsumerRecord]:
    consumer = bus.consumer()
    try:
        try:
            await consumer.start()
        except (KafkaError, OSError) as error:
            raise KafkaAway(f"no Kafka at {bus.settings.bootstrap_servers}: {error}") from None
        name = bus.name(topic)
        await consumer._client.set_topics((name,))  # metadata of a topic nobody has subscribed to yet
        numbers = consumer.partitions_for_topic(name)
        if not numbers:
            raise UnknownTopicOrPartitionError(f"there is no topic {name}: run `registan migrate`")
        partitions = [TopicPartition(name, number) for number in sorted(numbers)]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        for partition in partitions:
            # Not seek_to_end: the client may still be asking for the beginning, and would take that answer for the end.
            if not from_beginning:
                consumer.seek(partition, ends[partition])
            elif since and since.get(partition.partition, 0) <= ends[partition]:  # else the topic was made again since
                consumer.seek(partition, since.get(partition.partition, 0))
        while follow or any([await consumer.position(p) < ends[p] for p in partitions]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                for record in records:
                    yield record
    finally:
        await consumer.stop()
