"""What a run that was killed leaves behind, and how the next start clears it away.

On Linux the kernel ends the children of a supervisor that dies, so there is seldom anything to do; elsewhere, and when
a child was slow to go, the next start finds it by its footprint, or by the port it holds and the home it was told.
"""

import signal
from collections.abc import Callable
from contextlib import suppress

import psutil

from deploy.local.home import Home
from deploy.local.ports import describe, holder, is_free, require_free
from deploy.local.process import end

Say = Callable[[str], None]


def end_leftovers(home: Home, say: Say) -> None:
    """End what an earlier run of this home left running."""
    state = home.state()
    if state is None:
        return
    for part in reversed(state.parts):  # services first, then what they stand on
        if part.footprint and (process := part.footprint.process()):
            say(f"ended {part.name} (process {process.pid}), left by a run that was killed")
            end([process], signal.SIGINT if part.name == "postgres" else signal.SIGTERM)
    home.forget()


def claim_port(home: Home, name: str, port: int, say: Say) -> None:
    """Make sure that a port can be used: a leftover of this home is ended, anybody else is named.

    Raises:
        PortTaken: somebody else holds it.
    """
    if is_free(port):
        return
    process = holder(port)
    if process and _is_of(home, process):
        say(f"ended {describe(process)} on port {port}, left by a run that was killed")
        end([process])
    require_free(name, port)


def _is_of(home: Home, process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return bool(process.environ().get("REGISTAN_HOME") == str(home.folder))
    return False
