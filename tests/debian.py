"""Programs that come from Debian and from no lock: a PostgreSQL with TLS, a proxy, promtool.

`.ci/run` installs them, and there a test that misses one fails; elsewhere it is skipped with one line that says how to
get it.
"""

import os
import shutil
from pathlib import Path

import pytest


def program(name: str, package: str) -> Path:
    """Where a program lies; PostgreSQL's own are not on the path."""
    found = shutil.which(name) or max(map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), default=None)
    if found is None:
        missing = f"{name} is not installed here: apt-get install {package}"
        if os.environ.get("CI") == "true":
            pytest.fail(f"{missing}; in CI .ci/run does that")
        pytest.skip(missing)
    return Path(found)
