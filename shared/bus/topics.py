"""Topics are made and their settings kept by `registan migrate` and `registan up`, never by accident.

Public topics are compacted after thirty days: everybody sees each event for a month, and afterwards the latest state
per aggregate stays for ever, so the topic is a snapshot. A private topic compacts within a day, which bounds erasure.

Only what a plan names is looked at and set: what operators have set beside it is theirs. Where there is more than one
broker, an acknowledged event must be on two of them at least.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from shared.bus.incremental import set_topic_configs
from shared.bus.kafka import LARGEST_RECORD, Bus
from shared.contracts import TOPICS, Topic
from shared.contracts.topics import DAYS_OF_EVENTS, PARTITIONS

_DAY = 24 * 60 * 60 * 1000  # ms
_REPLICAS = 3
_IN_SYNC = 2  # with acks=all, what is acknowledged survives the loss of a broker; without a second, events wait


@dataclass(frozen=True, slots=True)
class TopicPlan:
    """A topic as it shall be on Kafka."""

    name: str
    partitions: int
    config: dict[str, str]


@dataclass(slots=True)
class Reconciled:
    """What `reconcile` did, or, where it was only to look, what it would have done.

    Attributes:
        missing: topics that were made.
        differing: the settings that were set, by topic.
    """

    missing: list[str] = field(default_factory=list)
    differing: dict[str, dict[str, str]] = field(default_factory=dict)


def plan(topic: Topic) -> TopicPlan:
    config = {
        "cleanup.policy": "compact",
        "min.compaction.lag.ms": str(DAYS_OF_EVENTS * _DAY),
        "delete.retention.ms": str(
            DAYS_OF_EVENTS * _DAY
        ),  # a consumer that is away for less than a month still sees a tombstone
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


async def reconcile(bus: Bus, groups: Iterable[tuple[str, Topic]], *, only_look: bool = False) -> Reconciled:
    """Create what is missing and set right what differs: each topic, and a dead-letter topic per group and topic.

    Args:
        groups: each group with each topic it listens to.
        only_look: change nothing.

    Raises:
        KafkaAway: Kafka does not answer.
        KafkaError: it answers, and refuses; or a topic has too few replicas, which only an operator can give it.
    """
    plans = [plan(topic) for topic in TOPICS]
    plans += [dead_letter_plan(topic, group) for group, topic in groups]
    wanted = {bus.name(p.name): p for p in plans}
    async with bus.admin() as admin:
        brokers = len((await admin.describe_cluster())["brokers"])
        existing = {topic["topic"]: _replicas(topic) for topic in await admin.describe_topics()}
        present = {name: p for name, p in wanted.items() if name in existing}
        done = Reconciled(sorted(wanted.keys() - present.keys()), await _differing(admin, present, brokers))
        if not only_look:
            if done.missing:
                await _create(admin, {name: wanted[name] for name in done.missing}, brokers)
                await _known(admin, done.missing)
            if done.differing:
                await set_topic_configs(admin, done.differing)
        _demand_replicas({name: existing[name] for name in present}, brokers)
    return done


def _replicas(topic: dict[str, Any]) -> int:
    return min((len(partition["replicas"]) for partition in topic["partitions"]), default=0)


def _demand_replicas(existing: Mapping[str, int], brokers: int) -> None:
    """One copy of an event is none where another broker could have one: no setting of ours can mend that."""
    if few := sorted(name for name, replicas in existing.items() if replicas < min(brokers, _IN_SYNC)):
        raise KafkaError(
            f"these topics have fewer than {_IN_SYNC} replicas on {brokers} brokers, so that the loss of one broker "
            f"loses events: {', '.join(few)}. Give them more with kafka-reassign-partitions"
        )


async def _create(admin: AIOKafkaAdminClient, missing: dict[str, TopicPlan], brokers: int) -> None:
    durable = {"min.insync.replicas": str(_IN_SYNC)} if brokers > 1 else {}
    replicas = min(brokers, _REPLICAS)
    topics = [NewTopic(name, p.partitions, replicas, topic_configs=p.config | durable) for name, p in missing.items()]
    answer = await admin.create_topics(topics)
    for name, code, *message in answer.topic_errors:
        error = for_code(code)
        if code and error is not TopicAlreadyExistsError:
            raise KafkaError(f"topic {name} cannot be made: {error.__name__} {message[0] if message else ''}")


async def _known(admin: AIOKafkaAdminClient, names: Iterable[str]) -> None:
    """Wait until brokers tell of topics that the controller has made: until then there seem to be none."""
    unknown = set(names)
    for _ in range(100):
        unknown -= set(await admin.list_topics())
        if not unknown:
            return
        await asyncio.sleep(0.1)
    raise KafkaError(f"Kafka has made these topics and does not tell of them: {', '.join(sorted(unknown))}")


async def _differing(
    admin: AIOKafkaAdminClient, present: Mapping[str, TopicPlan], brokers: int
) -> dict[str, dict[str, str]]:
    """The settings that are not as planned, by topic."""
    current = await _configs(admin, present) if present else {}
    found = {}
    for name, topic in present.items():
        differing = dict(topic.config.items() - current[name].items())
        if brokers > 1 and int(current[name]["min.insync.replicas"]) < _IN_SYNC:
            differing["min.insync.replicas"] = str(_IN_SYNC)
        if differing:
            found[name] = differing
    return found


async def _configs(admin: AIOKafkaAdminClient, names: Iterable[str]) -> dict[str, dict[str, str]]:
    answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])
    return {
        resource[3]: {entry[0]: entry[1] for entry in resource[4]}
        for answer in answers
        for resource in answer.resources
    }
