"""A plain FastStream subscriber as its manual begins: each message by itself, acknowledged when it is handled."""

import asyncio

from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.security import SASLScram512

from tests.benchmarks.contenders.applying import Applying
from tests.benchmarks.contest import USERNAME, Task


async def main(task: Task) -> None:
    applying = Applying(task)
    broker = KafkaBroker(task.kafka, logger=None, security=SASLScram512(USERNAME, task.password, use_ssl=False))

    @broker.subscriber(
        *applying.topics, group_id=task.group, auto_offset_reset="earliest", ack_policy=AckPolicy.ACK, decoder=_as_it_is
    )
    async def project(body: object, message: KafkaMessage) -> None:
        record = message.raw_message
        assert not isinstance(record, tuple)
        await applying.apply([(record.topic, record.key, record.value, record.headers)])

    await broker.start()
    while not applying.over:
        await asyncio.sleep(0.005)
    applying.tell()
    await broker.stop()
    await applying.database.close()


async def _as_it_is(message: KafkaMessage) -> str:
    return ""  # the envelope is read with the contract, as everybody does here


if __name__ == "__main__":
    asyncio.run(main(Task.given()))
