"""Hypothesis strategies for what is published: histories of an aggregate, and stories of a whole programme.

A history is an aggregate's events with versions 1, 2, 3 …, each type fitting its state; a story is everything that a
programme publishes: its tree, organisations, activities, registrations and contacts. A test that wants disorder takes
`shuffled`, which also repeats.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from hypothesis.vendor.pretty import RepresentationPrinter

from shared.contracts import (
    ACTIVITIES,
    CONTACTS,
    ORGANISATIONS,
    OUTPUTS,
    PARTICIPANTS,
    PROGRAMMES,
    Activity,
    Event,
    Output,
    Programme,
    Registration,
    Topic,
)
from shared.contracts.base import Versioned
from tests.states import (
    COMPONENTS,
    COUNTRIES,
    DAYS,
    HANDOVERS,
    IDS,
    LOCALISED,
    PROGRAMME,
    TEXTS,
    TRANSLATIONS,
    activities,
    contacts,
    fuzzy_dates,
    headcounts,
    organisations,
    outputs,
    phases,
    programmes,
    registrations,
    spans,
)

Change = SearchStrategy[tuple[str, dict[str, Any]]]
"""The type of the next event, and the fields in which the state differs after it."""


_SHOWN = 10_000  # characters


@dataclass(frozen=True, slots=True)
class Story:
    """What one programme published, each aggregate's history apart and in order."""

    histories: tuple[tuple[Event, ...], ...]

    @property
    def events(self) -> list[Event]:
        """All events in one possible order of arrival."""
        return [event for history in self.histories for event in history]

    @property
    def latest(self) -> list[Event]:
        """What a compacted topic keeps."""
        return [history[-1] for history in self.histories]

    def _repr_pretty_(self, printer: RepresentationPrinter, _cycle: bool) -> None:
        printer.text(shown(self.events))


def shown(events: Sequence[Event]) -> str:
    """Events as hypothesis shows them: those of a failing example, which are few, and as many as fit of others.

    What is longer than hypothesis likes is an error of its own, which hides the failure.
    """
    lines = (
        f"{event.type} of {event.key}: {event.data.model_dump_json(exclude_defaults=True) if event.data else None}"
        for event in events
    )
    return "\n".join(("", *lines))[:_SHOWN]


@st.composite
def _history(
    draw: DrawFn,
    topic: Topic,
    first: SearchStrategy[Versioned],
    born: str,
    next_change: Callable[[Any], Change],
    *,
    least: int = 0,
) -> tuple[Event, ...]:
    """An aggregate's events: the first state, then up to three changes, each chosen by the state it changes."""
    state = draw(first)
    events = [event_of(topic, state, born, event_id=draw(IDS))]
    for _ in range(draw(st.integers(least, 3))):
        event_type, changes = draw(next_change(state))
        time = state.updated_at + timedelta(seconds=draw(st.integers(1, 10**6)))
        state = type(state).model_validate(dict(state) | changes | {"version": state.version + 1, "updated_at": time})
        events.append(event_of(topic, state, event_type, event_id=draw(IDS)))
    return tuple(events)


def event_of(topic: Topic, state: Versioned, event_type: str, *, event_id: UUID) -> Event:
    """The event that publishes a state."""
    return Event(
        id=event_id,
        type=event_type,
        topic=topic,
        source="/registan/registry",
        time=state.updated_at,
        programme=PROGRAMME,
        data=state,
        key=str(getattr(state, topic.key)),
        sequence=state.version,
    )


def activity_histories(activity_ids: SearchStrategy[UUID] = IDS) -> SearchStrategy[tuple[Event, ...]]:
    """An activity that is planned, moved, cancelled, put back, held, corrected or merged, in a possible order."""
    return _history(ACTIVITIES, activities(activity_ids), "activity-created", _next_of_activity)


def registration_histories(activity_ids: SearchStrategy[UUID] = IDS) -> SearchStrategy[tuple[Event, ...]]:
    """A registration of one of the given activities; its events know nothing of when the activity's arrive."""
    return _history(PARTICIPANTS, registrations(activity_ids), "participant-registered", lambda _: _OF_REGISTRATION)


def output_histories(activity_ids: SearchStrategy[UUID] = IDS) -> SearchStrategy[tuple[Event, ...]]:
    """An output that is drafted, translated, handed over, corrected or dropped, in a possible order."""
    return _history(OUTPUTS, outputs(activity_ids), "output-planned", _next_of_output)


def organisation_histories() -> SearchStrategy[tuple[Event, ...]]:
    return _history(ORGANISATIONS, organisations(), "organisation-added", lambda _: _OF_ORGANISATION)


def programme_histories() -> SearchStrategy[tuple[Event, ...]]:
    return _history(PROGRAMMES, programmes(), "programme-defined", _next_of_programme)


def contact_histories() -> SearchStrategy[tuple[Event, ...]]:
    return _history(CONTACTS, contacts(), "contact-changed", lambda _: _OF_CONTACT)


def histories() -> SearchStrategy[tuple[Event, ...]]:
    """The history of one aggregate of any topic that a story has."""
    return st.one_of(
        activity_histories(),
        registration_histories(),
        output_histories(),
        organisation_histories(),
        programme_histories(),
        contact_histories(),
    )


