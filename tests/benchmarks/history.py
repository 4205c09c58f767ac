"""The same stories that `registan simulate` writes, as events and records, without a database.

They go through the registry's own rules and its own contract, so that their payloads are what a real installation
publishes, byte for byte but for the ids.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

from services.registry import simulation
from services.registry.models import Activity, Organisation, PersonKeys, Programme, Registration
from services.registry.nouns import event_of
from services.registry.simulation.stories import BEGINNING, SAMPLE, Story, organisations, stories
from services.registry.usecases.programmes.define import read_programme
from shared.contracts import Event, Record
from shared.contracts.base import OrganisationReference
from shared.identifiers import new_id
from tests.benchmarks.lines import Line

_BASE = 40_000
_QUOTED = re.compile(r'(")[0-9a-f]{5}(?=[0-9a-f]{3}-[0-9a-f]{4}-7[0-9a-f]{3}-)')
"""The beginning of an id: the time at which it was made."""
KEYS = PersonKeys(b"a secret of benchmarks, long enough")


def history(*, activities: int, registrations: int, seed: int = 1) -> Iterator[Event]:
    """Everything that happens in a programme SAMPLE of this size, story by story."""
    programme = Programme.defined(SAMPLE, read_programme(Path(str(files(simulation))) / "sample.json"), BEGINNING)
    yield event_of(programme, "programme-defined")
    agencies = []
    for command in organisations():
        agency = Organisation.added(SAMPLE, command, BEGINNING)
        agencies.append(OrganisationReference(name=agency.name["en"], id=str(agency.id)))
        yield event_of(agency, "organisation-added")
    told = stories(seed, activities=activities, registrations=registrations, agencies=agencies, now=datetime.now(UTC))
    for story in told:
        yield from _happens(programme, story)


def _happens(programme: Programme, story: Story) -> Iterator[Event]:
    activity = Activity.planned(programme, None, story.plan, story.planned_at)
    yield event_of(activity, "activity-created")
    registrations = []
    for guest in story.guests:
        name = guest.entry.person.name
        registration = Registration.entered(
            activity,
            guest.entry,
            person_id=new_id(),
            person_key=KEYS.fingerprint(name.encode()),
            status=guest.entry.status,
            at=story.planned_at,
        )
        registrations.append((registration, guest))
        yield event_of(registration, "participant-registered")
    if story.confirmed:
        activity.confirm(story.planned_at)
        yield event_of(activity, "activity-updated")
    if story.moved:
        activity.reschedule(programme, story.moved, story.moved.reason, story.planned_at)
        yield event_of(activity, "activity-rescheduled")
    if story.end == "held":
        for registration, guest in registrations:
            match guest.mark:
                case "attended":
                    registration.attend(activity, (), story.over_at)
                    yield event_of(registration, "participant-attended")
                case "absent":
                    registration.absent(activity, story.over_at)
                    yield event_of(registration, "participant-updated")
        activity.complete(story.headcount, story.over_at)
        yield event_of(activity, "activity-completed")
    elif story.end == "cancelled":
        activity.cancel("The sample venue is closed.", story.planned_at)
        yield event_of(activity, "activity-cancelled")


def first_events(number: int, *, seed: int = 1) -> Iterator[Event]:
    """So many events of a history with 25 registrations an activity, each of which makes some 1.8 events."""
    activities = number // 40 + 10
    for event, _ in zip(history(activities=activities, registrations=activities * 25, seed=seed), range(number)):  # noqa: B905
        yield event


def write_lines(path: Path, number: int) -> int:
    """Put so many records into a file for contenders; the mean size of a record: key, value and headers.

    Inventing costs more than what is measured. So what exceeds a base is the base again under other ids: other
    activities and registrations, of the same people.
    """
    base = [_line(event.to_record()) for event in first_events(min(number, _BASE))]
    written = total = 0
    with path.open("w") as file:
        for copy in range(-(-number // len(base))):
            for line in base[: number - written]:
                text = json.dumps([line.topic, line.key, line.value, line.headers])
                file.write(_QUOTED.sub(rf"\g<1>{copy:05x}", text) if copy else text)
                file.write("\n")
                written, total = written + 1, total + line.size
    return total // written


def _line(record: Record) -> Line:
    assert record.key is not None
    assert record.value is not None
    headers = tuple((name, raw.decode()) for name, raw in record.headers)
    return Line(record.topic, record.key.decode(), record.value.decode(), headers)
