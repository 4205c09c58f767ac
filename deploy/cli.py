"""`registan …`: every command, as a table of contents. The commands themselves live in `deploy/commands`, a file a
group.

A command file is imported at every start of every process, so it imports what is heavy inside its functions. An error
is one clear line: exit code 2 says that the command was used wrongly, 1 that it failed; a traceback is a defect.
"""

from typing import Annotated

import typer

from deploy.commands import (
    backup,
    contracts,
    dead_letters,
    events,
    figures,
    import_,
    kafka,
    machine,
    persons,
    programme,
    republish,
    restore,
    services,
    settle,
    simulate,
    step,
    subscribers,
    tokens,
    users,
    verify,
)
from deploy.errors import or_one_line
from deploy.security_log import keep

app = typer.Typer(
    name="registan",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(machine.app)  # up, down, status, logs
app.add_typer(services.app)  # service, migrate
app.add_typer(contracts.app, name="contracts")
app.add_typer(events.app, name="events")
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(kafka.app, name="kafka")
app.add_typer(figures.app)
app.add_typer(verify.app)  # verify, rebuild
app.add_typer(republish.app)
app.add_typer(backup.app)
app.add_typer(restore.app)
app.add_typer(settle.app)
app.add_typer(simulate.app)
app.add_typer(import_.app, name="import")
import_.app.add_typer(programme.app)
app.add_typer(users.app, name="users")
app.add_typer(tokens.app, name="tokens")
app.add_typer(subscribers.app, name="subscribers")
app.add_typer(persons.app, name="persons")
app.add_typer(step.app)
keep(app)


def _say_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"registan {version('registan')}")
        raise typer.Exit


@app.callback()
def registan(
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Say which version this is.")
    ] = False,
) -> None:
    """The event backbone of capacity-building programmes."""


def main() -> None:
    or_one_line(app)


if __name__ == "__main__":
    main()
