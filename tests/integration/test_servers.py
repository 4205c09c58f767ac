"""The servers that the tests run on: what the fixtures promise to every other test."""

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres
from shared.bus.kafka import started
from shared.database import Database
from shared.settings import SERVICES, ServiceName
from tests.conftest import DatabaseUrl
from tests.servers import connection


@pytest.mark.parametrize("service", SERVICES)
async def test_each_service_gets_a_database_that_it_owns(database_url: DatabaseUrl, service: ServiceName) -> None:
    database = Database(database_url(service))
    connection = await database.connect()
    try:
        await connection.execute("CREATE TABLE sample (n int)")
        assert await connection.fetchval("SELECT current_user") == service
    finally:
        await connection.close()
        await database.close()


async def test_what_one_database_holds_is_not_in_the_next(database_url: DatabaseUrl) -> None:
    first, second = Database(database_url("registry")), Database(database_url("registry"))
    try:
        one, other = await first.connect(), await second.connect()
        await one.execute("CREATE TABLE sample (n int)")
        assert await other.fetchval("SELECT to_regclass('sample')") is None
        await one.close()
        await other.close()
    finally:
        await first.close()
        await second.close()


async def test_a_role_may_not_connect_to_the_database_of_another_service(
    database_url: DatabaseUrl, postgres: Postgres
) -> None:
    name = database_url("registry").rsplit("/", 1)[1]
    stranger = postgres.url(name, "reporting", "reporting").replace("+asyncpg", "")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(stranger)


async def test_kafka_takes_a_record_and_gives_it_back(kafka: Kafka, topic_prefix: str) -> None:
    topic = f"{topic_prefix}echo"
    admin = AIOKafkaAdminClient(**connection(kafka))
    await admin.start()
    await admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
    await admin.close()
    async with started(AIOKafkaProducer(**connection(kafka), enable_idempotence=True)) as producer:
        await producer.send_and_wait(topic, b"salom")
    async with started(
        AIOKafkaConsumer(topic, **connection(kafka), auto_offset_reset="earliest", group_id=topic_prefix)
    ) as consumer:
        assert (await consumer.getone()).value == b"salom"


async def test_kafka_makes_no_topic_by_itself(kafka: Kafka, topic_prefix: str) -> None:
    admin = AIOKafkaAdminClient(**connection(kafka))
    await admin.start()
    try:
        await admin.describe_topics([f"{topic_prefix}misspelt"])
        assert f"{topic_prefix}misspelt" not in await admin.list_topics()
    finally:
        await admin.close()
