"""What a fresh installation begins with: the programme's real records, and a way in for the first person.

Run as `python -m deploy.local.first_records` in the registry's environment, while the services start. Each call names
an async function without arguments that reads the registry's settings and returns a line for the terminal, or None
when there is nothing to say; it must be safe to call at every start.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from importlib import import_module

CALLS = (
    "services.registry.first_records:load_if_empty",  # nothing, if a programme is defined
    "services.registry.first_admin:sign_in_link",  # a link that works once
)


async def begin() -> None:
    for call in CALLS:
        module, _, name = call.partition(":")
        function: Callable[[], Awaitable[str | None]] = getattr(import_module(module), name)
        if line := await function():
            print(line, flush=True)


if __name__ == "__main__":
    sys.exit(asyncio.run(begin()))
