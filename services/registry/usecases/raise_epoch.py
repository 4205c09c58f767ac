"""Begin a new epoch of the journal, after the registry was restored to an older state.

Whatever is known here in an older version than was published is told again, above any version that ever was: so
subscribers, who only look at versions, take the restored state for the newest, which it now is. What was published and
is not known here at all stays as it is out there and is listed, because only a person can say what became of it: see
`settle.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlmodel import select

from services.registry.continuity import Published, compare
from services.registry.contracts import contact_changed
from services.registry.journal import record
from services.registry.models import ErasedPerson, Installation, Person, PersonKeys, locked
from services.registry.models.token import Token
from services.registry.models.user import User
from services.registry.nouns import NOUNS
from services.registry.usecases.persons.erase import ErasePerson, erase_person
from shared.bus import outbox
from shared.bus.kafka import Bus
from shared.clock import Clock
from shared.contracts import ACCESS, CONTACTS, Event
from shared.contracts.access import Access
from shared.database import Database, Session
from shared.errors import NotFound
from shared.identifiers import new_id
from shared.identity import SYSTEM
from shared.identity.access import event_of as access_event_of
from shared.identity.access import record_access

REASON = "restored from a backup"


@dataclass
class NewEpoch:
    """What was done.

    Attributes:
        raised: how many aggregates are told again.
        unknown: public aggregates that were published and are not in the backup; a person settles them.
        ended: accounts and addresses of people that are not in the backup: nobody may come in, or be written to, by
            what the registry does not know.
    """

    epoch: int = 0
    raised: int = 0
    ended: int = 0
    unknown: list[Published] = field(default_factory=list)


async def raise_epoch(database: Database, bus: Bus, keys: PersonKeys, *, clock: Clock) -> NewEpoch:
    """May be interrupted and repeated: what was raised is not behind any more."""
    done = NewEpoch()
    # People last: each person erased since the backup is erased again, from registrations that are told again before.
    behind = [one async for one in compare(database, bus, keys, remember=False)]
    behind.sort(key=lambda one: one.topic == CONTACTS.name)
    by_person = await persons_by_key(database, keys) if any(one.topic == CONTACTS.name for one in behind) else {}
    for one in behind:
        async with database.transaction() as session:
            if one.topic == ACCESS.name:
                known = await _raise_account(session, one, clock)
            elif one.topic == CONTACTS.name:
                known = await _raise_contact(session, one, by_person, keys, clock)
            else:
                known = await _raise(session, one, clock)
                if not known:
                    done.unknown.append(one)
                    continue
            done.raised += known
            done.ended += not known
    async for _ in compare(database, bus, keys):
        pass  # what is left is unknown, and was looked at
    async with database.transaction() as session:
        installation = await session.get_one(Installation, 1, with_for_update=True)
        installation.epoch += 1
        done.epoch = installation.epoch
    return done


async def _raise(session: Session, one: Published, clock: Clock) -> bool:
    """Tell of an aggregate again, above what was published. False when it is not known."""
    noun = next(noun for noun in NOUNS if noun.topic.name == one.topic)
    try:
        model = await locked(session, noun.model, one.key, actor=SYSTEM)
    except NotFound:
        return False
    model.version = max(model.version, one.sequence)
    model.changed(clock.now())
    updated = next(event for event in noun.topic.events if event.endswith("-updated"))
    await record(session, updated, model, actor=SYSTEM, reason=REASON)
    return True


async def _raise_account(session: Session, one: Published, clock: Clock) -> bool:
    key = UUID(one.key)
    account: User | Token | None = await session.get(User, key, with_for_update=True)
    account = account or await session.get(Token, key, with_for_update=True)
    if account is not None:
        account.version = max(account.version, one.sequence)
        if isinstance(account, User):  # what was ended since the backup stays ended
            account.end_sessions(clock.now())
        else:
            account.changed(clock.now())
        await record_access(session, account.access())
        return True
    if one.value is not None:
        last = Access.model_validate_json(one.value)
        ended = last.model_copy(update={"active": False, "version": one.sequence + 1, "updated_at": clock.now()})
        await outbox.put(session, access_event_of(ended))
    return False


async def _raise_contact(
    session: Session, one: Published, by_person: dict[str, Person], keys: PersonKeys, clock: Clock
) -> bool:
    if known := by_person.get(one.key):
        person = await locked(session, Person, known.id, actor=SYSTEM)
        if one.value is None:  # they asked to be forgotten after the backup
            await erase_person(session, ErasePerson(person_id=person.id), actor=SYSTEM, clock=clock, keys=keys)
            return True
        person.version = max(person.version, one.sequence)
        person.changed(clock.now())
        await outbox.put(session, contact_changed(person, keys))
        return True
    erased = await session.get(ErasedPerson, one.key, with_for_update=True)
    if erased is not None:
        erased.version = one.sequence + 1
    await outbox.put(session, _forgotten(one, clock))
    return erased is not None


def _forgotten(one: Published, clock: Clock) -> Event:
    return Event(
        id=new_id(),
        type="contact-changed",
        topic=CONTACTS,
        source=CONTACTS.source,
        time=clock.now(),
        programme="*",
        data=None,
        key=one.key,
        sequence=one.sequence + 1,
    )


async def persons_by_key(database: Database, keys: PersonKeys) -> dict[str, Person]:
    """Everybody in the vault, by their pseudonym."""
    async with database.transaction() as session:
        persons: Sequence[Person] = (await session.exec(select(Person))).all()
    return {keys.key(person): person for person in persons}
