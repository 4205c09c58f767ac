"""A batch of records as the consumer sees it: what can be applied, what is dead, what does not concern this group."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from aiokafka import ConsumerRecord, TopicPartition

from shared.bus.seals import SEAL, Genuine
from shared.contracts import Event, MalformedRecord, Topic, UnknownEventType
from shared.contracts.envelope import read

RETRY_FOR = "registan_retry_for"
"""A retried dead letter goes to its topic again, for the group in this header alone; the others pass it over."""


@dataclass(frozen=True, slots=True)
class Dead:
    """A record that can never be applied, and why."""

    record: ConsumerRecord
    reason: str
    detail: str
    stack: str = ""


@dataclass(slots=True)
class Batch:
    """What a batch of records turned out to hold.

    A dead record moves to `dead_lettered` when its letter is acknowledged.
    """

    events: list[tuple[ConsumerRecord, Event]] = field(default_factory=list)
    dead: list[Dead] = field(default_factory=list)
    dead_lettered: list[Dead] = field(default_factory=list)
    skipped: list[tuple[ConsumerRecord, str]] = field(default_factory=list)


def read_batch(
    records: Iterable[ConsumerRecord], topics: Mapping[str, Topic], group: str, genuine: Genuine | None = None
) -> Batch:
    """Read each record for itself; whatever it holds, it ends in one of the lists.

    Args:
        topics: by their name on this installation.
        genuine: where records must be signed.
    """
    batch = Batch()
    for record in records:
        retry_for = next((raw for name, raw in record.headers if name == RETRY_FOR), None)
        if retry_for is not None and retry_for != group.encode():
            batch.skipped.append((record, "retry-of-others"))
            continue
        if genuine is not None and not _is_genuine(record, genuine):
            batch.dead.append(Dead(record, "not-signed", "the registry has not signed it"))
            continue
        try:
            event = read(topics[record.topic], record.key, record.value, record.headers)
        except UnknownEventType:
            batch.skipped.append((record, "unknown-type"))
        except MalformedRecord as error:
            batch.dead.append(Dead(record, error.reason, error.detail))
        else:
            batch.events.append((record, event))
    return batch


def _is_genuine(record: ConsumerRecord, genuine: Genuine) -> bool:
    seal = dict(record.headers).get(SEAL)
    return seal is not None and record.key is not None and genuine(record.key, record.value, seal)


def last_offsets(records: Iterable[ConsumerRecord]) -> dict[TopicPartition, int]:
    last: dict[TopicPartition, int] = {}
    for record in records:
        partition = TopicPartition(record.topic, record.partition)
        last[partition] = max(record.offset, last.get(partition, -1))
    return last
