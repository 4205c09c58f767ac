"""What an installation needs before it can work: its databases, what a fresh one begins with, and its topics.

Run as `python -m deploy.preparation` in the environment of `registan up`, while Kafka starts. All in one process
beside the supervisor, because what it loads costs more than what it does. It prints `DATABASES` when services can
start, and then what the person is told.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from importlib import import_module

from deploy.commands.restore import accept_person_keys
from deploy.errors import or_one_line
from deploy.local.home import as_service
from deploy.local.steps import ASKED, DATABASES
from deploy.migration import make_topics, migrate_database
from shared.settings import SERVICES

FIRST_RECORDS = (
    "services.registry.first_records:load_if_empty",  # nothing, if a programme is defined; the one that can be left out
    "services.registry.first_admin:sign_in_link",  # a link that works once
)
"""Async functions without arguments that read the registry's settings and return a line for the terminal, or None when
there is nothing to say; safe to call at every start."""


def prepare() -> None:
    for service in SERVICES:
        migrate_database(service)
    asked = os.environ.get(ASKED, "").split()
    with as_service("registry"):
        if "person-key-secret" in asked:
            asyncio.run(accept_person_keys())
        print(DATABASES, flush=True)
        asyncio.run(_begin(empty="empty" in asked))
    make_topics(*SERVICES)


async def _begin(*, empty: bool) -> None:
    for call in FIRST_RECORDS[empty:]:
        module, _, name = call.partition(":")
        function: Callable[[], Awaitable[str | None]] = getattr(import_module(module), name)
        if line := await function():
            print(line, flush=True)


if __name__ == "__main__":
    or_one_line(prepare)
