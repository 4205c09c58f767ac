"""The ledger of a scenario: three truths held against each other, and against what the writers were told.

The journal says what happened; the topics say what was published; facts and mails say what came of it downstream.
What the facts should be is worked out afresh, by applying the journal once, in order, to an empty database.
"""

import asyncio
import itertools
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from typing import ClassVar
from uuid import UUID

from aiokafka import ConsumerRecord
from sqlalchemy import Row, select, text
from sqlmodel import col
from sqlmodel import select as select_model

from services.registry.journal import as_event
from services.registry.models import JournalEntry
from services.reporting.facts import projection
from services.reporting.facts.digest import facts_hash
from services.reporting.facts.rows import FACTS
from services.reporting.facts.tables import cell, key_of
from shared.bus.dead_letters import open_letters
from shared.bus.reader import whole
from shared.contracts import ACTIVITIES, PARTICIPANTS, PUBLIC, Event, MalformedRecord
from shared.contracts.envelope import read
from shared.database import Database
from tests.chaos.rig import LISTENS, Rig
from tests.chaos.writers import Version, Writers

Place = tuple[str, int, int]
"""Topic, partition and offset of a record."""


class BrokenPromise(AssertionError):
    """A ledger that does not balance; the message is the ledger."""


@dataclass
class Ledger:
    """What a run came to. The fields of `BROKEN` are zero when every promise was kept.

    Attributes:
        seed: the run again: `make chaos SCENARIO=… SEED=…`.
        acknowledged: changes of which a writer was told that they are done.
        false_successes: acknowledged, and not in the journal; or twice, when the journal can only have one of them.
        written: events in the journal.
        published: of them, events on the topics.
        repeated: records that were on the topics already.
        unpublished: in the journal, not on the topics.
        unwritten: on the topics, not in the journal.
        out_of_order: aggregates of which a later version was published before an earlier one, or whose last record is
            not the highest version.
        two_writers: aggregates whose records jump ahead, or repeat half of what they repeat, as if two relays wrote.
        applied: of the written, versions among the facts.
        lost: in the journal, not among the facts of a subscriber.
        double_counted: people counted who are not registered.
        facts_differ: 1 when the facts are not what the journal comes to.
        malformed: records on the topics that nobody can read.
        parked: of them, those that each subscriber has put on its dead-letter topic.
        mails_expected, mails_sent: people who are to be told, and who were.
        mails_missing, mails_repeated: nobody told, told twice.
        recovery: seconds from the end of the faults until everything was at rest.
        notes: what else was measured.
    """

    scenario: str
    seed: int
    acknowledged: int = 0
    false_successes: int = 0
    written: int = 0
    published: int = 0
    repeated: int = 0
    unpublished: int = 0
    unwritten: int = 0
    out_of_order: int = 0
    two_writers: int = 0
    applied: int = 0
    lost: int = 0
    double_counted: int = 0
    facts_differ: int = 0
    malformed: int = 0
    parked: int = 0
    mails_expected: int = 0
    mails_sent: int = 0
    mails_missing: int = 0
    mails_repeated: int = 0
    recovery: float = 0
    notes: dict[str, object] = field(default_factory=dict)
    broken: dict[str, object] = field(default_factory=dict)

    BROKEN: ClassVar = (
        "false_successes",
        "unpublished",
        "unwritten",
        "out_of_order",
        "two_writers",
        "lost",
        "double_counted",
        "facts_differ",
    )

    def promise(self, name: str, kept: bool, found: object = True) -> None:
        """A promise of this scenario besides those that each has; `found` is shown when it is broken."""
        if not kept:
            self.broken[name] = found

    def allow_repeated_mails(self, at_most: int) -> None:
        """Mails are promised: each once, but for so many that may come twice."""
        self.promise("mails_missing", self.mails_missing == 0, self.mails_missing)
        self.promise("mails_repeated", self.mails_repeated <= at_most, f"{self.mails_repeated}, allowed {at_most}")

    def violations(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.BROKEN if getattr(self, name)} | self.broken

    def check(self) -> None:
        """Raise `BrokenPromise` unless every promise was kept."""
        if self.violations():
            raise BrokenPromise(str(self))

    def __str__(self) -> str:
        lines = [f"{self.scenario}, seed {self.seed}"]
        for each in fields(self)[2:-2]:
            value = getattr(self, each.name)
            if value or each.name in self.BROKEN:
                lines.append(f"  {each.name:<20} {round(value, 1):>9}")
        lines += [f"  {name:<20} {value}" for name, value in self.notes.items()]
        broken = json.dumps(self.violations(), default=str)
        lines.append(f"  BROKEN {broken}" if self.violations() else "  every promise was kept")
        return "\n".join(lines)


async def draw_up(
    rig: Rig, scenario: str, seed: int, writers: Writers | None, *, subscribers: Sequence[str], empty: Database
) -> Ledger:
    """Read the three truths and compare them.

    Args:
        subscribers: whose facts are held against the journal.
        empty: a database of reporting with nothing in it.
    """
    ledger = Ledger(scenario, seed)
    journal = await read_journal(rig)
    written = {version_of(event) for event in journal}
    ledger.written = len(written)
    if writers:
        ledger.acknowledged = len(writers.acknowledged)
        known = written & set(writers.acknowledged)
        ledger.false_successes = len(writers.acknowledged) - len(known)
    malformed = await _compare_topics(rig, ledger, written)
    if malformed:
        await _compare_letters(rig, ledger, malformed, subscribers)
    if "reporting" in subscribers:
        await _compare_reporting(rig, ledger, journal, written, empty)
    if "notifications" in subscribers:
        ledger.lost += len(await _missing_in_notifications(rig, written))
    return ledger


