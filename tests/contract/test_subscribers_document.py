"""What we tell the engineer of another programme is true: the program in the document runs, on the real Kafka."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local.kafka import Kafka
from shared.bus.kafka import started
from shared.contracts import ACTIVITIES, TOPICS
from shared.contracts.examples import example_events
from tests.servers import connection

_DOCUMENT = (Path(__file__).parents[2] / "docs" / "subscribers.md").read_text(encoding="utf-8")


def _program() -> str:
    (program,) = re.findall(r"```python\n(.*?)```", _DOCUMENT, re.DOTALL)
    return str(program)


@contextmanager
def _running(program: Path, kafka: Kafka, topic: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-u", str(program)],
        env={**os.environ, **_credentials(kafka), "TOPIC": topic},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _credentials(kafka: Kafka) -> dict[str, str]:
    """Those of a subscriber, who may read public topics and nothing else."""
    client = kafka.client("subscriber")
    assert client.username
    assert client.password
    return {
        "KAFKA": client.bootstrap_servers,
        "KAFKA_PROTOCOL": client.security_protocol,
        "KAFKA_USERNAME": client.username,
        "KAFKA_PASSWORD": client.password.get_secret_value(),
    }


def _first_words(process: subprocess.Popen[str], lines: int) -> list[str]:
    assert process.stdout is not None
    return [process.stdout.readline().partition(" ")[0] for _ in range(lines)]


async def _publish(kafka: Kafka, topic: str) -> None:
    """The life of an activity, twice over and with what a careless subscriber would stumble over."""
    admin = AIOKafkaAdminClient(**connection(kafka))
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, 1, 1)])
    finally:
        await admin.close()
    records = [event.to_record() for event in example_events() if event.topic is ACTIVITIES]
    last = records.pop()
    async with started(AIOKafkaProducer(**connection(kafka))) as producer:
        for record in [*records, *records]:
            await producer.send_and_wait(topic, record.value, record.key, headers=record.headers)
        unknown = [*last.headers, ("ce_type", b"org.registan.activity-archived")]
        await producer.send_and_wait(topic, b"not for this program", last.key, headers=unknown)
        await producer.send_and_wait(topic, last.value, last.key, headers=last.headers)


async def test_the_program_in_the_document_tells_each_change_once(
    kafka: Kafka, topic_prefix: str, tmp_path: Path
) -> None:
    topic = topic_prefix + ACTIVITIES.name
    await asyncio.to_thread(kafka.allow, topic_prefix)
    await _publish(kafka, topic)
    program = tmp_path / "follow.py"
    program.write_text(_program(), encoding="utf-8")
    with _running(program, kafka, topic) as process:
        said = await asyncio.wait_for(asyncio.to_thread(_first_words, process, 7), timeout=60)
    assert said == ["planned", "confirmed", "confirmed", "cancelled", "confirmed", "held", "merged"]


def test_the_document_names_every_topic_and_says_which_are_private() -> None:
    public, private = _DOCUMENT.split("are **private**", 1)[0], _DOCUMENT
    for topic in TOPICS:
        assert f"`{topic.name}`" in (public if topic.audience == "public" else private)
    listed = set(re.findall(r"^\| `(registan\.\w+\.v1)`", _DOCUMENT, re.MULTILINE))
    assert listed == {topic.name for topic in TOPICS if topic.audience == "public"}


def test_the_program_knows_all_events_of_its_topic() -> None:
    words = re.findall(r'"([a-z]+)"', _program().split("KNOWN", 1)[1].split("}", 1)[0])
    assert {f"activity-{word}" for word in words} == set(ACTIVITIES.events)
