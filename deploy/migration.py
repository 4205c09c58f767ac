"""Databases and topics, brought up to date: the work of `registan migrate`, and of the start of an installation.

No service is loaded for it: what it needs of one is its settings, its history of tables and its consumer groups.
"""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from deploy.local.home import as_principal, as_service
from deploy.permissions import groups_of
from shared.settings import KafkaSettings, ServiceName, ServiceSettings, load, load_kafka

if TYPE_CHECKING:
    from shared.bus.topics import Reconciled
    from shared.contracts import Topic

PATIENCE = 20.0  # seconds


def history_of(name: ServiceName) -> Path:
    """The folder of a service's own migrations."""
    return Path(__file__).parents[1] / "services" / name / "migrations"


def migrate_database(name: ServiceName) -> None:
    """Safe to repeat."""
    from shared.database.migrations import migrate_now

    with as_service(name):
        migrate_now(load(ServiceSettings, name).database_url.get_secret_value(), history_of(name))


def make_topics(*names: ServiceName, only_look: bool = False) -> "Reconciled":
    """The topics, and a dead-letter topic for each group and topic of these services. Safe to repeat.

    Args:
        only_look: change nothing, and say what would be changed.
    """
    groups = [(group, topic) for name in names for group, topics in groups_of(name) for topic in topics]
    with as_principal("operator"):
        kafka = load_kafka()
    return asyncio.run(_reconcile(kafka, groups, only_look))


async def _reconcile(kafka: KafkaSettings, groups: "Sequence[tuple[str, Topic]]", only_look: bool) -> "Reconciled":
    """Wait for Kafka, which is often started together with us and is the slower of the two; then make its topics."""
    from shared.bus.kafka import Bus, KafkaAway
    from shared.bus.topics import reconcile

    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return await reconcile(Bus(kafka), groups, only_look=only_look)
        except KafkaAway:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.1)
