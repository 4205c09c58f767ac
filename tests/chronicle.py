"""A chronicle of an activity and its people, as the events that the registry would publish; for notifications' tests.

Every sentence moves the clock by a minute and gives back the new state; `chronicle.events` is all of it so far.
`chronicles()` writes any number of them by chance.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

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
S = TypeVar("S", bound=Versioned)


@dataclass
class Chronicle:
    """Begins now; an activity lies 20 days ahead unless it is said otherwise.

    Attributes:
        at: the moment of the next event.
    """

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
        """`chronicle.change(activity, "rescheduled", starts=…)`."""
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

    def _tell(self, topic: Topic, type: str, kind: type[S], fields: dict[str, Any], before: S | None) -> S:
        known = before.model_dump() if before else {"created_at": self.at}
        news = {"version": before.version + 1 if before else 1, "updated_at": self.at}
        state = kind.model_validate(known | fields | news)
        self._emit(topic, type, state, str(getattr(state, topic.key)), state.version)
        return state

    def _emit(self, topic: Topic, type: str, state: Versioned | None, key: str, version: int) -> None:
        event = Event(new_id(), type, topic, SOURCE, self.at, "SAMPLE", state, key, version)
        assert event.type in topic.events
        self.events.append(event)
        self.at += timedelta(minutes=1)


_NEXT_OF_ACTIVITY = {
    "planned": ("moved", "moved to the past", "cancelled", "confirmed", "protected", "opened"),
    "confirmed": ("moved", "moved to the past", "cancelled"),
    "cancelled": ("reinstated",),
    "merged": ("parted",),
}
_NEXT_OF_REGISTRATION = {
    "nominated": ("registered", "withdrawn"),
    "registered": ("attended", "withdrawn"),
    "attended": ("unmarked",),
    "withdrawn": ("registered",),
}

_Registrations = dict[tuple[int, int], Registration]
"""By the number of the activity they were made for, and of the person."""


@st.composite
def chronicles(draw: DrawFn) -> Chronicle:
    """Two activities and three people, and three to ten things that happen to them, each possible when it happens."""
    chronicle = Chronicle()
    chronicle.programme()
    contacts = {number: chronicle.contact(number) for number in (1, 2, 3)}
    activities = [chronicle.plan(), chronicle.plan()]
    registrations: _Registrations = {}
    for which, who in ((0, 1), (0, 2), (0, 3), (1, 1)):
        status = draw(st.sampled_from(("registered", "registered", "nominated")))
        registrations[which, who] = chronicle.register(activities[which], who, status=status)
    for chance in draw(st.lists(st.integers(0, 11), min_size=3, max_size=10)):
        counting = sorted(key for key, each in registrations.items() if each.counted_as is None)
        if chance < 5:
            which = draw(st.sampled_from((0, 0, 1)))
            what = draw(st.sampled_from(_NEXT_OF_ACTIVITY[activities[which].status]))
            if what == "parted":
                _part(chronicle, activities, registrations, which)
            else:
                activities[which] = _happens_to_activity(chronicle, activities[which], what, draw(st.integers(10, 40)))
        elif chance < 8 and counting:
            key = draw(st.sampled_from(counting))
            what = draw(st.sampled_from(_NEXT_OF_REGISTRATION[registrations[key].status]))
            registrations[key] = _happens_to_registration(chronicle, registrations[key], what)
        elif chance == 8 and contacts:
            who = draw(st.sampled_from(sorted(contacts)))
            contacts[who] = chronicle.change_contact(contacts[who], email=f"elsewhere.{who}@example.org")
        elif chance == 9 and contacts:
            contact = contacts.pop(draw(st.sampled_from(sorted(contacts))))
            chronicle.erase(contact)
            for key in [key for key, each in registrations.items() if each.person_key == contact.person_key]:
                chronicle.change_registration(registrations.pop(key), "erased", person_key=f"nobody-{new_id()}")
        elif chance == 10 and all(activity.status in ("planned", "confirmed") for activity in activities):
            _merge(chronicle, activities, registrations, draw(st.sampled_from((0, 1))))
        elif chance == 11 and len(contacts) > 1:
            gone, kept = draw(st.permutations(sorted(contacts)))[:2]
            _find_to_be_one(chronicle, registrations, contacts[gone].person_key, contacts[kept].person_key)
    return chronicle


def _merge(chronicle: Chronicle, activities: list[Activity], registrations: _Registrations, gone: int) -> None:
    """The people follow, except those who are registered in both."""
    kept = activities[1 - gone]
    there = {each.person_key for each in registrations.values() if each.activity_id == kept.id}
    for key, each in registrations.items():
        if each.activity_id == activities[gone].id and each.person_key not in there:
            registrations[key] = chronicle.change_registration(each, "updated", activity_id=kept.id)
    activities[gone] = chronicle.change(activities[gone], "merged", status="merged", merged_into=kept.id)


def _part(chronicle: Chronicle, activities: list[Activity], registrations: _Registrations, gone: int) -> None:
    """Merging two activities is undone: who was registered in the one that went goes back there."""
    for key, each in registrations.items():
        if key[0] == gone and each.activity_id != activities[gone].id:
            registrations[key] = chronicle.change_registration(each, "updated", activity_id=activities[gone].id)
    activities[gone] = chronicle.change(activities[gone], "reinstated", status="planned", merged_into=None)


def _find_to_be_one(chronicle: Chronicle, registrations: _Registrations, gone: str, kept: str) -> None:
    """Two persons are one: of two registrations for an activity, one gives way."""
    there = {each.activity_id: each.id for each in registrations.values() if each.person_key == kept}
    for key, each in registrations.items():
        if each.person_key == gone:
            beside = each.counted_as or there.get(each.activity_id)
            way = {"status": "withdrawn", "counted_as": beside} if beside else {}
            registrations[key] = chronicle.change_registration(each, "updated", person_key=kept, **way)


def _happens_to_activity(chronicle: Chronicle, activity: Activity, what: str, days: int) -> Activity:
    match what:
        case "moved":
            fields = {"starts": chronicle.day(days), "ends": chronicle.day(days + 1)}
        case "moved to the past":
            fields = {"starts": chronicle.day(-days), "ends": chronicle.day(-days)}
        case "cancelled" | "confirmed":
            fields = {"status": what}
        case "reinstated":
            fields = {"status": "planned"}
        case _:
            return chronicle.change(activity, "updated", protected=what == "protected")
    types = {"moved": "rescheduled", "moved to the past": "rescheduled", "confirmed": "updated"}
    return chronicle.change(activity, types.get(what, what), **fields)


def _happens_to_registration(chronicle: Chronicle, registration: Registration, what: str) -> Registration:
    if what == "unmarked":
        return chronicle.change_registration(registration, "updated", status="registered")
    return chronicle.change_registration(registration, what, status=what)
