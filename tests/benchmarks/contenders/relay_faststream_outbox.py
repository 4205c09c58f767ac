"""The peer `faststream-outbox`: its own table, filled with the same records, relayed to Kafka as its manual shows.

Its knobs are turned to what was fastest here: many workers and large fetches, where its defaults are one and ten.
"""

import asyncio
import time
import warnings
from pathlib import Path
from typing import Annotated

from faststream import Context
from faststream.kafka import KafkaBroker
from faststream.security import SASLScram512
from faststream_outbox import OutboxBroker, OutboxMessage, make_outbox_table
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from tests.benchmarks.contest import USERNAME, Task, tell
from tests.benchmarks.lines import read_lines

WORKERS = 20


async def main(task: Task) -> None:
    warnings.simplefilter("ignore")
    engine = create_async_engine(task.database, pool_size=WORKERS + 5)
    metadata = MetaData()
    table = make_outbox_table(metadata, table_name="peer_outbox")
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    outbox = OutboxBroker(engine, outbox_table=table, logger=None)
    kafka = KafkaBroker(
        task.kafka,
        logger=None,
        security=SASLScram512(USERNAME, task.password, use_ssl=False),
        acks="all",
        enable_idempotence=True,
        linger_ms=0,
    )
    done = 0

    @outbox.subscriber(  # type: ignore[untyped-decorator]
        "records",
        max_workers=WORKERS,
        fetch_batch_size=1000,
        min_fetch_interval=0.01,
        max_fetch_interval=0.1,
        terminal_flush_batch_size=100,
    )
    async def relay(message: Annotated[OutboxMessage, Context("message")]) -> None:
        nonlocal done
        headers = dict(message.headers)
        topic, key = headers.pop("topic"), headers.pop("key")
        await kafka.publish(message.body, task.prefix + topic, key=key.encode(), headers=headers)
        done += 1

    lines = list(read_lines(Path(task.lines)))[: task.number]
    async with AsyncSession(engine) as session, session.begin():
        for line in lines:
            headers = {**dict(line.headers), "topic": line.topic, "key": line.key}
            await outbox.publish(line.value.encode(), queue="records", session=session, headers=headers)
    await kafka.start()
    began = time.perf_counter()
    await outbox.start()
    while done < len(lines) and time.perf_counter() - began < task.seconds:
        await asyncio.sleep(0.005)
    tell(done, time.perf_counter() - began)
    await outbox.stop()
    await kafka.stop()
    await engine.dispose()


if __name__ == "__main__":
    asyncio.run(main(Task.given()))
