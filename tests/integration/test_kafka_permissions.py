"""Kafka on this machine as in production: each principal may do what the table says, and all others nothing."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    KafkaError,
    TopicAuthorizationFailedError,
)

from deploy.local import kafka as module
from deploy.local.kafka import ADMINISTRATOR, Kafka
from deploy.permissions import PRINCIPALS, groups_of
from shared.bus import reader
from shared.bus.kafka import Bus, KafkaAway, started
from shared.bus.topics import dead_letter_topic, reconcile
from shared.contracts import ACCESS, ACTIVITIES, CONTACTS, TOPICS, Topic
from shared.settings import SERVICES, KafkaSettings
from tests.ports import free_port
from tests.servers import connection


@pytest.fixture
async def prefix(kafka: Kafka, topic_prefix: str) -> str:
    """Where the principals may do what they may, and the operator has made the topics."""
    await asyncio.to_thread(kafka.allow, topic_prefix)
    listened = [(group, topic) for service in SERVICES for group, topics in groups_of(service) for topic in topics]
    await reconcile(Bus(kafka.client("operator", topic_prefix)), listened)
    return topic_prefix


@asynccontextmanager
async def writing_as(kafka: Kafka, principal: str) -> AsyncIterator[AIOKafkaProducer]:
    async with started(AIOKafkaProducer(**connection(kafka, principal))) as producer:
        yield producer


WRITERS = {
    ACTIVITIES.name: {"registry", "settler"},
    ACCESS.name: {"registry"},
    CONTACTS.name: {"registry"},
    dead_letter_topic(ACTIVITIES.name, "reporting"): {"reporting", "settler"},
    dead_letter_topic(ACCESS.name, "notifications.access"): {"notifications", "settler"},
}


@pytest.mark.parametrize("principal", PRINCIPALS)
async def test_a_principal_writes_its_topics_and_no_others(kafka: Kafka, prefix: str, principal: str) -> None:
    async with writing_as(kafka, principal) as producer:
        for topic, writers in WRITERS.items():
            if principal in writers:
                await producer.send_and_wait(prefix + topic, b"salom", b"key")
    for topic, writers in WRITERS.items():
        if principal not in writers:
            async with writing_as(kafka, principal) as producer:
                with pytest.raises(TopicAuthorizationFailedError):
                    await producer.send_and_wait(prefix + topic, b"forged", b"key")


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: str(topic.name))
async def test_a_subscriber_reads_public_topics_and_hears_of_no_others(kafka: Kafka, prefix: str, topic: Topic) -> None:
    async with writing_as(kafka, ADMINISTRATOR) as producer:
        await producer.send_and_wait(prefix + topic.name, b"salom", b"key")
    bus = Bus(kafka.client("subscriber", prefix))
    if topic.audience == "public":
        assert [record.value async for record in reader.whole(bus, topic.name)] == [b"salom"]
        return
    with pytest.raises(KafkaError):
        [record async for record in reader.whole(bus, topic.name)]
    async with bus.admin() as admin:
        assert prefix + topic.name not in await admin.list_topics()


async def test_a_subscriber_may_not_join_the_group_of_a_service(kafka: Kafka, prefix: str) -> None:
    for group, allowed in ((f"{prefix}reporting", False), (f"{prefix}subscriber.sample", True)):
        consumer = AIOKafkaConsumer(
            prefix + ACTIVITIES.name, **connection(kafka, "subscriber"), group_id=group, auto_offset_reset="earliest"
        )
        try:
            if allowed:
                await consumer.start()
            else:
                with pytest.raises(GroupAuthorizationFailedError):
                    await consumer.start()
                    await consumer.getone()
        finally:
            await consumer.stop()


async def test_an_operator_makes_topics_and_reads_none(kafka: Kafka, prefix: str) -> None:
    async with writing_as(kafka, ADMINISTRATOR) as producer:
        await producer.send_and_wait(prefix + CONTACTS.name, b"salom", b"key")
    with pytest.raises(TopicAuthorizationFailedError):
        [record async for record in reader.whole(Bus(kafka.client("operator", prefix)), CONTACTS.name)]


@pytest.mark.parametrize(
    "changed",
    [
        {"security_protocol": "PLAINTEXT", "sasl_mechanism": None, "username": None, "password": None},
        {"password": "a guess"},
        {"username": "nobody"},
        {"username": ADMINISTRATOR, "sasl_mechanism": "PLAIN", "password": "a guess"},
        {"sasl_mechanism": "PLAIN"},
    ],
    ids=["no credentials", "wrong password", "unknown principal", "guessed administrator", "a service by PLAIN"],
)
async def test_who_is_nobody_gets_no_answer(kafka: Kafka, changed: dict[str, str | None]) -> None:
    told = kafka.client("registry").model_dump() | changed
    with pytest.raises(KafkaAway):
        await asyncio.wait_for(Bus(KafkaSettings(**told)).ping(), 30)


@pytest.fixture
def open_kafka(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kafka]:
    """A Kafka as it was before there were principals, with a topic on it, stopped."""
    server = Kafka(open_folder / "kafka", open_folder / "kafka.log", free_port())
    without = {name: value for name, value in module.SETTINGS.items() if "sasl" not in name and "super" not in name}
    without |= {"listener.security.protocol.map": "CONTROLLER:PLAINTEXT,CLIENTS:PLAINTEXT"}
    without.pop("authorizer.class.name")
    with monkeypatch.context() as before:
        before.setattr(module, "SETTINGS", without)
        server.prepare()
    yield server
    server.child.kill()


async def test_a_kafka_of_before_gets_principals_by_itself_and_keeps_its_records(open_kafka: Kafka) -> None:
    plain = Bus(KafkaSettings(bootstrap_servers=open_kafka.servers))
    open_kafka.start()

    def missing() -> str:
        return asyncio.run(module._missing_at(plain.settings))

    await asyncio.to_thread(open_kafka.child.wait_until, missing, 60)
    await reconcile(plain, [])
    async with started(AIOKafkaProducer(bootstrap_servers=open_kafka.servers)) as producer:
        await producer.send_and_wait(ACTIVITIES.name, b"salom", b"key")
    await asyncio.to_thread(open_kafka.child.stop)

    await asyncio.to_thread(open_kafka.prepare)
    open_kafka.start()
    await asyncio.to_thread(open_kafka.wait_until_ready)
    bus = Bus(open_kafka.client("reporting"))
    assert [record.value async for record in reader.whole(bus, ACTIVITIES.name)] == [b"salom"]
    with pytest.raises(KafkaAway):
        await asyncio.wait_for(plain.ping(), 30)
    secrets = open_kafka.folder.with_name("secrets")
    assert not [path for path in (*secrets.iterdir(), open_kafka._properties) if path.stat().st_mode & 0o077]
    shutil.rmtree(secrets)  # new passwords are followed at the next start
    await asyncio.to_thread(open_kafka.child.stop)
    await asyncio.to_thread(open_kafka.prepare)
    open_kafka.start()
    await asyncio.to_thread(open_kafka.wait_until_ready)
    await Bus(open_kafka.client("registry")).ping()
