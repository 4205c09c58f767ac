"""Topics are made and kept as planned, and what operators have set beside the plan stays theirs."""

import pytest
from aiokafka.admin import NewTopic
from aiokafka.errors import KafkaError

from deploy.local.kafka import Kafka
from shared.bus.incremental import set_topic_configs
from shared.bus.kafka import Bus
from shared.bus.topics import _configs, _demand_replicas, reconcile
from shared.contracts import ACTIVITIES
from tests.integration.bus import eventually, open_bus


async def settings_of(bus: Bus, topic: str) -> dict[str, str]:
    async with bus.admin() as admin:
        return (await _configs(admin, [topic]))[topic]


async def test_what_is_set_right_leaves_the_settings_of_operators_alone(kafka: Kafka, topic_prefix: str) -> None:
    bus = await open_bus(kafka, topic_prefix)
    name = bus.name(ACTIVITIES.name)
    theirs = {"max.message.bytes": "2000000", "retention.bytes": "123456789"}
    async with bus.admin() as admin:
        await set_topic_configs(admin, {name: theirs | {"cleanup.policy": "delete", "delete.retention.ms": "1"}})

    async def seen() -> bool:  # a change of settings takes a moment to reach the broker
        return (await settings_of(bus, name))["delete.retention.ms"] == "1"

    await eventually(seen)
    assert (await reconcile(bus, [])).differing.keys() == {name}

    async def right() -> bool:
        return not (await reconcile(bus, [])).differing

    await eventually(right)
    now = await settings_of(bus, name)
    assert now["cleanup.policy"] == "compact"
    assert theirs.items() <= now.items()


async def test_who_only_looks_changes_nothing_and_says_what_differs(kafka: Kafka, topic_prefix: str) -> None:
    bus = await open_bus(kafka, topic_prefix, topics=False)
    name = bus.name(ACTIVITIES.name)
    async with bus.admin() as admin:
        await admin.create_topics([NewTopic(name, 6, 1, topic_configs={"cleanup.policy": "delete"})])

    async def told() -> bool:
        found = await reconcile(bus, [], only_look=True)
        return name in found.differing and name not in found.missing

    await eventually(told)
    found = await reconcile(bus, [], only_look=True)
    assert found.differing[name]["cleanup.policy"] == "compact"
    assert len(found.missing) > 3
    assert (await settings_of(bus, name))["cleanup.policy"] == "delete"


def test_one_replica_is_enough_for_one_broker_and_for_no_more() -> None:
    _demand_replicas({"sample": 1}, brokers=1)
    _demand_replicas({"sample": 2}, brokers=3)
    with pytest.raises(KafkaError, match="sample"):
        _demand_replicas({"sample": 1, "other": 3}, brokers=2)
