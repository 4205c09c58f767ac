"""The home folder of an installation on this machine, and what is known of the one that runs from it.

Everything this machine keeps is in here: removing the folder removes the installation. `state.json` says which
processes run and what each service was told, so that a command in a second terminal works on the same databases.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ValidationError

from deploy.local.errors import AlreadyRunning, Gone, NotRunning, NotWritable
from deploy.local.process import Footprint
from deploy.local.secrets import Secrets


class Part(BaseModel):
    """One process of the installation; `footprint` is None for what runs elsewhere."""

    name: str
    port: int | None
    footprint: Footprint | None


class State(BaseModel):
    """What runs from a home folder. Kept readable by its owner only: the environments name passwords."""

    supervisor: Footprint
    ready: bool = False
    parts: list[Part] = []
    environments: dict[str, dict[str, str]] = {}


@dataclass(frozen=True)
class Home:
    """The folder `.registan/` of the project, or the one REGISTAN_HOME names."""

    folder: Path

    @classmethod
    def here(cls) -> "Home":
        if named := os.environ.get("REGISTAN_HOME"):
            return cls(Path(named).expanduser().resolve())
        here = Path.cwd()
        project = next((folder for folder in (here, *here.parents) if (folder / "pyproject.toml").exists()), here)
        return cls(project / ".registan")

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def mailbox(self) -> Path:
        return self.folder / "mailbox"

    @property
    def secrets(self) -> Secrets:
        return Secrets(self.folder / "secrets")

    @property
    def _state(self) -> Path:
        return self.folder / "state.json"

    def prepare(self) -> None:
        """Make the folder.

        Raises:
            NotWritable: the disk refuses it.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.folder.chmod(0o711)  # as root, PostgreSQL runs as another user and must pass
            for private in (self.logs, self.mailbox):
                private.mkdir(mode=0o700, exist_ok=True)
            probe = self.folder / f".probe-{os.getpid()}"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise NotWritable(folder=self.folder, reason=error.strerror) from error

    @contextmanager
    def held(self) -> Iterator[None]:
        """Be the only one who runs this home; the system lets go of it however the process ends.

        Raises:
            AlreadyRunning: another process does.
        """
        with (self.folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                state = self.state()
                pid = state.supervisor.pid if state else "unknown"
                raise AlreadyRunning(home=self.folder, pid=pid) from error
            yield

    def state(self) -> State | None:
        """What the last supervisor wrote; None when it stopped in order."""
        with suppress(FileNotFoundError, ValidationError):
            return State.model_validate_json(self._state.read_text())
        return None

    def running(self) -> State | None:
        """The state, if its supervisor is alive."""
        state = self.state()
        return state if state and state.supervisor.process() else None

    def write(self, state: State) -> None:
        draft = self._state.with_name(".state.json")
        draft.touch(mode=0o600)
        draft.write_text(state.model_dump_json(indent=2))
        draft.replace(self._state)

    def require(self, name: str, folder: Path) -> None:
        """What was made once must still be there: an empty one in its place would pass for the whole.

        Raises:
            Gone: it is not.
        """
        if name in self._made() and not folder.exists():
            raise Gone(folder=folder, name=name)

    def remember(self, name: str) -> None:
        """Note that a part has been made."""
        if name not in self._made():
            (self.folder / "made").write_text("".join(f"{each}\n" for each in sorted({*self._made(), name})))

    def _made(self) -> set[str]:
        with suppress(FileNotFoundError):
            return set((self.folder / "made").read_text().split())
        return set()

    def forget(self) -> None:
        self._state.unlink(missing_ok=True)


def environment_of(home: Home, part: str) -> dict[str, str]:
    """What a running installation told a service, or a principal of its Kafka: enough to do a command's work.

    Raises:
        NotRunning: nothing runs from this home.
    """
    state = home.running()
    if state is None or part not in state.environments:
        raise NotRunning(home=home.folder)
    return state.environments[part]


@contextmanager
def as_service(service: str) -> Iterator[None]:
    """Do a command's work with a service's settings in the environment, as if inside the service.

    They are those of the installation that runs on this machine, unless the environment names another database than
    that one uses: then the environment is taken as it is, which is how a command runs in production.

    Raises:
        NotRunning: neither is there.
    """
    with _told(service, f"REGISTAN_{service.upper()}_DATABASE_URL"):
        yield


@contextmanager
def as_principal(principal: str) -> Iterator[None]:
    """The same for work on Kafka alone, as one of its principals (see deploy/permissions.py).

    Raises:
        NotRunning: nothing runs here, and the environment names no Kafka.
    """
    with _told(principal, "REGISTAN_KAFKA_BOOTSTRAP_SERVERS"):
        yield


@contextmanager
def _told(part: str, sign: str) -> Iterator[None]:
    """`sign` is the variable that tells whether the environment is about another installation than the one here."""
    before = dict(os.environ)
    running = Home.here().running()
    told = running.environments.get(part, {}) if running else {}
    if before.get(sign, told.get(sign)) == told.get(sign):
        os.environ.update(environment_of(Home.here(), part))
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
