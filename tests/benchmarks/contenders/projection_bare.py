"""The ceiling of every projection: a bare consumer, a thousand records at a time, one transaction, one commit."""

import asyncio

from aiokafka import AIOKafkaConsumer, TopicPartition

from tests.benchmarks.contenders.applying import Applying
from tests.benchmarks.contest import USERNAME, Task

BATCH = 1000


async def main(task: Task) -> None:
    applying = Applying(task)
    consumer = AIOKafkaConsumer(
        *applying.topics,
        bootstrap_servers=task.kafka,
        security_protocol="SASL_PLAINTEXT",
        sasl_mechanism="SCRAM-SHA-512",
        sasl_plain_username=USERNAME,
        sasl_plain_password=task.password,
        group_id=task.group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_partition_fetch_bytes=4 * 1024 * 1024,
    )
    await consumer.start()
    while not applying.over:
        found = await consumer.getmany(timeout_ms=200, max_records=BATCH)
        records = [record for of_partition in found.values() for record in of_partition]
        if records:
            await applying.apply([(record.topic, record.key, record.value, record.headers) for record in records])
            ends = {TopicPartition(record.topic, record.partition): record.offset + 1 for record in records}
            await consumer.commit(ends)
    applying.tell()
    await consumer.stop()
    await applying.database.close()


if __name__ == "__main__":
    asyncio.run(main(Task.given()))
