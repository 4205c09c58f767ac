"""Settle what subscribers know and a restored registry does not: it was recorded after the backup.

Either way it comes back into the registry, so that it is in the journal, stands in its list and can be changed again:
kept as it was published last, or withdrawn, so that nobody counts it. What was never published, who somebody was above
all, is not known any more: a registration is tied to its person where the backup knows the person.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy.exc import IntegrityError

from services.registry.continuity import Published, unknown
from services.registry.journal import record
from services.registry.models import Aggregate, Person, PersonKeys, Registration
from services.registry.nouns import ACTIVITY, NOUNS, OUTPUT, REGISTRATION, Noun
from services.registry.usecases.raise_epoch import persons_by_key
from shared.bus.kafka import Bus
from shared.clock import Clock
from shared.contracts.base import Versioned
from shared.database import Database, Session
from shared.errors import DomainError
from shared.identity import Actor

Decision = Literal["keep", "withdraw"]
REASON = "recorded after the backup"

WITHDRAWN: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    ACTIVITY.name: ("activity-cancelled", {"status": "cancelled", "entered_by_mistake": True, "merged_into": None}),
    REGISTRATION.name: ("participant-withdrawn", {"status": "withdrawn"}),
    OUTPUT.name: ("output-dropped", {"status": "dropped", "status_reason": REASON}),
}
"""By noun: how everybody is told that it counts no more. Organisations and programmes are counted by nobody."""

_TO_ITS_OWN_KIND = ("parent_id", "merged_into")


class CannotSettle(DomainError):
    """This cannot be settled like that."""

    slug = "cannot-settle"


@dataclass(frozen=True)
class Unsettled:
    """What everybody holds and the registry does not know.

    Attributes:
        sequence: the highest version that was published.
    """

    noun: Noun
    key: str
    sequence: int
    state: Versioned


async def unsettled(database: Database, bus: Bus, keys: PersonKeys) -> list[Unsettled]:
    """All of it, what others belong to first. It reads the topics whole."""
    found = [_read(one) for one in await unknown(database, bus, keys)]
    return sorted(found, key=lambda one: (NOUNS.index(one.noun), one.state.created_at))


async def settle(
    database: Database,
    chosen: Collection[Unsettled],
    decision: Decision,
    *,
    keys: PersonKeys,
    actor: Actor,
    clock: Clock,
) -> None:
    """Take these back into the registry and tell everybody, all of them or none.

    Raises:
        CannotSettle: nobody counts such a thing, or what it belongs to is not known here either.
        PersonalContact: a text holds an address that this registry does not know for public.
    """
    persons = await persons_by_key(database, keys)
    async with database.transaction() as session:
        models = [_model(one, persons) for one in chosen]
        try:
            await _put_in(session, models)
        except IntegrityError as error:
            reason = getattr(error.orig and error.orig.__cause__, "detail", None) or str(error.orig)
            raise CannotSettle(f"{reason} Settle it together with what it belongs to.") from None
        for one, model in zip(chosen, models, strict=True):
            event = _withdraw(one, model) if decision == "withdraw" else _updated(one)
            model.changed(clock.now())
            await record(session, event, model, actor=actor, reason=REASON)


def _read(one: Published) -> Unsettled:
    noun = next(noun for noun in NOUNS if noun.topic.name == one.topic)
    return Unsettled(noun, one.key, one.sequence, noun.topic.state.model_validate_json(one.value or b""))


def _model(one: Unsettled, persons: Mapping[str, Person]) -> Aggregate:
    """A row of what was published of it."""
    published = {name: getattr(one.state, name) for name in type(one.state).model_fields}
    known = {name: value for name, value in published.items() if name in one.noun.model.model_fields}
    model = one.noun.model(**{name: value for name, value in known.items() if value is not None})
    model.version = one.sequence
    if isinstance(model, Registration) and (person := persons.get(model.person_key)):
        model.person_id = person.id
    model.derive()
    return model


async def _put_in(session: Session, models: Collection[Aggregate]) -> None:
    """One kind after the other, and at last what refers to its own kind."""
    referring = [(model, name, getattr(model, name, None)) for model in models for name in _TO_ITS_OWN_KIND]
    for model, name, value in referring:
        if value is not None:
            setattr(model, name, None)
    for noun in NOUNS:
        session.add_all([model for model in models if isinstance(model, noun.model)])
        await session.flush()
    for model, name, value in referring:
        if value is not None:
            setattr(model, name, value)
    await session.flush()


def _withdraw(one: Unsettled, model: Aggregate) -> str:
    if one.noun.name not in WITHDRAWN:
        raise CannotSettle(f"{one.key} is of {one.noun.path}, which are not counted: keep it.")
    event, last = WITHDRAWN[one.noun.name]
    for name, value in last.items():
        setattr(model, name, value)
    return event


def _updated(one: Unsettled) -> str:
    return next(event for event in one.noun.topic.events if event.endswith("-updated"))
