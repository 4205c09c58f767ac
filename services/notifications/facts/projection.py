"""Event → facts, in one statement a table. Any order and any repetition of the same events gives the same rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased
from sqlmodel import col

from services.notifications.facts.activity import ActivityVersion, over_at
from services.notifications.facts.contact import ContactFact
from services.notifications.facts.programme import ProgrammeFact
from services.notifications.facts.registration import RegistrationVersion
from shared.contracts import Event
from shared.contracts.activities import Activity
from shared.contracts.contacts import Contact
from shared.contracts.participants import Registration
from shared.contracts.programmes import Programme
from shared.database import Session


@dataclass(frozen=True)
class Touched:
    """Of what a batch brought news: whoever depends on it has to look again."""

    activities: set[UUID] = field(default_factory=set)
    registrations: set[UUID] = field(default_factory=set)
    erased_persons: set[str] = field(default_factory=set)


async def store(session: Session, events: Sequence[Event]) -> Touched:
    """Keep what the events say."""
    touched = Touched()
    rows: dict[type, list[dict[str, Any]]] = {kind: [] for kind in _STORED}
    for event in events:
        match event.data:
            case Activity() as activity:
                rows[ActivityVersion].append(_activity_row(event, activity))
                touched.activities.add(activity.id)
            case Registration() as registration:
                rows[RegistrationVersion].append(_registration_row(event, registration))
                touched.registrations.add(registration.id)
            case Programme() as programme:
                rows[ProgrammeFact].append(_programme_row(programme))
            case Contact() as contact:
                rows[ContactFact].append(_contact_row(event, contact))
            case None:
                rows[ContactFact].append(_contact_row(event, None))
                touched.erased_persons.add(event.key)
    for kind, write in _STORED.items():
        if rows[kind]:
            await session.execute(write, rows[kind])
    if touched.registrations:
        await _forget_who_was_erased(session, touched.registrations)
    return touched


def _newest_wins(kind: type[ProgrammeFact] | type[ContactFact], key: str, columns: Iterable[str]) -> Any:
    statement = insert(kind)
    return statement.on_conflict_do_update(
        index_elements=[key],
        set_={name: statement.excluded[name] for name in ("version", *columns)},
        where=col(kind.version) < statement.excluded.version,
    )


_STORED: dict[type, Any] = {
    ProgrammeFact: _newest_wins(ProgrammeFact, "code", ["state"]),
    ContactFact: _newest_wins(ContactFact, "person_key", ["name", "email", "language", "erased"]),
    ActivityVersion: insert(ActivityVersion).on_conflict_do_nothing(),
    RegistrationVersion: insert(RegistrationVersion).on_conflict_do_nothing(),
}


async def _forget_who_was_erased(session: Session, registrations: set[UUID]) -> None:
    """An erased registration has a key that leads to nobody; the versions before it had the person's."""
    earlier, erased = RegistrationVersion, aliased(RegistrationVersion)
    await session.execute(
        delete(earlier)
        .where(
            col(earlier.id).in_(registrations),
            and_(
                col(erased.id) == col(earlier.id),
                col(erased.type) == "participant-erased",
                col(erased.version) > col(earlier.version),
            ),
        )
        .execution_options(synchronize_session=False)
    )


def _activity_row(event: Event, activity: Activity) -> dict[str, Any]:
    return {
        "id": activity.id,
        "version": activity.version,
        "type": event.type,
        "happened_at": event.time,
        "over_at": over_at(activity),
        "state": activity.model_dump(mode="json"),
    }


def _registration_row(event: Event, registration: Registration) -> dict[str, Any]:
    return {
        "id": registration.id,
        "version": registration.version,
        "type": event.type,
        "happened_at": event.time,
        "created_at": registration.created_at,
        "activity_id": registration.activity_id,
        "programme": registration.programme,
        "person_key": registration.person_key,
        "status": registration.status,
    }


def _programme_row(programme: Programme) -> dict[str, Any]:
    return {"code": programme.code, "version": programme.version, "state": programme.model_dump(mode="json")}


def _contact_row(event: Event, contact: Contact | None) -> dict[str, Any]:
    return {
        "person_key": event.key,
        "version": event.sequence,
        "name": contact.name if contact else None,
        "email": (contact.email or None) if contact else None,
        "language": contact.language if contact else None,
        "erased": contact is None,
    }
