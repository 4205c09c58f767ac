"""Examples of what the API takes, shown in its documentation; a test sends each of them."""

from collections.abc import Mapping
from typing import Any

from fastapi import Body

from services.registry.models import Command
from services.registry.usecases.activities.steps import Completion, NewSchedule
from services.registry.usecases.steps import Reason


def _shown(summary: str, value: Any) -> Any:
    return Body(openapi_examples={"example": {"summary": summary, "value": value}})


PLANNED = _shown(
    "A national workshop",
    {
        "programme": "SAMPLE",
        "phase": "1",
        "component": "general",
        "kind": "workshop",
        "scope": "national",
        "delivery": "in-person",
        "title": {"en": "Workshop on document security", "ru": "Семинар по защите документов"},
        "starts": "2026-09-14",
        "ends": "2026-09-16",
        "time_zone": "Asia/Bishkek",
        "place": {"name": {"en": "Bishkek", "ru": "Бишкек"}, "country": "KG"},
        "beneficiary_countries": ["KG"],
        "host_country": "KG",
    },
)
_RESCHEDULED = _shown(
    "A month later",
    {
        "starts": "2026-10-14",
        "ends": "2026-10-16",
        "time_zone": "Asia/Bishkek",
        "place": {"name": {"en": "Osh"}, "country": "KG"},
        "reason": "The training centre is being repaired.",
    },
)
_REASON = _shown("In words for those who take part", {"reason": "The experts cannot travel."})
_COMPLETED = _shown(
    "Numbers without names",
    {"headcount": {"total": 20, "women": 7, "by_country": {"KG": 18}, "precision": "at-least"}},
)
PARTICIPANT = _shown(
    "With an address",
    {
        "person": {"name": "Sample Person 1", "email": "sample.person.1@example.org", "language": "ru"},
        "role": "participant",
        "gender": "female",
        "country": "KG",
        "organisation": {"name": "Sample Border Agency"},
    },
)
PARTICIPANTS = _shown(
    "Two people",
    [
        {"person": {"name": "Sample Person 2", "email": "sample.person.2@example.org"}, "country": "KG"},
        {"person": {"name": "Sample Person 3"}, "country": "TJ", "status": "nominated"},
    ],
)
OUTPUT = _shown(
    "A handbook, planned after a workshop",
    {
        "programme": "SAMPLE",
        "phase": "1",
        "component": "1",
        "kind": "handbook",
        "title": {"en": "Handbook on document security"},
        "expected": "2027",
    },
)
ORGANISATION = _shown(
    "An agency",
    {
        "programme": "SAMPLE",
        "name": {"en": "Sample Border Agency"},
        "kind": "border-guard",
        "country": "KG",
    },
)

_OF_STEPS: Mapping[type[Command], Any] = {NewSchedule: _RESCHEDULED, Reason: _REASON, Completion: _COMPLETED}


def of(given: type[Command]) -> Any:
    """How the body of a step is documented, by what the step is given."""
    return _OF_STEPS.get(given, Body())
