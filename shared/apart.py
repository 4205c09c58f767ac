"""Work on what strangers send, in a process apart: with a limit of memory and of time, ended when nobody waits for it.

A parser that needs all memory, or the whole interpreter for a minute, must not take down those who work beside it. So
an object is made in another process and its methods are called from here; the process is killed when the time is up,
or when the caller is cancelled because its client has left. It is started before it is needed, and used again as long
as it stays small.
"""

import asyncio
import os
import pickle
import signal
import struct
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any, BinaryIO, Protocol

from shared.errors import DomainError

Progress = Callable[[int, int], None]
"""Told how much is done, of how much."""

_LENGTH = struct.Struct(">Q")
_LARGE = 400_000  # kilobytes of a process that is not used again


class OutOfMemory(Exception):
    """The work needed more memory than it may have."""


class OutOfTime(Exception):
    """The work took longer than it may take."""


class There(Protocol):
    """An object whose methods are called where they harm nobody."""

    async def call(self, method: str, *args: Any, progress: Progress | None = None) -> Any:
        """Call a method.

        Raises:
            What the method raises of `DomainError`; OutOfMemory, OutOfTime.
        """
        ...


class Here:
    """The same in this process, for a program that serves nobody else."""

    def __init__(self, kind: Callable[[], Any]) -> None:
        self._object = kind()

    async def call(self, method: str, *args: Any, progress: Progress | None = None) -> Any:
        return await asyncio.to_thread(partial(getattr(self._object, method), *args, progress or _nobody))


class Apart:
    """The processes. A `Runner`, which ends them with the service.

    Args:
        memory: bytes that one may use beyond what it is made of.
        deadline: seconds from the first call to the end of the last.
        at_once: how many work side by side; others wait.
    """

    def __init__(self, *, memory: int = 1 << 30, deadline: float = 120, at_once: int = 2) -> None:
        self._memory, self._deadline = memory, deadline
        self._turns = asyncio.Semaphore(at_once)
        self._idle: dict[str, _Process] = {}
        self._living: set[_Process] = set()

    name = "apart"

    async def run(self, stop: asyncio.Event) -> None:
        try:
            await stop.wait()
        finally:
            await self.close()

    @asynccontextmanager
    async def made(self, kind: type) -> AsyncIterator[There]:
        """An object of this kind in a process apart."""
        name = f"{kind.__module__}:{kind.__qualname__}"
        async with self._turns:
            process = self._idle.pop(name, None) or await self._started(name)
            try:
                async with asyncio.timeout(self._deadline):
                    await process.begin()
                    yield process
            except TimeoutError:
                raise OutOfTime from None
            finally:
                if process.can_go_on and name not in self._idle:
                    self._idle[name] = process
                else:
                    await self._end(process)

    @property
    def living(self) -> int:
        """How many processes there are."""
        return len(self._living)

    async def close(self) -> None:
        """End all processes."""
        for process in list(self._living):
            await self._end(process)
        self._idle.clear()

    async def _started(self, name: str) -> "_Process":
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "shared.apart", name, str(self._memory), str(int(self._deadline)),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        process = _Process(child)
        self._living.add(process)
        return process

    async def _end(self, process: "_Process") -> None:
        self._living.discard(process)
        await asyncio.shield(process.kill())


class _Process:
    """A child and the conversation with it."""

    def __init__(self, child: asyncio.subprocess.Process) -> None:
        self._child = child
        self.can_go_on = False

    async def begin(self) -> None:
        self.can_go_on = False
        await self._say("begin", ())
        await self._answer(None)
        self.can_go_on = True

    async def call(self, method: str, *args: Any, progress: Progress | None = None) -> Any:
        self.can_go_on = False  # in the middle of a call it is of no use to others
        await self._say(method, args)
        return await self._answer(progress)

    async def kill(self) -> None:
        with suppress(ProcessLookupError):
            self._child.kill()
        await self._child.wait()
        if (pipe := self._child.stdin) is not None:
            pipe.close()

    async def _say(self, method: str, args: tuple[Any, ...]) -> None:
        assert self._child.stdin is not None
        message = await asyncio.to_thread(pickle.dumps, (method, args))
        try:
            self._child.stdin.write(_LENGTH.pack(len(message)))
            self._child.stdin.write(message)
            await self._child.stdin.drain()
        except ConnectionError:
            raise OutOfMemory from None

    async def _answer(self, progress: Progress | None) -> Any:
        assert self._child.stdout is not None
        while True:
            try:
                length = _LENGTH.unpack(await self._child.stdout.readexactly(_LENGTH.size))[0]
                kind, content = pickle.loads(await self._child.stdout.readexactly(length))  # noqa: S301  our own code
            except asyncio.IncompleteReadError:
                code = await self._child.wait()
                raise OutOfTime from None if code == -signal.SIGXCPU else OutOfMemory
            match kind:
                case "progress":
                    if progress is not None:
                        progress(*content)
                case "refused":
                    self.can_go_on = True
                    raise _restored(*content)
                case "memory":
                    raise OutOfMemory
                case "failed":
                    raise RuntimeError(content)
                case _:
                    self.can_go_on = content[1]
                    return content[0]


def _restored(kind: type[DomainError], detail: str, field: str | None, members: Mapping[str, Any]) -> DomainError:
    """A domain error as it was: its own way of making a detail was gone through already."""
    error = kind.__new__(kind)
    DomainError.__init__(error, detail, field=field)
    error.members = members
    return error


def _nobody(_done: int, _of: int) -> None:
    pass


def _limit(memory: int, seconds: int) -> None:
    """Limit this process, where the system can: not on Windows."""
    with suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415  there is none on Windows

        used = _virtual_size()
        if used:
            resource.setrlimit(resource.RLIMIT_AS, (used + memory, used + memory))
        resource.setrlimit(resource.RLIMIT_CPU, (20 * seconds, 20 * seconds))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _virtual_size() -> int:
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 0


def _is_small() -> bool:
    try:
        import resource  # noqa: PLC0415
    except ImportError:
        return True
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < _LARGE


def _serve(name: str, memory: int, seconds: int) -> None:
    """Answer calls until the other end is gone."""
    from importlib import import_module  # noqa: PLC0415

    module, _, kind = name.partition(":")
    make = getattr(import_module(module), kind)
    _limit(memory, seconds)
    incoming, outgoing = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # what is printed must not get into the conversation
    made: Any = None

    def say(kind: str, content: Any) -> None:
        message = pickle.dumps((kind, content))
        outgoing.write(_LENGTH.pack(len(message)) + message)
        outgoing.flush()

    while (message := _heard(incoming)) is not None:
        method, args = message
        try:
            if method == "begin":
                made, answer = make(), None
            else:
                answer = getattr(made, method)(*args, lambda done, of: say("progress", (done, of)))
            say("done", (answer, _is_small()))
        except DomainError as error:
            say("refused", (type(error), error.detail, error.field, error.members))
        except MemoryError:
            made = None
            say("memory", None)
        except Exception as error:
            made = None
            say("failed", f"{type(error).__name__} in {method}")
            raise


def _heard(incoming: BinaryIO) -> Any:
    head = incoming.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    return pickle.loads(incoming.read(_LENGTH.unpack(head)[0]))  # noqa: S301  our own code


if __name__ == "__main__":
    _serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
