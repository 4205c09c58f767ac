"""A real service with faults built in: `python -m tests.chaos.service NAME ROLE FAULT…`.

It installs the faults and then is `registan service NAME --role ROLE`: the same code, the same settings, the same
signals. So the product needs no switch for its own destruction. A rig starts it from a process that has imported
everything already, because scenarios start services hundreds of times.
"""

import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path

import shared.web.server  # noqa: F401  imported here once, not in each process
from deploy.commands.services import service
from deploy.local.tether import PR_SET_PDEATHSIG
from shared.settings import ProcessRole, ServiceName
from tests.chaos.faults import install

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload([__name__, "pytest", "pytest.__main__"])


def start(
    name: ServiceName, role: ProcessRole, faults: Sequence[str], environment: Mapping[str, str], log: Path
) -> BaseProcess:
    """A process of its own; it ends when the tests end, however they do."""
    log.parent.mkdir(parents=True, exist_ok=True)
    made = _context.Process(target=_be, args=(name, role, tuple(faults), dict(environment), log))
    made.start()
    return made


def warm_up() -> None:
    """Import everything, so that the first start is as quick as the others."""
    made = _context.Process(target=_nothing)
    made.start()
    made.join()


def _nothing() -> None:
    pass


def _be(name: ServiceName, role: ProcessRole, faults: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
    os.setsid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    words = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream, number in ((os.open(os.devnull, os.O_RDONLY), 0), (words, 1), (words, 2)):
        os.dup2(stream, number)
    os.environ.clear()
    os.environ.update(environment)
    run(name, role, faults)


def run(name: ServiceName, role: ProcessRole, faults: Sequence[str]) -> None:
    for fault in faults:
        install(fault)
    service(name, role)


if __name__ == "__main__":
    run(sys.argv[1], sys.argv[2], sys.argv[3:])  # type: ignore[arg-type]