@st.composite
def stories(draw: DrawFn, *, most_activities: int = 4, most_registrations: int = 8) -> Story:
    """What a programme published: its tree, organisations, contacts, activities and registrations for them.

    Now and then a registration is for an activity of which nothing has been heard.
    """
    happened = draw(st.lists(activity_histories(), max_size=most_activities, unique_by=_key))
    known = [UUID(_key(history)) for history in happened]
    of = st.sampled_from(known) | IDS if known else IDS
    return Story(
        (
            draw(programme_histories()),
            *draw(st.lists(organisation_histories(), max_size=2, unique_by=_key)),
            *draw(st.lists(contact_histories(), max_size=4, unique_by=_key)),
            *happened,
            *draw(st.lists(output_histories(of), max_size=2, unique_by=_key)),
            *draw(st.lists(registration_histories(of), max_size=most_registrations, unique_by=_key)),
        )
    )


@st.composite
def reunions(draw: DrawFn) -> Story:
    """A story in which a few people take part again and again: in what was held, or turns out not to have been."""
    held = _history(ACTIVITIES, activities(statuses=("held",)), "activity-created", _next_of_activity)
    happened = draw(st.lists(held, min_size=2, max_size=4, unique_by=_key))
    of = st.sampled_from([UUID(_key(history)) for history in happened])
    attended = _history(
        PARTICIPANTS, registrations(of, ("participant",)), "participant-registered", _attended_first, least=1
    )
    return Story((*happened, *draw(st.lists(attended, min_size=3, max_size=8, unique_by=_key))))


@st.composite
def shuffled(draw: DrawFn, events: list[Event]) -> list[Event]:
    """The same events in any order, some of them more than once."""
    repeated = draw(st.lists(st.sampled_from(events), max_size=len(events))) if events else []
    return draw(st.permutations(events + repeated))


def _key(history: tuple[Event, ...]) -> str:
    return history[0].key


def _change(event_type: str, **fields: SearchStrategy[Any]) -> Change:
    return st.fixed_dictionaries(fields).map(lambda changes: (event_type, changes))


_MOVED: Change = spans().map(lambda span: ("activity-rescheduled", {**span}))
_UPDATED = _change(
    "activity-updated",
    kind=st.sampled_from(("training", "seminar", "steering-group")),
    beneficiary_countries=st.lists(COUNTRIES, unique=True, max_size=5).map(tuple),
    component=st.none() | st.sampled_from(COMPONENTS),
)
_COMPLETED = _change("activity-completed", status=st.just("held"), headcount=st.none() | headcounts())
_CANCELLED = _change("activity-cancelled", status=st.just("cancelled"), status_reason=TEXTS)
_MERGED = _change("activity-merged", status=st.just("merged"), merged_into=IDS)
_REINSTATED = _change(
    "activity-reinstated", status=st.just("confirmed"), status_reason=st.none(), merged_into=st.none()
)
_OF_PLANNED = st.one_of(_MOVED, _UPDATED, _COMPLETED, _CANCELLED, _MERGED)
_OF_HELD = st.one_of(_UPDATED, _COMPLETED, _MERGED)
_ATTENDED = _change(
    "participant-attended",
    status=st.just("attended"),
    days_attended=st.lists(DAYS, min_size=1, max_size=4, unique=True).map(sorted).map(tuple),
)
_OF_REGISTRATION = st.one_of(
    _ATTENDED,
    _change("participant-updated", status=st.sampled_from(("absent", "registered")), days_attended=st.just(())),
    _change("participant-updated", gender=st.sampled_from(("female", "male", "other", "unknown"))),
    _change("participant-withdrawn", status=st.just("withdrawn"), days_attended=st.just(())),
    _change("participant-erased", person_key=IDS.map(lambda chance: f"erased-{chance}"), organisation=st.none()),
)
_OF_ORGANISATION = st.one_of(
    _change("organisation-updated", name=LOCALISED), _change("organisation-merged", merged_into=IDS)
)
_DROPPED = _change("output-dropped", status=st.just("dropped"), status_reason=TEXTS)
_OF_OUTPUT = st.one_of(
    _change("output-drafted", status=st.just("drafted"), drafted_on=st.none() | fuzzy_dates()),
    _change("output-translated", status=st.just("translated"), translations=TRANSLATIONS),
    _change("output-handed-over", status=st.just("handed-over"), handovers=HANDOVERS),
    _change("output-updated", component=st.none() | st.sampled_from(COMPONENTS), title=LOCALISED),
    _DROPPED,
)
_OF_CONTACT = _change("contact-changed", language=st.sampled_from(("en", "ru")))


def _attended_first(state: Registration) -> Change:
    return _ATTENDED if state.version == 1 else _OF_REGISTRATION


def _next_of_activity(state: Activity) -> Change:
    match state.status:
        case "cancelled" | "merged":
            return _REINSTATED
        case "held":
            return _OF_HELD
        case _:
            return _OF_PLANNED


def _next_of_output(state: Output) -> Change:
    if state.status == "dropped":
        return _change("output-updated", status=st.just("planned"), status_reason=st.none())
    return _OF_OUTPUT


def _next_of_programme(state: Programme) -> Change:
    """One phase is rewritten; an activity's phase never goes away."""
    others = state.phases[:-1]
    return phases(state.phases[-1].code).map(lambda phase: ("programme-updated", {"phases": (*others, phase)}))
