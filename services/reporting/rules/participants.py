"""`participants`: how many times somebody took part; who came to three activities is counted three times."""

from dataclasses import replace

from services.reporting.rules.rule import Rule
from services.reporting.subjects import REGISTRATIONS
from services.reporting.subjects.activities import held
from shared.web.language import lazy

PARTICIPANTS_V1 = Rule(
    name="participants",
    version=1,
    subject=REGISTRATIONS,
    measure="participants.v1",
    title=lazy("Participants"),
    sentence=lazy(
        "Attendances of participants at all activities that were held: those registered as attended, and where "
        "the head count is larger, the others as unknown. A person who came twice counts twice. Trainers, experts, "
        "interpreters, observers and organisers do not count."
    ),
    conditions=held,
)

PARTICIPANTS_V2 = replace(
    PARTICIPANTS_V1,
    version=2,
    measure="participants",
    sentence=lazy(
        "Attendances of participants at all activities that were held: those registered as attended, and the "
        "rest of the head count, with the genders and countries that it tells. A person who came twice counts twice. "
        "Trainers, experts, interpreters, observers and organisers do not count."
    ),
)
