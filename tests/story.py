"""A story of an activity and its people, told as the events that the registry would publish, for tests of notifications.

Every sentence of the story moves the clock by a minute and gives back the event; `story.events` is all of it so far.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.contracts import (
    ACTIVITIES,
    CONTACTS,
    PARTICIPANTS,
    PROGRAMMES,
    Activity,
    Contact,
    Event,
    Programme,
    Registration,
    Topic,
)
from shared.contracts.base import Versioned
from shared.identifiers import new_id

SOURCE = "/registan/registry"


@dataclass
class Story:
    """The present of the story is `at`; it begins now, and the activity lies 20 days ahead unless it is said otherwise."""

    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    events: list[Event] = field(default_factory=list)

    def day(self, days_ahead: int) -> str:
        return (datetime.now(UTC) + timedelta(days=days_ahead)).date().isoformat()

    def programme(self, **fields: Any) -> Programme:
        state = {"code": "SAMPLE", "name": {"en": "Sample Programme", "ru": "Учебная программа"}, "languages": ("en",)}
        return self._tell(PROGRAMMES, "programme-defined", Programme, state | fields, None)

    def plan(self, **fields: Any) -> Activity:
        state = {
            "id": new_id(),
            "code": "sample-activity",
            "programme": "SAMPLE",
            "phase": "1",
            "kind": "workshop",
            "title": {"en": "Sample workshop", "ru": "Учебный семинар"},
            "starts": self.day(20),
            "ends": self.day(22),
            "time_zone": "Asia/Bishkek",
            "place": {"name": {"en": "Bishkek", "ru": "Бишкек"}, "country": "KG"},
            "status": "planned",
        }
        return self._tell(ACTIVITIES, "activity-created", Activity, state | fields, None)

    def change(self, activity: Activity, type: str, **fields: Any) -> Activity:
        """`story.change(activity, "rescheduled", starts=…)`."""
        return self._tell(ACTIVITIES, f"activity-{type}", Activity, fields, activity)

    def cancel(self, activity: Activity, reason: str = "The venue is closed.") -> Activity:
        return self.change(activity, "cancelled", status="cancelled", status_reason=reason)

    def contact(self, number: int, **fields: Any) -> Contact:
        state = {
            "person_key": f"sample-person-{number}",
            "programme": "SAMPLE",
            "name": f"Sample Person {number}",
            "email": f"sample.person.{number}@example.org",
            "language": "en",
        }
        return self._tell(CONTACTS, "contact-changed", Contact, state | fields, None)

    def change_contact(self, contact: Contact, **fields: Any) -> Contact:
        return self._tell(CONTACTS, "contact-changed", Contact, fields, contact)

    def erase(self, contact: Contact) -> None:
        self._emit(CONTACTS, "contact-changed", None, contact.person_key, contact.version + 1)

    def register(self, activity: Activity, number: int, **fields: Any) -> Registration:
        state = {
            "id": new_id(),
            "activity_id": activity.id,
            "programme": "SAMPLE",
            "person_key": f"sample-person-{number}",
            "status": "registered",
        }
        return self._tell(PARTICIPANTS, "participant-registered", Registration, state | fields, None)

    def change_registration(self, registration: Registration, type: str, **fields: Any) -> Registration:
        return self._tell(PARTICIPANTS, f"participant-{type}", Registration, fields, registration)

    def withdraw(self, registration: Registration) -> Registration:
        return self.change_registration(registration, "withdrawn", status="withdrawn")

    def _tell(self, topic: Topic, type: str, kind: Any, fields: dict[str, Any], before: Versioned | None) -> Any:
        known = before.model_dump() if before else {"version": 0, "created_at": self.at}
        state = kind.model_validate(known | fields | {"version": known["version"] + 1, "updated_at": self.at})
        self._emit(topic, type, state, str(getattr(state, topic.key)), state.version)
        return state

    def _emit(self, topic: Topic, type: str, state: Versioned | None, key: str, version: int) -> None:
        event = Event(new_id(), type, topic, SOURCE, self.at, "SAMPLE", state, key, version)
        assert event.type in topic.events
        self.events.append(event)
        self.at += timedelta(minutes=1)
