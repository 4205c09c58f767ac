"""Event → facts, in one statement a table. Any order and any repetition of the same events gives the same rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy import ARRAY, Delete, Uuid, any_, bindparam, delete, exists, func, select
from sqlalchemy.dialects.postgresql import Insert, distinct_on, insert

from services.notifications.facts.activity import ActivityVersion, over_at
from services.notifications.facts.base import Table, in_utc
from services.notifications.facts.contact import ContactFact
from services.notifications.facts.programme import ProgrammeFact
from services.notifications.facts.registration import RegistrationVersion
from shared.contracts import Event
from shared.contracts.activities import Activity
from shared.contracts.contacts import Contact
from shared.contracts.participants import Registration
from shared.contracts.programmes import Programme
from shared.database import Session, given, table_of

ERASED = "participant-erased"


@dataclass(frozen=True)
class Touched:
    """Of what a batch brought news: what depends on it has to be looked at again."""

    activities: set[UUID] = field(default_factory=set)
    registrations: set[UUID] = field(default_factory=set)
    persons: set[str] = field(default_factory=set)
    erased_persons: set[str] = field(default_factory=set)


async def store(session: Session, events: Sequence[Event]) -> Touched:
    """Keep what the events say."""
    touched = Touched()
    rows: dict[type[Table], list[dict[str, Any]]] = {kind: [] for kind in _STORED}
    erased_registrations = []
    for event in events:
        match event.data:
            case Activity() as activity:
                rows[ActivityVersion].append(_activity_row(event, activity))
                touched.activities.add(activity.id)
            case Registration() as registration:
                rows[RegistrationVersion].append(_registration_row(event, registration))
                touched.registrations.add(registration.id)
                if event.type == ERASED:
                    erased_registrations.append(registration.id)
            case Programme() as programme:
                rows[ProgrammeFact].append(_programme_row(programme))
            case Contact() as contact:
                rows[ContactFact].append(_contact_row(event, contact))
                touched.persons.add(event.key)
            case None:
                rows[ContactFact].append(_contact_row(event, None))
                touched.persons.add(event.key)
                touched.erased_persons.add(event.key)
    for kind, write in _STORED.items():
        if rows[kind]:
            await session.execute(write, {"rows": to_json(rows[kind]).decode()})
    if erased_registrations:
        await session.execute(_FORGET_WHAT_WAS_BEFORE, {"keys": erased_registrations})
    return touched


def _newest_wins(kind: type[Table]) -> Insert:
    table = table_of(kind)
    [key] = table.primary_key
    rows = given(table.columns).subquery()
    newest = select(rows).ext(distinct_on(rows.c[key.name])).order_by(rows.c[key.name], rows.c.version.desc())
    statement = insert(table).from_select(table.columns.keys(), newest)
    return statement.on_conflict_do_update(
        index_elements=[key],
        set_={column.name: statement.excluded[column.name] for column in table.columns if column is not key},
        where=table.c.version < statement.excluded.version,
    )


def _each_version() -> Insert:
    table = table_of(ActivityVersion)
    return insert(table).from_select(table.columns.keys(), given(table.columns)).on_conflict_do_nothing()


def _each_version_unless_erased() -> Insert:
    """An erased registration has a key that leads to nobody; the versions before it had the person's, and stay out."""
    table = table_of(RegistrationVersion)
    rows = given(table.columns).cte("told")
    these = func.array(select(rows.c.id).scalar_subquery(), type_=ARRAY(Uuid))  # as an array, for the index
    erased = select(table.c.id, table.c.version).where(table.c.id == any_(these), table.c.type == ERASED).cte("erased")
    before = exists().where(erased.c.id == rows.c.id, erased.c.version > rows.c.version)
    told = select(rows).ext(distinct_on(rows.c.id, rows.c.version)).where(~before)
    statement = insert(table).from_select(table.columns.keys(), told)
    return statement.on_conflict_do_update(  # the country was not always kept
        index_elements=table.primary_key.columns,
        set_={"country": statement.excluded.country},
        where=table.c.country.is_(None) & statement.excluded.country.is_not(None),
    )


def _forget_what_was_before() -> Delete:
    """The same for the versions that were there when a registration was erased."""
    table = table_of(RegistrationVersion)
    erased = table.alias("erased")
    after = exists().where(erased.c.id == table.c.id, erased.c.type == ERASED, erased.c.version > table.c.version)
    return delete(table).where(table.c.id == any_(bindparam("keys", type_=ARRAY(Uuid))), after)


_STORED: dict[type[Table], Insert] = {
    ProgrammeFact: _newest_wins(ProgrammeFact),
    ContactFact: _newest_wins(ContactFact),
    ActivityVersion: _each_version(),
    RegistrationVersion: _each_version_unless_erased(),
}
_FORGET_WHAT_WAS_BEFORE = _forget_what_was_before()


def _activity_row(event: Event, activity: Activity) -> dict[str, Any]:
    return {
        "id": activity.id,
        "version": activity.version,
        "type": event.type,
        "happened_at": in_utc(event.time),
        "over_at": over_at(activity),
        "state": activity.model_dump(mode="json"),
    }


def _registration_row(event: Event, registration: Registration) -> dict[str, Any]:
    return {
        "id": registration.id,
        "version": registration.version,
        "type": event.type,
        "happened_at": in_utc(event.time),
        "created_at": in_utc(registration.created_at),
        "activity_id": registration.activity_id,
        "programme": registration.programme,
        "person_key": registration.person_key,
        "status": registration.status,
        "country": registration.country,
        "counted_as": registration.counted_as,
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
