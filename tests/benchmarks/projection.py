"""How fast a topic becomes facts in PostgreSQL."""

import uuid

from tests.benchmarks.contest import Contender, by_turns, rate_of
from tests.benchmarks.ground import Ground
from tests.benchmarks.history import write_lines
from tests.benchmarks.relay import BARE as FILLER
from tests.benchmarks.results import Goal, Result, Spread

OURS = Contender("our consumer", "projection_ours")
BARE = Contender("bare aiokafka getmany, same contract and SQL (ceiling)", "projection_bare")
PLAIN = Contender("FastStream, per message", "projection_faststream")
PEERS = (
    Contender("Quix Streams, per message", "projection_quix", peer=True),
    Contender("Quix Streams, its batching sink", "projection_quix_sink", peer=True),
    Contender("Faust, per message", "projection_faust", peer=True),
    Contender("Faust, its take(1000)", "projection_faust", peer=True, arguments=("1000",)),
)


async def measure(ground: Ground, *, repetitions: int = 5, events: int = 50_000, seconds: float = 10) -> Result:
    lines = ground.folder / "projection.jsonl"
    size = write_lines(lines, events)
    bus = await ground.bus()
    prefix = bus.settings.topic_prefix
    await rate_of(FILLER, ground.task(prefix, lines=str(lines), number=events))

    async def run(contender: Contender) -> float:
        async with ground.database("reporting") as database:
            url = database.dsn
            limit = 600 if contender in (OURS, BARE) else seconds
            group = uuid.uuid4().hex
            return await rate_of(contender, ground.task(prefix, group, url, number=events, seconds=limit))

    rates = await by_turns((OURS, BARE, PLAIN, *PEERS), repetitions, run)
    medians = {name: Spread.of(values) for name, values in rates.items()}
    return Result(
        "projection",
        f"{events} records of {size} bytes each until their facts are committed. Everybody reads the same topics with "
        f"the same contract and runs the same SQL; who needs longer than {seconds:g} s is stopped then, and its pace "
        "counted.",
        "records/s",
        medians,
        _goals(medians),
        [f"{peer.name} is not installed: `make bench` installs it" for peer in PEERS if peer.missing],
    )


def _goals(medians: dict[str, Spread]) -> list[Goal]:
    ours = medians[OURS.name].median
    goals = [
        Goal.at_least("our consumer to the ceiling", ours / medians[BARE.name].median, 0.6),
        Goal.at_least("our consumer to plain FastStream", ours / medians[PLAIN.name].median, 8),
    ]
    others = {peer.name: medians[peer.name].median for peer in PEERS if peer.name in medians}
    if others:
        best = max(others, key=lambda name: others[name])
        goals.append(Goal.at_least(f"our consumer to the best of the others ({best})", ours / others[best], 3))
        best = max((name for name in others if name.endswith("per message")), key=lambda name: others[name])
        goals.append(Goal.at_least(f"our consumer to the best per message ({best})", ours / others[best], 3))
    return goals
