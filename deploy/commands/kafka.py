"""`registan kafka`: what Kafka must allow. And the bus of the installation that a command runs beside."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from deploy.local.home import as_principal

if TYPE_CHECKING:
    from deploy.permissions import Principal
    from shared.bus.kafka import Bus

app = typer.Typer(help="What Kafka must allow.", no_args_is_help=True)


@app.callback()
def kafka() -> None:
    """A group of commands, also while it has only one."""


@app.command()
def plan(
    prefix: Annotated[
        str, typer.Option(envvar="REGISTAN_TOPIC_PREFIX", help="What names of topics and groups begin with.")
    ] = "",
    form: Annotated[
        Literal["table", "commands", "json", "chart"],
        typer.Option("--format", help="For readers, for Kafka's kafka-acls.sh, for programs, or for the Helm chart."),
    ] = "table",
) -> None:
    """Which principal may do what with which topic and group. It asks no Kafka and changes nothing."""
    from deploy.permissions import as_commands, as_rows, permissions

    table = permissions(prefix)
    if form == "chart":
        from deploy.strimzi import for_chart

        print(json.dumps(for_chart(), indent=2))
    elif form == "json":
        print(json.dumps([asdict(one) for one in table], indent=2))
    elif form == "commands":
        print("\n".join(as_commands(table)))
    else:
        for principal, may, names in as_rows(table):
            print(f"{principal:<14} {may:<24} {names.replace('`', '')}")


def bus_here(principal: "Principal" = "registry") -> "Bus":
    """How one of the principals of this installation reaches Kafka."""
    from shared.bus.kafka import Bus
    from shared.settings import load_kafka

    with as_principal(principal):
        return Bus(load_kafka())
