"""What was done from the command line, in the security log: a line for each command that touches a person, an account,
a mail or a whole database.

Every command is wrapped, and those that touch none of these are named below: so a new command is in the log without
being told. A line has the fields that those of the services have (shared/web/security_log.py); nobody is signed in
here, so it names the system's user beside. Of what was typed only ids are taken.
"""

import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import typer
from typer.core import TyperCommand

from deploy.local.home import Home

QUIET = frozenset(
    {
        "up",
        "down",
        "status",
        "logs",
        "service",
        "migrate",
        "contracts export",
        "contracts check",
        "contracts release",
        "contracts site",
        "events tail",  # it hides what is private
        "kafka plan",
        "figures",
        "verify",
        "rebuild",
    }
)
"""Commands that read and change nothing of a person, an account or a mail."""

_NOT_SIGNED_IN = 2**32 - 1  # what Linux says of processes that no sign-in began


def keep(app: typer.Typer, path: tuple[str, ...] = ()) -> None:
    """Let every command of this application, and of its groups, leave its line."""
    for command in app.registered_commands:
        name = command.name or getattr(command.callback, "__name__", "").replace("_", "-")
        if " ".join((*path, name)) not in QUIET:
            command.cls = Noted
    for group in app.registered_groups:
        if group.typer_instance:
            keep(group.typer_instance, (*path, group.name) if isinstance(group.name, str) else path)


class Noted(TyperCommand):
    """A command that leaves a line when it ends, however it ends."""

    def invoke(self, ctx: Any) -> Any:
        status = 0
        with _changed() as changed:
            try:
                return super().invoke(ctx)
            except BaseException as error:
                status = getattr(error, "exit_code", 1)
                raise
            finally:
                _write(" ".join(_path(ctx)), [*_ids(ctx.params.values()), *map(str, changed)], status)


def _path(ctx: Any) -> list[str]:
    """`users`, `add`: however the program itself was called."""
    return [*_path(ctx.parent), ctx.info_name] if ctx.parent else []


@contextmanager
def _changed() -> Iterator[list[UUID]]:
    """The accounts and tokens that something is done to, and the people who are erased: a command is told an address,
    or a programme, and the line holds the ids."""
    from sqlalchemy import event
    from sqlalchemy.orm import Session

    from services.registry.models import Person
    from services.registry.models.account_change import AccountChange

    found: list[UUID] = []

    def added(_session: object, row: object) -> None:
        if isinstance(row, AccountChange):
            found.append(row.account_id)

    def deleted(_session: object, row: object) -> None:
        if isinstance(row, Person):
            found.append(row.id)

    event.listen(Session, "pending_to_persistent", added)
    event.listen(Session, "persistent_to_deleted", deleted)
    try:
        yield found
    finally:
        event.remove(Session, "pending_to_persistent", added)
        event.remove(Session, "persistent_to_deleted", deleted)


def _write(command: str, about: list[str], status: int) -> None:
    """Beside the logs of the installation on this machine; where the environment names databases, to standard error."""
    from shared.identity import SYSTEM

    line = json.dumps(
        {
            "log": "security",
            "event": "command",
            "who": str(SYSTEM.id),
            "kind": SYSTEM.kind,
            "os_user": _os_user(),
            "about": about,
            "status": status,
            "route": f"registan {command}",
            "level": "info",
            "service": "command-line",
            "timestamp": datetime.now(UTC).isoformat(),
        }
    )
    home = Home.here()
    elsewhere = any(name.startswith("REGISTAN_") and name.endswith("_DATABASE_URL") for name in os.environ)
    if home.logs.is_dir() and not elsewhere:
        with suppress(OSError), (home.logs / "commands.log").open("a") as log:
            log.write(f"{line}\n")
            return
    print(line, file=sys.stderr)


def _os_user() -> int:
    """By number. Who signed in on this machine counts, also after `sudo`."""
    with suppress(OSError, ValueError):
        if (signed_in := int(Path("/proc/self/loginuid").read_text())) != _NOT_SIGNED_IN:
            return signed_in
    return os.getuid()


def _ids(typed: Iterable[Any]) -> Iterator[str]:
    """Of what was typed, only what is an id, also in `into=ID`."""
    for one in typed:
        if isinstance(one, (list, tuple)):
            yield from _ids(one)
        elif isinstance(one, (str, UUID)):
            with suppress(ValueError):
                yield str(UUID(str(one).rpartition("=")[2]))
