"""PostgreSQL over TLS, against Debian's: the one of our wheel is built without.

Each address is tried in both ways in which a service connects: by the pool, and by the connection of its own that the
relay listens on and holds its lock with.
"""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError

from shared.database import Database
from tests import servers
from tests.certificates import Authority, Issued
from tests.debian import program
from tests.ports import free_port

pytestmark = pytest.mark.xdist_group("postgres-with-tls")

HBA = """
local   all all                    trust
hostssl all certified 127.0.0.1/32 cert
hostssl all registry  127.0.0.1/32 scram-sha-256
"""


@dataclass(frozen=True)
class Secured:
    """A PostgreSQL that talks over TLS only. Its certificate is for `localhost`, and not for 127.0.0.1."""

    port: int
    authority: Path
    stranger: Path
    client: Issued
    unknown_client: Issued

    def url(self, tls: Mapping[str, object], host: str = "localhost", who: str = "registry:secret") -> str:
        return f"postgresql://{who}@{host}:{self.port}/postgres?{urlencode(tls)}"


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    initdb, postgres, psql = (program(name, "postgresql") for name in ("initdb", "postgres", "psql"))
    user = "nobody" if os.geteuid() == 0 else None
    certificates = tmp_path_factory.mktemp("certificates")
    folder = Path(tempfile.mkdtemp(prefix="postgres-with-tls-", dir=servers.folder_of_this_run()))
    authority, stranger = Authority(certificates), Authority(certificates, "stranger")
    issued = authority.issue("server", "localhost")
    if user:
        shutil.chown(folder, user)

    def run(*command: object, text: str = "") -> None:
        words = [str(word) for word in command]
        subprocess.run(words, user=user, cwd="/", input=text, text=True, capture_output=True, check=True)

    data = folder / "data"
    run(initdb, "-D", data, "-U", "postgres", "--auth=trust", "--no-sync", "--no-instructions")
    for file in (authority.certificate, issued.certificate, issued.key):
        shutil.copy(file, data)
        shutil.chown(data / file.name, user or os.geteuid())
        (data / file.name).chmod(0o600)
    (data / "pg_hba.conf").write_text(HBA)
    port = free_port()
    settings = {
        "port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": folder, "fsync": "off",
        "ssl": "on", "ssl_cert_file": "server.crt", "ssl_key_file": "server.key", "ssl_ca_file": "authority.crt",
    }  # fmt: skip
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    server = subprocess.Popen([str(postgres), "-D", str(data), *options], user=user, cwd="/", stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        roles = "CREATE ROLE registry LOGIN PASSWORD 'secret'; CREATE ROLE certified LOGIN;"
        run(psql, "-X", "-h", folder, "-p", port, "-U", "postgres", "-v", "ON_ERROR_STOP=1", text=roles)
        yield Secured(
            port,
            authority.certificate,
            stranger.certificate,
            client=authority.issue("certified"),
            unknown_client=stranger.issue("unknown"),
        )
    finally:
        server.terminate()
        server.wait(30)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        time.sleep(0.05)
    raise TimeoutError("PostgreSQL with TLS does not answer")


async def _tls_of_both(url: str) -> list[str | None]:
    """The version of TLS that the pool's connection has, and the one outside of it."""
    asked = "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
    database = Database(url)
    try:
        async with database.reading() as reading:
            raw: Any = (await reading.get_raw_connection()).driver_connection
            pooled = await raw.fetchval(asked)
        own = await database.connect()
        try:
            await own.add_listener("outbox", lambda *_: None)
            assert await own.fetchval("SELECT pg_try_advisory_lock(1)")
            return [pooled, await own.fetchval(asked)]
        finally:
            await own.close()
    finally:
        await database.close()


_REFUSED = (asyncpg.PostgresError, DBAPIError)  # as asyncpg says it, and as the pool does


async def _both_refused(url: str, error: type[Exception] | tuple[type[Exception], ...]) -> None:
    database = Database(url)
    try:
        with pytest.raises(error):
            await database.ping()
        with pytest.raises(error):
            await database.connect()
    finally:
        await database.close()


@pytest.mark.parametrize("mode", ["require", "verify-ca", "verify-full"])
async def test_the_pool_and_the_relay_talk_over_tls(secured: Secured, mode: str) -> None:
    found = await _tls_of_both(secured.url(_trusting(secured.authority, mode)))
    assert found == ["TLSv1.3", "TLSv1.3"]


@pytest.mark.parametrize("mode", ["verify-ca", "verify-full"])
async def test_a_server_whose_certificate_another_authority_signed_is_not_talked_to(
    secured: Secured, mode: str
) -> None:
    await _both_refused(secured.url(_trusting(secured.stranger, mode)), OSError)


async def test_only_verify_full_asks_for_the_name_in_the_certificate(secured: Secured) -> None:
    await _both_refused(secured.url(_trusting(secured.authority, "verify-full"), host="127.0.0.1"), OSError)
    assert None not in await _tls_of_both(secured.url(_trusting(secured.authority, "verify-ca"), host="127.0.0.1"))


async def test_a_client_certificate_opens_in_the_place_of_a_password(secured: Secured) -> None:
    tls = _trusting(secured.authority)
    assert None not in await _tls_of_both(secured.url(tls | _known_by(secured.client), who="certified"))
    await _both_refused(secured.url(tls, who="certified"), _REFUSED)
    await _both_refused(secured.url(tls, who="certified:guessed"), _REFUSED)


async def test_a_client_certificate_of_another_authority_is_refused(secured: Secured) -> None:
    tls = _trusting(secured.authority) | _known_by(secured.unknown_client)
    await _both_refused(secured.url(tls, who="certified"), (OSError, *_REFUSED))


async def test_what_insists_on_no_tls_is_refused_by_a_server_that_demands_it(secured: Secured) -> None:
    await _both_refused(secured.url({"sslmode": "disable"}), _REFUSED)


def _trusting(authority: Path, mode: str = "verify-full") -> dict[str, object]:
    return {"sslmode": mode, "sslrootcert": authority}


def _known_by(client: Issued) -> dict[str, object]:
    return {"sslcert": client.certificate, "sslkey": client.key}
