"""One event of each type, made from the models: what the documents show and the tests know by heart.

They tell the short life of a made-up programme, so that each state fits the type that announces it. Nothing in them
depends on the clock or on chance, or the documents would differ each time they are written.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from shared.contracts.access import Access
from shared.contracts.activities import Activity, Headcount, Place
from shared.contracts.base import Money, OrganisationReference, Versioned
from shared.contracts.contacts import Contact
from shared.contracts.envelope import Event
from shared.contracts.fuzzy_dates import FuzzyDate
from shared.contracts.organisations import Organisation
from shared.contracts.outputs import Handover, Output, Translation
from shared.contracts.participants import Registration
from shared.contracts.programmes import Component, Contribution, Phase, Programme
from shared.contracts.topics import (
    ACCESS,
    ACTIVITIES,
    CONTACTS,
    ORGANISATIONS,
    OUTPUTS,
    PARTICIPANTS,
    PROGRAMMES,
    TOPICS,
    Topic,
)

_BEGINNING = datetime(2024, 1, 15, 9, 0, tzinfo=UTC)
_PROGRAMME = "SAMPLE"
_PERSON = "sample-person-1"


def _id(number: int) -> UUID:
    return UUID(f"018d0c00-0000-7000-8000-{number:012d}")


_FIRST = {"version": 1, "created_at": _BEGINNING, "updated_at": _BEGINNING}
_AGENCY, _OTHER_AGENCY, _ACTIVITY, _OTHER_ACTIVITY, _REGISTRATION, _TOKEN, _OUTPUT = (
    _id(number) for number in range(1, 8)
)

_SAMPLE_PROGRAMME = Programme(
    **_FIRST,
    code=_PROGRAMME,
    name={"en": "Sample Programme", "ru": "Учебная программа"},
    donor="Sample Donor",
    languages=("en", "ru"),
    countries=("KG", "UZ"),
    synthetic=True,
)
_SAMPLE_PHASE = Phase(
    code="1",
    name={"en": "First phase"},
    starts=FuzzyDate.parse("2024-01"),
    ends=FuzzyDate.parse("2026"),
    budget=Money(amount=1_000_000, currency="EUR"),
    contributions=(Contribution(donor="Sample Donor", money=Money(amount=1_000_000, currency="EUR")),),
    components=(Component(code="2", name={"en": "Sample component"}),),
)
_SAMPLE_AGENCY = Organisation(
    **_FIRST,
    id=_AGENCY,
    programme=_PROGRAMME,
    name={"en": "Sample Border Guard", "ru": "Учебная пограничная служба"},
    kind="border-guard",
    country="KG",
)
_SAMPLE_ACTIVITY = Activity(
    **_FIRST,
    id=_ACTIVITY,
    code="sample-workshop",
    programme=_PROGRAMME,
    phase="1",
    component="2",
    kind="workshop",
    scope="regional",
    delivery="in-person",
    title={"en": "Sample workshop", "ru": "Учебный семинар"},
    starts=FuzzyDate.parse("2024-03"),
    time_zone="Asia/Bishkek",
    place=Place(name={"en": "Bishkek", "ru": "Бишкек"}, country="KG"),
    beneficiary_countries=("KG", "UZ"),
    host_country="KG",
    co_organisers=(OrganisationReference(name="Sample Border Guard", id=str(_AGENCY)),),
    status="planned",
)
_SAMPLE_REGISTRATION = Registration(
    **_FIRST,
    id=_REGISTRATION,
    activity_id=_ACTIVITY,
    programme=_PROGRAMME,
    person_key=_PERSON,
    gender="female",
    country="KG",
    organisation=OrganisationReference(name="Sample Border Guard", id=str(_AGENCY)),
    status="registered",
)
_SAMPLE_OUTPUT = Output(
    **_FIRST,
    id=_OUTPUT,
    code="sample-handbook",
    programme=_PROGRAMME,
    phase="1",
    component="2",
    kind="handbook",
    title={"en": "Sample handbook", "ru": "Учебный справочник"},
    activities=(_ACTIVITY,),
    expected=FuzzyDate.parse("2024"),
    status="planned",
)
_SAMPLE_CONTACT = Contact(
    **_FIRST,
    person_key=_PERSON,
    programme=_PROGRAMME,
    name="Sample Person 1",
    email="sample.person.1@example.org",
)
_SAMPLE_ACCESS = Access(**_FIRST, id=_TOKEN, kind="token", role="viewer", token_hash="0" * 64)

_DAYS = {"starts": FuzzyDate.parse("2024-03-12"), "ends": FuzzyDate.parse("2024-03-14")}
_HANDOVER = Handover(
    to=OrganisationReference(name="Sample Border Guard", id=str(_AGENCY)),
    country="KG",
    on=FuzzyDate.parse("2024-05-20"),
)
_HEADCOUNT = Headcount(total=24, women=9, by_country={"KG": 14, "UZ": 10})

_LIVES: tuple[tuple[Topic, Versioned, tuple[tuple[str, dict[str, Any]], ...]], ...] = (
    (PROGRAMMES, _SAMPLE_PROGRAMME, (("programme-defined", {}), ("programme-updated", {"phases": (_SAMPLE_PHASE,)}))),
    (
        ORGANISATIONS,
        _SAMPLE_AGENCY,
        (
            ("organisation-added", {}),
            ("organisation-updated", {"short_name": {"en": "SBG"}}),
            ("organisation-merged", {"merged_into": _OTHER_AGENCY}),
        ),
    ),
    (
        ACTIVITIES,
        _SAMPLE_ACTIVITY,
        (
            ("activity-created", {}),
            ("activity-updated", {"status": "confirmed"}),
            ("activity-rescheduled", {**_DAYS, "status_reason": "The sample hall was taken."}),
            ("activity-cancelled", {"status": "cancelled", "status_reason": "Too few samples."}),
            ("activity-reinstated", {"status": "confirmed", "status_reason": None}),
            ("activity-completed", {"status": "held", "headcount": _HEADCOUNT}),
            ("activity-merged", {"status": "merged", "merged_into": _OTHER_ACTIVITY}),
        ),
    ),
    (
        PARTICIPANTS,
        _SAMPLE_REGISTRATION,
        (
            ("participant-registered", {}),
            ("participant-updated", {"role": "trainer"}),
            ("participant-attended", {"status": "attended", "days_attended": (date(2024, 3, 12), date(2024, 3, 13))}),
            ("participant-withdrawn", {"status": "withdrawn", "days_attended": ()}),
            ("participant-erased", {"person_key": f"erased-{_REGISTRATION}", "organisation": None}),
        ),
    ),
    (
        OUTPUTS,
        _SAMPLE_OUTPUT,
        (
            ("output-planned", {}),
            ("output-updated", {"series": "Sample series"}),
            ("output-drafted", {"status": "drafted", "drafted_on": FuzzyDate.parse("2024-04"), "languages": ("en",)}),
            ("output-translated", {"status": "translated", "translations": (Translation(language="ky"),)}),
            ("output-handed-over", {"status": "handed-over", "handovers": (_HANDOVER,)}),
            ("output-dropped", {"status": "dropped", "handovers": (), "status_reason": "A sample replaces it."}),
        ),
    ),
    (CONTACTS, _SAMPLE_CONTACT, (("contact-changed", {}),)),
    (ACCESS, _SAMPLE_ACCESS, (("access-changed", {}),)),
)


def example_events() -> list[Event]:
    """An event of each type, an aggregate's events in the order of their versions."""
    return [event for topic, state, life in _LIVES for event in _lived(topic, state, life)]


def _lived(topic: Topic, state: Versioned, life: tuple[tuple[str, dict[str, Any]], ...]) -> list[Event]:
    events: list[Event] = []
    for version, (event_type, changes) in enumerate(life, start=1):
        time = _BEGINNING + timedelta(days=version - 1)
        state = type(state).model_validate(dict(state) | changes | {"version": version, "updated_at": time})
        events.append(
            Event(
                id=_id(1000 * (TOPICS.index(topic) + 1) + version),
                type=event_type,
                topic=topic,
                source=topic.source,
                time=time,
                programme=_PROGRAMME,
                data=state,
                key=str(getattr(state, topic.key)),
                sequence=version,
            )
        )
    return events
