"""One real PostgreSQL and one real Kafka for a whole run of the tests, each started when a test first asks for it.

The workers of pytest-xdist share a folder and nothing else. The first to ask starts `python -m tests.servers`,
which holds the server until the process that runs the tests is gone, however it went: a test run can be killed and
leaves nothing behind.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import psutil

from deploy.local.kafka import ADMINISTRATOR, Kafka
from deploy.local.postgres import Postgres
from deploy.local.process import Footprint
from deploy.local.secrets import Secrets
from deploy.migration import history_of
from shared.bus.kafka import Bus
from shared.database.migrations import migrate_now
from shared.settings import SERVICES
from tests.ports import free_port

Part = Literal["postgres", "kafka"]
FOLDER = "REGISTAN_TEST_FOLDER"
OWNER = "REGISTAN_TEST_OWNER"


def open_folder() -> Path:
    """Make the folder of this run; workers started from now on find it in their environment."""
    folder = Path(tempfile.mkdtemp(prefix="registan-tests-"))
    folder.chmod(0o711)  # as root, PostgreSQL runs as another user and must pass
    os.environ[FOLDER] = str(folder)
    os.environ[OWNER] = str(os.getpid())
    return folder


def close_folder(folder: Path) -> None:
    """Stop what was started and remove the folder."""
    (folder / "over").touch()
    for holder in folder.glob("*.holder"):
        with suppress(psutil.Error, ValueError):
            psutil.Process(int(holder.read_text())).wait(60)
    shutil.rmtree(folder, ignore_errors=True)
    os.environ.pop(FOLDER, None)


def folder_of_this_run() -> Path:
    return Path(os.environ[FOLDER])


def require(part: Part, seconds: float = 180) -> str:
    """The address of a part, started first if it is not running yet."""
    folder = folder_of_this_run()
    with suppress(FileExistsError):
        (folder / f"{part}.asked").touch(exist_ok=False)
        with (folder / f"{part}.log").open("wb") as log:
            holder = subprocess.Popen(
                [sys.executable, "-m", "tests.servers", part, str(folder), os.environ[OWNER]],
                cwd=Path(__file__).parents[1],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for the tests; the holder sees that they are over
            )
        (folder / f"{part}.holder").write_text(str(holder.pid))
        holder.returncode = 0  # it outlives this worker and is waited for by its number
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(FileNotFoundError):
            return (folder / f"{part}.address").read_text()
        with suppress(FileNotFoundError):
            raise RuntimeError(f"{part}: {(folder / f'{part}.failed').read_text()}")
        time.sleep(0.02)
    raise TimeoutError(f"{part} is not ready after {seconds} s: {(folder / f'{part}.log').read_text()[-2000:]}")


def local_postgres(folder: Path, port: int) -> Postgres:
    password = Secrets(folder / "secrets").password("postgres")
    return Postgres(folder / "postgres", folder / "logs" / "postgres.log", port, password, durable=False)


def local_kafka(folder: Path, port: int) -> Kafka:
    return Kafka(folder / "kafka", folder / "logs" / "kafka.log", port)


def connection(kafka: Kafka, principal: str = ADMINISTRATOR) -> dict[str, Any]:
    """What a client of aiokafka is given to sign in."""
    return Bus(kafka.client(principal))._connection()


def migrate_templates(postgres: Postgres) -> None:
    """A migrated database for each service that has migrations, which tests clone instead of migrating their own."""
    for service in SERVICES:
        postgres.grant_database(service, service)
        if (history_of(service) / "env.py").exists():
            migrate_now(postgres.url(service, service, service), history_of(service))


def hold(part: Part, folder: Path, owner: int) -> None:
    """Run one part until the owner is gone or says that it is over."""
    tests = Footprint.of(owner)
    os.umask(0o077)  # the address names a password
    if part == "postgres":
        server: Postgres | Kafka = local_postgres(folder, free_port())
    else:
        server = local_kafka(folder, free_port())
    try:
        server.prepare()
        server.start()
        server.wait_until_ready()
        if isinstance(server, Postgres):
            migrate_templates(server)
        address = server.servers if isinstance(server, Kafka) else server.url()
        draft = folder / f".{part}.address"
        draft.write_text(address)
        draft.rename(folder / f"{part}.address")
        while tests.process() and not (folder / "over").exists():
            time.sleep(0.1)
    except Exception as error:
        draft = folder / f".{part}.failed"
        draft.write_text(f"{type(error).__name__}: {error}")
        draft.rename(folder / f"{part}.failed")
        raise
    finally:
        server.child.kill()  # nobody will read these data again
        if not tests.process():
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    hold(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))  # type: ignore[arg-type]
