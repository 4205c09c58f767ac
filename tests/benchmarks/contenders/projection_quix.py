"""Quix Streams, each message by itself: one transaction a message, offsets committed every thousand."""

import asyncio
import logging

from quixstreams import Application
from quixstreams.kafka.configuration import ConnectionConfig
from quixstreams.models import HeadersTuples

from tests.benchmarks.contenders.applying import Applying
from tests.benchmarks.contest import USERNAME, Task


def main(task: Task) -> None:
    applying = Applying(task)
    runner = asyncio.Runner()
    app = application(task)
    for name in applying.topics:

        def project(value: bytes, key: bytes, _: int, headers: HeadersTuples, name: str = name) -> None:
            runner.run(applying.apply([(name, key, value, headers or [])]))
            if applying.over:
                app.stop()

        topic = app.topic(name, value_deserializer="bytes", key_deserializer="bytes")
        app.dataframe(topic).update(project, metadata=True)
    app.run()
    applying.tell()
    runner.run(applying.database.close())


def application(task: Task) -> Application:
    logging.disable(logging.WARNING)
    return Application(
        broker_address=ConnectionConfig(
            bootstrap_servers=task.kafka,
            security_protocol="sasl_plaintext",
            sasl_mechanism="SCRAM-SHA-512",
            sasl_username=USERNAME,
            sasl_password=task.password,
        ),
        consumer_group=task.group,
        auto_offset_reset="earliest",
        auto_create_topics=False,
        commit_every=1000,
        loglevel=None,
    )


if __name__ == "__main__":
    main(Task.given())
