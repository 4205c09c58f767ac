"""PostgreSQL and Kafka of this machine come back from kill -9 by themselves, with all that was committed."""

import asyncio
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local import postgres
from deploy.local.errors import DidNotStart, FolderClosed
from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres
from shared.bus.kafka import started
from tests.ports import free_port
from tests.servers import connection


@pytest.fixture
def own_postgres(open_folder: Path) -> Iterator[Postgres]:
    server = Postgres(
        open_folder / "postgres", open_folder / "postgres.log", free_port(), "sample-password", durable=False
    )
    begin(server)
    yield server
    server.child.kill()


@pytest.fixture
def own_kafka(open_folder: Path) -> Iterator[Kafka]:
    server = Kafka(open_folder / "kafka", open_folder / "kafka.log", free_port())
    begin(server)
    yield server
    server.child.kill()


def postgres_in(folder: Path) -> Postgres:
    return Postgres(folder / "postgres", folder / "postgres.log", free_port(), "sample-password", durable=False)


def begin(server: Postgres | Kafka) -> None:
    server.prepare()
    server.start()
    server.wait_until_ready()


def kill(server: Postgres | Kafka) -> None:
    assert server.child.pid
    os.kill(server.child.pid, signal.SIGKILL)
    server.child.wait(10)


def test_postgres_comes_back_from_kill_9_with_what_was_committed(own_postgres: Postgres) -> None:
    own_postgres.run("CREATE TABLE sample AS SELECT 47 AS n")
    kill(own_postgres)
    assert (own_postgres.folder / "postmaster.pid").exists()
    begin(own_postgres)
    assert own_postgres.run("SELECT n FROM sample") == "47"


def test_postgres_is_not_kept_from_starting_by_a_process_that_got_its_number(own_postgres: Postgres) -> None:
    kill(own_postgres)
    lock = own_postgres.folder / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n" + lock.read_text().split("\n", 1)[1])
    begin(own_postgres)
    assert psutil.pid_exists(os.getpid())


def test_a_postgres_that_lost_its_supervisor_makes_room_for_the_next(own_postgres: Postgres) -> None:
    port = free_port()
    next_one = Postgres(own_postgres.folder, own_postgres.log, port, own_postgres.password, durable=False)
    begin(next_one)
    try:
        assert not own_postgres.child.alive
        assert next_one.run("SHOW port") == str(port)
    finally:
        next_one.stop()


def test_a_postgres_that_was_never_made_whole_is_made_anew(open_folder: Path) -> None:
    draft = open_folder / "postgres.new"
    draft.mkdir()
    (draft / "PG_VERSION").write_text("18\n")
    server = Postgres(
        open_folder / "postgres", open_folder / "postgres.log", free_port(), "sample-password", durable=False
    )
    begin(server)
    server.stop()
    assert not draft.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts PostgreSQL as another user")
def test_as_root_postgres_runs_as_a_user_of_its_own_on_data_that_only_this_one_may_read(own_postgres: Postgres) -> None:
    assert own_postgres.child.pid
    user = psutil.Process(own_postgres.child.pid).username()
    assert user == own_postgres.folder.owner() == "registan-postgres"
    assert own_postgres.folder.stat().st_mode & 0o077 == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts PostgreSQL as another user")
def test_data_that_another_user_kept_are_handed_over(own_postgres: Postgres) -> None:
    own_postgres.run("CREATE TABLE sample AS SELECT 47 AS n")
    own_postgres.stop()
    for path in (own_postgres.folder, *own_postgres.folder.rglob("*")):
        shutil.chown(path, "nobody")
    begin(own_postgres)
    assert own_postgres.run("SELECT n FROM sample") == "47"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts PostgreSQL as another user")
def test_as_root_data_go_where_postgres_may_enter_and_what_was_there_goes_along(
    tmp_path: Path, open_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(postgres, "OPEN_FOLDERS", (tmp_path / "closed as well", open_folder / "open"))
    (tmp_path / "home").mkdir()
    first = postgres_in(tmp_path / "home")
    begin(first)
    first.run("CREATE TABLE sample AS SELECT 47 AS n")
    first.stop()
    [line] = capsys.readouterr().out.splitlines()
    assert str(first.folder) in line
    assert first.folder.is_relative_to(open_folder / "open")
    (tmp_path / "home" / "postgres").unlink()
    shutil.move(first.folder, tmp_path / "home" / "postgres")  # as if the clone had been moved here
    second = postgres_in(tmp_path / "home")
    begin(second)
    try:
        assert second.folder != first.folder
        assert second.run("SELECT n FROM sample") == "47"
        assert postgres_in(tmp_path / "home").folder == second.folder
    finally:
        second.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts PostgreSQL as another user")
def test_as_root_without_any_folder_to_go_to_the_closed_one_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "OPEN_FOLDERS", (tmp_path / "closed as well",))
    with pytest.raises(FolderClosed, match="REGISTAN_HOME"):
        postgres_in(tmp_path)


def test_data_of_another_version_are_named_and_left_alone(open_folder: Path) -> None:
    (open_folder / "postgres").mkdir()
    (open_folder / "postgres" / "PG_VERSION").write_text("16\n")
    with pytest.raises(DidNotStart, match="version 16"):
        postgres_in(open_folder).prepare()


async def test_a_service_connects_with_its_password_only_and_to_its_database_only(own_postgres: Postgres) -> None:
    for name in ("registry", "reporting"):
        own_postgres.grant_database(name, f"{name}-password")
    own_postgres.grant_database("registry", "changed-password")  # as at each start

    def address(database: str, password: str) -> str:
        return own_postgres.url(database, "registry", password).replace("+asyncpg", "")

    connection = await asyncpg.connect(address("registry", "changed-password"))
    await connection.execute("CREATE TABLE sample (n int)")
    await connection.close()
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(address("registry", "registry-password"))
    for other in ("reporting", "postgres", "template1"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(address(other, "changed-password"))


async def test_kafka_comes_back_from_kill_9_with_what_was_acknowledged(own_kafka: Kafka) -> None:
    admin = AIOKafkaAdminClient(**connection(own_kafka))
    await admin.start()
    await admin.create_topics([NewTopic("sample", num_partitions=1, replication_factor=1)])
    await admin.close()
    async with started(AIOKafkaProducer(**connection(own_kafka), acks="all")) as producer:
        await producer.send_and_wait("sample", b"salom")
    kill(own_kafka)
    await asyncio.to_thread(own_kafka.prepare)
    own_kafka.start()
    await asyncio.to_thread(own_kafka.wait_until_ready)
    async with started(AIOKafkaConsumer(**connection(own_kafka))) as consumer:
        consumer.assign([TopicPartition("sample", 0)])
        await consumer.seek_to_beginning()
        assert (await consumer.getone()).value == b"salom"
