"""`registan events`: look at what flows, as a subscriber sees it."""

import asyncio
import json
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.commands.kafka import bus_here

if TYPE_CHECKING:
    from aiokafka import ConsumerRecord

app = typer.Typer(help="What flows on the topics.", no_args_is_help=True)


@app.command()
def tail(
    topic: Annotated[str, typer.Argument(help="registan.activities.v1, or short: activities.")],
    from_beginning: Annotated[bool, typer.Option("--from-beginning", help="Everything, not only what comes.")] = False,
    until_end: Annotated[bool, typer.Option("--until-end", help="Stop where the topic ends now.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON object a line.")] = False,
) -> None:
    """Print events as they come, until Ctrl-C. Private topics are shown without their values."""
    from shared.bus import reader
    from shared.contracts import TOPICS
    from shared.telemetry import logs

    logs.configure("console", "WARNING", "events")  # Kafka may go away, and come back, while somebody watches
    known = {name: t for t in TOPICS for name in (t.name, t.name.split(".")[1])}
    if topic not in known:
        raise typer.BadParameter(f"there is no topic {topic}; there are {', '.join(t.name for t in TOPICS)}")
    chosen = known[topic]

    async def follow() -> None:
        bus = bus_here()
        records = (
            reader.whole(bus, chosen.name)
            if until_end
            else reader.tail(bus, chosen.name, from_beginning=from_beginning)
        )
        async for record in records:
            print(_line(record, as_json=as_json, private=chosen.audience == "private"), flush=True)

    try:
        asyncio.run(follow())
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


def _line(record: "ConsumerRecord", *, as_json: bool, private: bool) -> str:
    headers = {name: (raw or b"").decode(errors="replace") for name, raw in record.headers}
    value = "(private)" if private else (record.value or b"").decode(errors="replace")
    if as_json:
        place = {"partition": record.partition, "offset": record.offset, "headers": headers}
        return json.dumps(place | {"value": _parsed(value)}, ensure_ascii=False)
    kind = headers.get("ce_type", "?").removeprefix("org.registan.")
    time, subject, version = (headers.get(name, "?") for name in ("ce_time", "ce_subject", "ce_sequence"))
    return f"{time}  {kind:<24} {subject} v{version}  {value}"


def _parsed(value: str) -> object:
    try:
        return json.loads(value)
    except ValueError:
        return value
