"""Register or nominate people for an activity: one, or a list of which all are taken or none."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import bindparam
from sqlmodel import Field, col, select

from services.registry.contracts import contact_changed
from services.registry.journal import record
from services.registry.models import (
    Activity,
    Command,
    Person,
    PersonDetails,
    PersonKeys,
    Registration,
    RegistrationBase,
    share_locked,
)
from services.registry.models.errors.registration import AlreadyRegistered
from services.registry.models.errors.request import RowsRefused
from services.registry.models.organisation import check_organisations
from services.registry.usecases.persons.similar import Asked
from services.registry.usecases.persons.vault import SameAs, place_in_line, remember
from services.registry.usecases.rights import allow, allow_registration
from shared.bus import outbox
from shared.clock import Clock
from shared.contracts import Event
from shared.database import Session
from shared.errors import DomainError
from shared.identity import Actor

Entry = Literal["nominated", "registered"]


class Participant(Command, RegistrationBase):
    """Somebody who takes part: who it is goes into the vault, the rest into the registration."""

    person: PersonDetails
    same_as: SameAs | None = Field(
        default=None, description="Who it is, where the answer asked: the id of a candidate, or `new`."
    )
    status: Entry = "registered"

    def asked(self) -> Asked:
        return Asked(self.person, self.organisation, self.country)


class RegisterParticipant(Participant):
    activity_id: UUID


class RegisterParticipants(Command):
    activity_id: UUID
    participants: tuple[Participant, ...]


async def register_participant(
    session: Session, command: RegisterParticipant, *, actor: Actor, clock: Clock, keys: PersonKeys
) -> Registration:
    """Register (or nominate) a person for an activity and tell everyone who listens.

    Who was nominated, or had withdrawn, is registered from now on, in the registration they have.

    Raises:
        ActivityNotFound
        RegisteringOnCancelledActivity, RegisteringOnProtectedActivity, ActivityMerged: it takes none by name.
        AlreadyRegistered: the person is in already.
        PersonAmbiguous: it may be somebody who is known, and `same_as` does not say.
        PersonNotFound: `same_as` is no known person.
        UnknownOrganisation, NotAllowed
    """
    activity = await share_locked(session, Activity, command.activity_id, actor=actor)
    activity.refuse_registrations_if_closed()
    registration, contact = await _enter(session, activity, command, actor=actor, now=clock.now(), keys=keys)
    await record(session, _EVENT[command.status], registration, actor=actor, also=contact)
    return registration


async def register_participants(
    session: Session, command: RegisterParticipants, *, actor: Actor, clock: Clock, keys: PersonKeys
) -> Sequence[Registration]:
    """Register all of a list, in its order, or none.

    Raises:
        RowsRefused: what is wrong with which rows; the transaction must not be committed.
        What `register_participant` raises about the activity.
    """
    activity = await share_locked(session, Activity, command.activity_id, actor=actor)
    activity.refuse_registrations_if_closed()
    now = clock.now()
    entered: dict[int, Registration] = {}
    contacts: list[Event] = []
    refused: list[tuple[int, DomainError]] = []
    for number, row in _in_order_of_locking(command.participants):
        try:
            entered[number], contact = await _enter(session, activity, row, actor=actor, now=now, keys=keys)
            contacts += contact
        except DomainError as error:
            refused.append((number, error))
    if refused:
        raise RowsRefused(sorted(refused, key=lambda pair: pair[0]))
    for status, event_type in _EVENT.items():
        of_status = [entered[number] for number, row in enumerate(command.participants) if row.status == status]
        await record(session, event_type, *of_status, actor=actor)
    await outbox.put(session, *contacts)
    return [entered[number] for number in range(len(command.participants))]


_EVENT: dict[Entry, str] = {"nominated": "participant-updated", "registered": "participant-registered"}
"""To be nominated is not to be registered: consumers that answer registrations with mails must not hear of it."""


def _in_order_of_locking(rows: Sequence[Participant]) -> list[tuple[int, Participant]]:
    """Always the same order of persons, so that two lists with the same people never wait for each other."""
    return sorted(enumerate(rows), key=lambda pair: place_in_line(pair[1].asked()))


async def _enter(
    session: Session, activity: Activity, row: Participant, *, actor: Actor, now: datetime, keys: PersonKeys
) -> tuple[Registration, list[Event]]:
    """The registration, and what is to be told privately about the person."""
    if not actor.may("editor", programme=activity.programme, countries=activity.concerns()):
        allow(actor, "editor", programme=activity.programme, countries=(row.country,))
    if row.organisation:
        await check_organisations(session, activity.programme, organisation=[row.organisation])
    person, outcome = await remember(session, activity.programme, row.asked(), row.same_as, actor=actor, at=now)
    contact = [contact_changed(person, keys)] if outcome != "unchanged" else []
    known = await _part_of(person, activity, session) if outcome != "created" else None
    if known is None:
        entered = Registration.entered(
            activity, row, person_id=person.id, person_key=keys.key(person), status=row.status, at=now
        )
        session.add(entered)
        return entered, contact
    if row.status == "nominated":
        raise AlreadyRegistered(f"The registration {known.id} is {known.status}.", field="person")
    await allow_registration(session, actor, known)
    known.register(row, now)
    return known, contact


async def _part_of(person: Person, activity: Activity, session: Session) -> Registration | None:
    """The person's registration for the activity, locked."""
    return (await session.exec(_PART, params={"activity_id": activity.id, "person_id": person.id})).one_or_none()


_PART = (
    select(Registration)
    .where(Registration.activity_id == bindparam("activity_id"), Registration.person_id == bindparam("person_id"))
    .where(col(Registration.counted_as).is_(None))
    .with_for_update(key_share=True)
)
