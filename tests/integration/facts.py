"""Small sentences that reporting's tests are written in: events of visibly made-up activities and registrations."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from services.reporting.facts import projection
from shared.contracts import (
    ACTIVITIES,
    ORGANISATIONS,
    OUTPUTS,
    PARTICIPANTS,
    PROGRAMMES,
    Activity,
    Event,
    Organisation,
    Output,
    Programme,
    Registration,
    Topic,
)
from shared.contracts.base import Versioned
from shared.contracts.programmes import Phase
from shared.database import Database
from shared.identifiers import new_id

BEGINNING = datetime(2023, 1, 1, tzinfo=UTC)
_NAMES = UUID("018f0000-0000-7000-8000-000000000000")


def id_of(name: str) -> UUID:
    """The same name is the same aggregate, in each test and each run."""
    return uuid5(_NAMES, name)


def told_at(version: int) -> datetime:
    """When a version became known: a day after the one before it."""
    return BEGINNING + timedelta(days=version - 1)


def activity(name: str, *, version: int = 1, at: datetime | None = None, **fields: Any) -> Event:
    """A held activity of component 1 of phase 10, in May 2022, unless said otherwise."""
    state = {
        "programme": "TEST",
        "code": name,
        "phase": "10",
        "component": "1",
        "kind": "training",
        "scope": "national",
        "delivery": "in-person",
        "title": {"en": f"Sample {name}", "ru": f"Пример {name}"},
        "starts": "2022-05-17",
        "beneficiary_countries": ["KG"],
        "status": "held",
        **fields,
    }
    return event_of(ACTIVITIES, Activity, "activity-updated", {"id": id_of(name), **state}, version=version, at=at)


def registration(
    name: str, of: str, person: str | None = None, *, version: int = 1, at: datetime | None = None, **fields: Any
) -> Event:
    """A participant who attended, of unknown gender, country and organisation, unless said otherwise."""
    state = {
        "id": id_of(name),
        "activity_id": id_of(of),
        "programme": "TEST",
        "person_key": person or name,
        "status": "attended",
        **fields,
    }
    return event_of(PARTICIPANTS, Registration, "participant-updated", state, version=version, at=at)


def programme(code: str = "TEST", *, version: int = 1, phases: Sequence[Phase] | None = None, **fields: Any) -> Event:
    """A programme with a phase 9, and a phase 10 that is actively implemented since October 2021."""
    tree = (Phase(code="9"), Phase(code="10", active_implementation_since="2021-10"))
    state = {"code": code, "name": {"en": f"Sample programme {code}"}, "phases": phases or tree, **fields}
    return event_of(PROGRAMMES, Programme, "programme-updated", state, version=version, at=None)


def organisation(name: str, *, version: int = 1, **fields: Any) -> Event:
    state = {"id": id_of(name), "programme": "TEST", "name": {"en": name}, **fields}
    return event_of(ORGANISATIONS, Organisation, "organisation-updated", state, version=version, at=None)


def output(name: str, *, version: int = 1, at: datetime | None = None, **fields: Any) -> Event:
    """A planned handbook of component 1 of phase 10, unless said otherwise."""
    state = {
        "id": id_of(name),
        "programme": "TEST",
        "code": name,
        "phase": "10",
        "component": "1",
        "kind": "handbook",
        "title": {"en": f"Sample {name}"},
        "status": "planned",
        **fields,
    }
    return event_of(OUTPUTS, Output, "output-updated", state, version=version, at=at)


def event_of(
    topic: Topic, model: type[Versioned], kind: str, state: dict[str, Any], *, version: int, at: datetime | None
) -> Event:
    time = at or told_at(version)
    data = model.model_validate({**state, "version": version, "created_at": BEGINNING, "updated_at": time})
    return Event(
        id=new_id(),
        type=kind,
        topic=topic,
        source="/registan/registry",
        time=time,
        programme=str(state.get("programme", state.get("code"))),
        data=data,
        key=str(getattr(data, topic.key)),
        sequence=version,
    )


async def tell(database: Database, *events: Event) -> None:
    """Let reporting hear of events, in one batch."""
    async with database.transaction() as session:
        await projection.apply(session, events)
