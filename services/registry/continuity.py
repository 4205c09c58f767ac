"""Is this the registry that it was? What is asked at each start, before anything is published.

Person keys follow from a secret outside the database: with another one, known persons would count twice. And a database
that was restored to an older state gives versions again that subscribers have seen, and pass over. Neither shows in the
database itself: so it keeps the secret's fingerprint, and topics are compared with it, from where that ended last.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace

from pydantic import ValidationError
from sqlmodel import col, func, select

from services.registry.models import ErasedPerson, JournalEntry, Person, PersonKeys
from services.registry.models.installation import Compared, Installation
from services.registry.models.token import Token
from services.registry.models.user import User
from shared.bus import outbox, reader
from shared.bus.kafka import Bus
from shared.bus.relay import Stamps
from shared.contracts import ACCESS, CONTACTS, TOPICS, MalformedRecord, Topic, UnknownEventType
from shared.contracts.access import Access
from shared.contracts.envelope import read
from shared.database import Database, Session
from shared.identity import access
from shared.identity.sessions import SessionSigner
from shared.service import CannotGoOn

OURS = tuple(topic for topic in TOPICS if topic.writer == "registry")
_BATCH = 2000


@dataclass(frozen=True)
class Published:
    """What a topic says last of an aggregate.

    Attributes:
        known: whether an older version of it is known here.
    """

    topic: str
    key: str
    sequence: int
    value: bytes | None
    known: bool = False


class Continuity:
    """Asks. A `Runner`, and what the relay asks before it publishes."""

    name = "continuity"

    def __init__(self, database: Database, bus: Bus, keys: PersonKeys, signer: SessionSigner) -> None:
        self._database = database
        self._bus = bus
        self._keys = keys
        self._signer = signer
        self._recognised = False

    async def run(self, stop: asyncio.Event) -> None:
        async with self._database.transaction() as session:
            await recognise(session, self._keys)
        self._recognised = True
        await stop.wait()

    async def ready(self) -> None:
        """Raises until the secret of person keys is known to be the right one."""
        if not self._recognised:
            raise RuntimeError("it is not known yet whether the secret of person keys is the one of this database")

    async def before_publishing(self) -> Stamps:
        """The epoch, which goes out with each event.

        Raises:
            CannotGoOn: something was published that this database does not know.
        """
        async with aclosing(compare(self._database, self._bus, self._keys)) as found:
            async for ahead in found:
                raise CannotGoOn(
                    f"The registry's database is older than what was published: {ahead.topic} has {ahead.key} in "
                    f"version {ahead.sequence}. Put a newer backup back, or run `registan restore --new-epoch` "
                    "(see docs/operations.md)"
                )
        async with self._database.transaction() as session:
            await sign_accounts_again(session, self._signer)
            epoch = (await _installation(session)).epoch
        return (("ce_epoch", str(epoch).encode()),)


async def recognise(session: Session, keys: PersonKeys) -> None:
    """Compare the secret of person keys with the one that this database was filled with; the first one is noted.

    Raises:
        CannotGoOn: it is another one.
    """
    installation = await _installation(session)
    mine = keys.own_fingerprint()
    installation.person_keys = installation.person_keys or mine
    if installation.person_keys != mine:
        raise CannotGoOn(
            "REGISTAN_PERSON_KEY_SECRET_FILE holds another secret than the one this database was filled with, so that "
            "known persons would count twice: put the right one back from the backup, or, if it is lost for good, run "
            "`registan restore --new-person-keys` (see docs/operations.md)"
        )


async def sign_accounts_again(session: Session, signer: SessionSigner) -> None:
    """Tell of all accounts again where they were last told with another key, or before there were signatures."""
    installation = await _installation(session)
    if installation.accounts_signed_by == signer.fingerprint:
        return
    installation.accounts_signed_by = signer.fingerprint
    users = (await session.exec(select(User).with_for_update(read=True))).all()
    tokens = (await session.exec(select(Token).with_for_update(read=True))).all()
    accounts: list[User | Token] = [*users, *tokens]
    await outbox.put(session, *(access.event_of(account.access()) for account in accounts))


async def compare(
    database: Database, bus: Bus, keys: PersonKeys, *, remember: bool = True, whole: bool = False
) -> AsyncGenerator[Published, None]:
    """What was published and is not known here, or not in that version; from where all was known last time.

    A topic that was read to its end is not looked at again, unless it is not to be remembered, or looked at `whole`.
    """
    for topic in OURS:
        async with database.transaction() as session:
            rows = await session.exec(select(Compared).where(Compared.topic == bus.name(topic.name)))
            since = {} if whole else {row.number: row.next_offset for row in rows}
        batch: dict[str, Published] = {}
        ends = dict(since)
        async for record in reader.whole(bus, topic.name, since=since):
            ends[record.partition] = record.offset + 1
            said = _published(topic, record.key, record.value, record.headers)
            if said and (said.key not in batch or batch[said.key].sequence < said.sequence):
                batch[said.key] = said
            if len(batch) == _BATCH:
                for one in await _unknown(database, batch, keys):
                    yield one
                batch.clear()
        for one in await _unknown(database, batch, keys):
            yield one
        if not remember:
            continue
        async with database.transaction() as session:
            for number, offset in ends.items():
                await session.merge(Compared(topic=bus.name(topic.name), number=number, next_offset=offset))


async def unknown(database: Database, bus: Bus, keys: PersonKeys) -> list[Published]:
    """What was published of public aggregates that are not known here at all, each in its last state."""
    newest: dict[tuple[str, str], Published] = {}
    async for one in compare(database, bus, keys, remember=False, whole=True):
        told_before = newest.get((one.topic, one.key))
        if told_before is None or told_before.sequence < one.sequence:
            newest[one.topic, one.key] = one
    public = {topic.name for topic in OURS if topic.audience == "public"}
    return [one for one in newest.values() if one.topic in public and not one.known]


def _published(
    topic: Topic, key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes | None]]
) -> Published | None:
    """None for what the registry cannot have written: a malformed record is the consumers' affair."""
    with suppress(UnknownEventType):  # of a newer release of ours
        try:
            read(topic, key, value, headers)
        except MalformedRecord:
            return None
    return Published(topic.name, (key or b"").decode(), int(dict(headers)["ce_sequence"] or b""), value)


