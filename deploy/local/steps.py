"""A step of the start that runs in a process of its own, beside what else is starting.

So the supervisor neither loads what a migration needs nor waits for it while Kafka is still on its way.
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


@dataclass
class Step:
    """`python -m MODULE ARGUMENTS`, begun at once."""

    name: str
    module: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path
    _process: "subprocess.Popen[str]" = field(init=False)

    def __post_init__(self) -> None:
        command = tethered((sys.executable, "-m", self.module, *self.arguments), None, SIGTERM)
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

    def finish(self) -> str:
        """Wait for its end; what it printed.

        Raises:
            StepFailed: it ended with an error; the reason is its last line.
        """
        printed, _ = self._process.communicate()
        if self._process.returncode:
            lines = self.log.read_text(errors="replace").strip().splitlines() or ["it said nothing"]
            raise StepFailed(name=self.name, reason=lines[-1].removeprefix("registan: ").rstrip("."), log=self.log)
        return printed
