"""Topics are made and their settings kept by `registan migrate` and `registan up`, never by accident.

Public topics are compacted after thirty days: everybody sees each event for a month, and afterwards the latest state
per aggregate stays for ever, so the topic is a snapshot. A private topic compacts within a day, which bounds erasure.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from shared.bus.kafka import LARGEST_RECORD, Bus
from shared.contracts import TOPICS, Topic

_DAY = 24 * 60 * 60 * 1000  # ms
PARTITIONS = 6
"""How many consumers of one group can share the work; changing it later would move keys between partitions."""


@dataclass(frozen=True, slots=True)
class TopicPlan:
    """A topic as it shall be on Kafka."""

    name: str
    partitions: int
    config: dict[str, str]


@dataclass(slots=True)
class Reconciled:
    """What `reconcile` did."""

    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)


def plan(topic: Topic) -> TopicPlan:
    config = {
        "cleanup.policy": "compact",
        "min.compaction.lag.ms": str(30 * _DAY),
        "delete.retention.ms": str(30 * _DAY),  # a tombstone is seen by whoever is away for less than a month
    }
    if topic.audience == "private":
        config |= {"min.compaction.lag.ms": "0", "max.compaction.lag.ms": str(_DAY), "segment.ms": str(_DAY)}
    return TopicPlan(topic.name, PARTITIONS, config)


def dead_letter_topic(topic: str, group: str) -> str:
    return f"{topic}.{group}.dlq"


def dead_letter_plan(topic: Topic, group: str) -> TopicPlan:
    kept = 365 if topic.audience == "public" else 1  # what may be about a person is gone within the bound of erasure
    config = {
        "cleanup.policy": "delete",
        "retention.ms": str(kept * _DAY),
        "segment.ms": str(kept * _DAY),
        "max.message.bytes": str(LARGEST_RECORD + 1024 * 1024),
    }
    return TopicPlan(dead_letter_topic(topic.name, group), 1, config)


async def reconcile(bus: Bus, groups: Iterable[tuple[str, Topic]]) -> Reconciled:
    """Create what is missing and set right what differs: each topic, and a dead-letter topic per group and topic.

    Args:
        groups: each group with each topic it listens to.

    Raises:
        KafkaAway: Kafka does not answer.
        KafkaError: it answers, and refuses.
    """
    plans = [plan(topic) for topic in TOPICS]
    plans += [dead_letter_plan(topic, group) for group, topic in groups]
    wanted = {bus.name(p.name): p for p in plans}
    done = Reconciled()
    async with bus.admin() as admin:
        existing = set(await admin.list_topics())
        missing = {name: p for name, p in wanted.items() if name not in existing}
        if missing:
            await _create(admin, missing)
            await _known(admin, missing)
            done.created = sorted(missing)
        present = {name: p for name, p in wanted.items() if name in existing}
        if present:
            done.changed = await _alter(admin, present)
    return done


async def _create(admin: AIOKafkaAdminClient, missing: dict[str, TopicPlan]) -> None:
    answer = await admin.create_topics(
        [
            # -1: the cluster's own replication factor, which aiokafka takes only beside an empty assignment
            NewTopic(name, p.partitions, -1, replica_assignments={}, topic_configs=p.config)
            for name, p in missing.items()
        ]
    )
    for name, code, *message in answer.topic_errors:
        error = for_code(code)
        if code and error is not TopicAlreadyExistsError:
            raise KafkaError(f"topic {name} cannot be made: {error.__name__} {message[0] if message else ''}")


async def _known(admin: AIOKafkaAdminClient, names: Iterable[str]) -> None:
    """Wait until brokers tell of topics that the controller has made: whoever asks before hears that there are none."""
    unknown = set(names)
    for _ in range(100):
        unknown -= set(await admin.list_topics())
        if not unknown:
            return
        await asyncio.sleep(0.1)
    raise KafkaError(f"Kafka has made these topics and does not tell of them: {', '.join(sorted(unknown))}")


async def _alter(admin: AIOKafkaAdminClient, present: dict[str, TopicPlan]) -> list[str]:
    """Set the settings of topics whose settings differ. Kafka resets what is not named, so all are named."""
    current = await _configs(admin, present)
    differing = {name: p for name, p in present.items() if p.config.items() - current[name].items()}
    for name, topic in differing.items():
        [answer] = await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, configs=topic.config)])
        [(code, message, *_)] = answer.resources
        if code:
            raise KafkaError(
                f"the settings of topic {name} cannot be changed: {for_code(code).__name__} {message or ''}"
            )
    return sorted(differing)


async def _configs(admin: AIOKafkaAdminClient, names: Iterable[str]) -> dict[str, dict[str, str]]:
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])
    return {
        resource[3]: {entry[0]: entry[1] for entry in resource[4]}
        for answer in answers
        for resource in answer.resources
    }