async def _unknown(database: Database, said: Mapping[str, Published], keys: PersonKeys) -> list[Published]:
    if not said:
        return []
    async with database.transaction() as session:
        topic = next(iter(said.values())).topic
        known = await _known(session, topic, list(said), keys)
    ahead = [replace(one, known=one.key in known) for one in said.values() if one.sequence > known.get(one.key, 0)]
    return [one for one in ahead if one.known or not _ended(one)]


def _ended(one: Published) -> bool:
    """An account that is out or a person who is forgotten: not to know them is no loss."""
    if one.topic != ACCESS.name or one.value is None:
        return one.value is None
    try:
        return not Access.model_validate_json(one.value).active
    except ValidationError:
        return True  # nobody believes it either


async def _known(session: Session, topic: str, wanted: Sequence[str], keys: PersonKeys) -> dict[str, int]:
    """The versions that the registry knows, by key."""
    if topic == ACCESS.name:
        accounts = [
            *(await session.exec(select(User.id, User.version))),
            *(await session.exec(select(Token.id, Token.version))),
        ]
        return {str(key): version for key, version in accounts}
    if topic == CONTACTS.name:
        erased = (await session.exec(select(ErasedPerson.person_key, ErasedPerson.version))).all()
        persons = (await session.exec(select(Person))).all()
        return {**{keys.key(person): person.version for person in persons}, **dict(erased)}
    sequences = (
        select(JournalEntry.key, func.max(JournalEntry.sequence))
        .where(JournalEntry.topic == topic, col(JournalEntry.key).in_(wanted))
        .group_by(col(JournalEntry.key))
    )
    return dict((await session.exec(sequences)).all())


async def _installation(session: Session) -> Installation:
    return (await session.exec(select(Installation).with_for_update())).one()
