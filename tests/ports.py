"""Ports for the servers of the tests: each is given once in a while, whichever process of this machine asks.

A port that the system picks may be gone by the time a server listens on it, a second or three later: given to another
test that asked meanwhile, or to an outgoing connection. So these lie below the system's own range, and all test runs of
a user take turns.
"""

import fcntl
import os
import tempfile
from itertools import chain
from pathlib import Path

from deploy.local.ports import is_free

TO_GIVE = range(20_000, 32_000)


def free_port() -> int:
    """A port to listen on soon; no other test is given it before all others had their turn."""
    with Path(tempfile.gettempdir(), f"registan-test-ports-{os.getuid()}").open("a+") as last_given:
        fcntl.flock(last_given, fcntl.LOCK_EX)
        last_given.seek(0)
        begin = int(last_given.read() or TO_GIVE[-1]) - TO_GIVE.start + 1
        port = next(port for port in chain(TO_GIVE[begin:], TO_GIVE) if is_free(port))
        last_given.truncate(0)
        last_given.write(str(port))
        return port
