"""The words of registrations. Nothing of the person is among them: names are in no event."""

from collections.abc import Mapping

from services.registry.words import vocabulary
from services.registry.words.noun import Words, one_of
from shared.web import formats
from shared.web.language import Text, lazy

FIELDS: Mapping[str, Text] = {
    "activity_id": lazy("Activity"),
    "programme": lazy("Programme"),
    "status": lazy("Status"),
    "role": lazy("Role"),
    "gender": lazy("Gender"),
    "country": lazy("Country"),
    "organisation": lazy("Organisation"),
    "days_attended": lazy("Days"),
    "entered_by_mistake": lazy("Entered by mistake"),
}
EVENTS: Mapping[str, Text] = {
    "participant-registered": lazy("Registered"),
    "participant-updated": lazy("Changed"),
    "participant-attended": lazy("Attended"),
    "participant-withdrawn": lazy("Withdrawn"),
    "participant-erased": lazy("Erased"),
}

WORDS = Words(
    FIELDS,
    EVENTS,
    values={
        "status": one_of(vocabulary.registration_statuses),
        "role": one_of(vocabulary.roles),
        "gender": one_of(vocabulary.genders),
        "country": formats.country,
        "organisation": lambda value: str(value["name"]),
        "days_attended": lambda value: ", ".join(formats.fuzzy(day) for day in value),
    },
    unsaid=("activity_id",),
)
