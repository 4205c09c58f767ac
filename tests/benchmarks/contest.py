"""Contenders side by side: each measurement in a fresh process, by turns, so that a noisy machine disturbs all alike.

A contender is a module that is told its task as JSON and prints how much it did in how many seconds. Peers run in an
environment of their own, `.venv-bench`, because what they need does not agree with what we need; they import the same
contracts and the same SQL from this project.
"""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import SecretStr

from shared.settings import KafkaSettings

PROJECT = Path(__file__).parents[2]
PEERS = PROJECT / ".venv-bench" / "bin" / "python"


USERNAME = "administrator"


@dataclass(frozen=True)
class Task:
    """What a contender is told.

    Attributes:
        password: of USERNAME on that Kafka; everybody signs in with SCRAM-SHA-512.
        lines: the file of records, where it needs them.
        number: how many records there are to do.
        seconds: after which it stops and says how far it came.
    """

    kafka: str
    password: str
    prefix: str = ""
    group: str = ""
    database: str = ""
    lines: str = ""
    number: int = 0
    seconds: float = 60.0

    @property
    def settings(self) -> KafkaSettings:
        """How ours and those who use our clients sign in."""
        return KafkaSettings(
            bootstrap_servers=self.kafka,
            security_protocol="SASL_PLAINTEXT",
            sasl_mechanism="SCRAM-SHA-512",
            username=USERNAME,
            password=SecretStr(self.password),
            topic_prefix=self.prefix,
        )

    @classmethod
    def given(cls) -> "Task":
        return cls(**json.loads(sys.argv[1]))


@dataclass(frozen=True)
class Contender:
    """A contender that can do the task.

    Attributes:
        name: as tables call it.
        module: in `tests.benchmarks.contenders`.
        peer: whether it needs the environment of the peers.
        arguments: what else its module is told.
    """

    name: str
    module: str
    peer: bool = False
    arguments: tuple[str, ...] = ()

    @property
    def missing(self) -> bool:
        return self.peer and not PEERS.exists()


class ContenderFailed(Exception):
    """A contender ended with an error; the message holds its last words."""


async def rate_of(contender: Contender, task: Task) -> float:
    """Records per second of one run."""
    process = await asyncio.create_subprocess_exec(
        PEERS if contender.peer else sys.executable,
        *("-m", f"tests.benchmarks.contenders.{contender.module}", json.dumps(asdict(task)), *contender.arguments),
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(task.seconds + 60):
            out, errors = await process.communicate()
    except TimeoutError:
        process.kill()
        raise ContenderFailed(f"{contender.name} did not end within {task.seconds + 60:.0f} s") from None
    lines = out.decode().strip().splitlines()
    if process.returncode or not lines:
        raise ContenderFailed(f"{contender.name}: {errors.decode()[-1500:]}")
    done = json.loads(lines[-1])
    return float(done["number"] / done["seconds"])


def tell(number: int, seconds: float) -> None:
    """What a contender says at its end."""
    print(json.dumps({"number": number, "seconds": seconds}), flush=True)  # noqa: T201


async def by_turns(
    contenders: Sequence[Contender], repetitions: int, run: Callable[[Contender], Awaitable[float]]
) -> Mapping[str, list[float]]:
    """Let each run so many times, one after another, and begin each round with another one."""
    present = [contender for contender in contenders if not contender.missing]
    rates: dict[str, list[float]] = {contender.name: [] for contender in present}
    for turn in range(repetitions):
        for contender in present[turn % len(present) :] + present[: turn % len(present)]:
            rates[contender.name].append(await run(contender))
    return rates
