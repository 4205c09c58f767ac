"""A step of the start that runs in a process of its own, beside what else is starting.

So the supervisor neither loads what a migration needs nor waits for all of it while Kafka is still on its way.
"""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGTERM

from deploy.local.errors import StepFailed
from deploy.local.process import tethered

PROJECT = Path(__file__).resolve().parents[2]
DATABASES = "databases are up to date"
"""What the preparation prints when services can start."""
ASKED = "REGISTAN_PREPARATION"
"""What a person has asked of the preparation: `empty` loads no example, `person-key-secret` takes the present one."""


@dataclass
class Step:
    """`python -m MODULE`, begun at once."""

    name: str
    module: str
    environment: Mapping[str, str]
    log: Path
    _process: "subprocess.Popen[str]" = field(init=False)

    def __post_init__(self) -> None:
        command = tethered((sys.executable, "-m", self.module), None, SIGTERM)
        with self.log.open("a") as log:
            self._process = subprocess.Popen(
                command,
                env=dict(self.environment),
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def reach(self, line: str) -> None:
        """Wait until it prints this line, by which it says how far it is.

        Raises:
            StepFailed: it ended before.
        """
        assert self._process.stdout
        if not any(printed.rstrip("\n") == line for printed in self._process.stdout):
            self.finish()

    def finish(self) -> str:
        """Wait for its end; what it printed, or has printed since the line that was reached.

        Raises:
            StepFailed: it ended with an error; the reason is its last line.
        """
        printed, _ = self._process.communicate()
        if self._process.returncode:
            lines = self.log.read_text(errors="replace").strip().splitlines() or ["it said nothing"]
            raise StepFailed(name=self.name, reason=lines[-1].removeprefix("registan: ").rstrip("."), log=self.log)
        return printed