async def read_journal(rig: Rig) -> list[Event]:
    """Every event there ever was, in the order of writing."""
    async with rig.databases["registry"].transaction() as session:
        rows = await session.exec(select_model(JournalEntry).order_by(col(JournalEntry.position)))
        return [as_event(row) for row in rows]


def version_of(event: Event) -> Version:
    return Version(event.topic.name, event.key, event.sequence)


async def _compare_topics(rig: Rig, ledger: Ledger, written: set[Version]) -> dict[Place, ConsumerRecord]:
    """Also what could not be read, by its place."""
    malformed = {}
    published: dict[tuple[str, str], list[int]] = defaultdict(list)
    for topic in PUBLIC:
        async for record in whole(rig.bus, topic.name):
            try:
                event = read(topic, record.key, record.value, record.headers)
            except MalformedRecord:
                malformed[topic.name, record.partition, record.offset] = record
            else:
                published[topic.name, event.key].append(event.sequence)
    on_topics = {Version(topic, key, number) for (topic, key), numbers in published.items() for number in numbers}
    ledger.published = len(on_topics & written)
    ledger.repeated = sum(map(len, published.values())) - len(on_topics)
    ledger.unpublished = len(written - on_topics)
    ledger.unwritten = len(on_topics - written)
    ledger.out_of_order = sum(not in_order(numbers) for numbers in published.values())
    ledger.two_writers = sum(any(b > a + 1 for a, b in itertools.pairwise(numbers)) for numbers in published.values())
    ledger.malformed = len(malformed)
    return malformed


async def _compare_letters(
    rig: Rig, ledger: Ledger, malformed: dict[Place, ConsumerRecord], subscribers: Sequence[str]
) -> None:
    """Whether each subscriber has put away each malformed record of its topics, byte for byte."""
    ledger.parked = len(malformed)
    for group in subscribers:
        heard = {topic.name for topic in LISTENS[group]}
        kept = {}
        for topic in heard:
            for letter in await open_letters(rig.bus, topic=topic, group=group):
                kept[letter.topic, letter.partition, letter.offset] = letter
        whole_ones = [
            place
            for place, record in malformed.items()
            if place in kept
            and (kept[place].key, kept[place].value, list(kept[place].headers))
            == (record.key, record.value, list(record.headers))
        ]
        expected = sum(place[0] in heard for place in malformed)
        ledger.parked = min(ledger.parked, len(whole_ones))
        ledger.promise(f"parked_by_{group}", len(whole_ones) == expected, f"{len(whole_ones)} of {expected}")
        reasons = Counter(letter.reason for letter in kept.values())
        ledger.notes[f"letters of {group}"] = dict(sorted(reasons.items()))


def in_order(numbers: Sequence[int]) -> bool:
    """Whether each version came before the next one for the first time, and the highest one last.

    Repetition is allowed. The last record of a key is what a compacted topic keeps for ever.
    """
    first = list(dict.fromkeys(numbers))
    return first == sorted(first) and numbers[-1] == first[-1]


async def _compare_reporting(
    rig: Rig, ledger: Ledger, journal: Sequence[Event], written: set[Version], empty: Database
) -> None:
    facts = set()
    async with rig.databases["reporting"].transaction() as session:
        for topic, fact in FACTS.items():
            rows = await session.execute(select(key_of(fact.table), fact.table.c.version))
            facts |= {Version(topic, str(key), version) for key, version in rows}
        counted = _people(await session.execute(select(cell.c.activity_id, cell.c.people)))
        found = await facts_hash(session)
    ledger.applied = len(facts & written)
    ledger.lost += len(written - facts)
    ledger.promise("facts_of_nothing", facts <= written, len(facts - written))
    right, right_hash = await _what_it_comes_to(journal, empty)
    ledger.double_counted = sum((counted - right).values())
    ledger.facts_differ = int(found != right_hash)


async def _what_it_comes_to(journal: Sequence[Event], empty: Database) -> tuple[Counter[str], str]:
    """The people counted and the facts' hash, when each event is applied once and in order."""
    for start in range(0, len(journal), 1000):
        async with empty.transaction() as session:
            await projection.learn(session, journal[start : start + 1000])
        await asyncio.sleep(0)
    async with empty.transaction() as session:
        counted = _people(await session.execute(select(cell.c.activity_id, cell.c.people)))
        return counted, await facts_hash(session)


def _people(rows: Iterable[Row[UUID, int]]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for activity, people in rows:
        counted[str(activity)] += people
    return counted


async def _missing_in_notifications(rig: Rig, written: set[Version]) -> set[Version]:
    """Versions that notifications does not know."""
    known = set()
    async with rig.databases["notifications"].transaction() as session:
        for table, topic in (("activity_version", ACTIVITIES), ("registration_version", PARTICIPANTS)):
            rows = await session.execute(text(f"SELECT id, version FROM {table}"))  # noqa: S608
            known |= {Version(topic.name, str(row.id), row.version) for row in rows}
    heard = {ACTIVITIES.name, PARTICIPANTS.name}
    return {version for version in written if version.topic in heard} - known


def count_mails(ledger: Ledger, expected: int, message_ids: Iterable[str]) -> None:
    """What a mail server took, against the people who were to be told."""
    taken = Counter(message_ids)
    ledger.mails_expected = expected
    ledger.mails_sent = len(taken)
    ledger.mails_missing = expected - len(taken)
    ledger.mails_repeated = taken.total() - len(taken)
