"""The plan of topics and permissions as the chart takes it, so that Strimzi declares what `registan migrate` makes.

One table for both: `make chart` writes deploy/chart/files/kafka.json from it, and a test holds that file against it.
"""

from itertools import groupby
from pathlib import Path
from typing import Any

from deploy.permissions import PRINCIPALS, groups_of, kafka_word, permissions
from shared.bus.topics import TopicPlan, dead_letter_plan, plan
from shared.contracts import TOPICS
from shared.settings import SERVICES

FILE = Path(__file__).with_name("chart") / "files" / "kafka.json"


def for_chart() -> dict[str, Any]:
    """Topics and users without prefix: the chart puts its own before each name."""
    return {
        "topics": [{"name": one.name, "partitions": one.partitions, "config": one.config} for one in topics()],
        "users": {principal: _acls(principal) for principal in PRINCIPALS},
    }


def topics() -> list[TopicPlan]:
    """Every topic of an installation, with those for dead letters."""
    listened = [(group, topic) for name in SERVICES for group, heard in groups_of(name) for topic in heard]
    return [*map(plan, TOPICS), *(dead_letter_plan(topic, group) for group, topic in listened)]


def _acls(principal: str) -> list[dict[str, Any]]:
    own = sorted(
        (one for one in permissions() if one.principal == principal), key=lambda one: (one.kind, one.name, one.prefixed)
    )
    return [
        {
            "type": kind,
            "name": name,
            "pattern": "prefix" if prefixed else "literal",
            "operations": sorted({kafka_word(one.operation) for one in same}),
        }
        for (kind, name, prefixed), same in groupby(own, key=lambda one: (one.kind, one.name, one.prefixed))
    ]
